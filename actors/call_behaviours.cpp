// The part of a call's supervisor that looks after its behaviours.

#include "actors/call_supervisor.hpp"

#include <algorithm>
#include <utility>

#include <spdlog/spdlog.h>

namespace offhook::actors {

namespace {

// Events that a behaviour may have before it; what comes then is not for it.
// Audio leaves room for the others.
constexpr std::size_t max_unhandled = 64;
constexpr std::size_t max_unhandled_audio = 32;

bool is_audio(const call_event& event) {
  return std::holds_alternative<events::caller_audio>(event.what)
         || std::holds_alternative<events::agent_audio>(event.what);
}

/// Whether who asked for this gets such an event.
bool is_wanted(const call_event& event, const orders::listen& by) {
  if (std::holds_alternative<events::caller_audio>(event.what))
    return by.caller;
  return by.agent || !std::holds_alternative<events::agent_audio>(event.what);
}

// The one that answers the model's calls of functions.
constexpr std::string_view runs_tools = "tools";

} // namespace

void call_supervisor_state::start_behaviours() {
  for (const auto& name : agent->behaviours) {
    if (!env->behaviours.contains(name)) {
      spdlog::error("call leaves out behaviour call_sid={} behaviour={} "
                    "reason=unknown",
                    call.call_sid, name);
      continue;
    }
    behaviours.push_back({name, {}, {}, {}, 0, 0});
    start_behaviour(behaviours.size() - 1);
  }
}

void call_supervisor_state::start_behaviour(std::size_t index) {
  auto& slot = behaviours[index];
  const auto& kind = env->behaviours.find(slot.name)->second;
  slot.actor = kind.make(
    self->system(),
    {agent, call.call_sid, director_actor{call_supervisor_actor{self}},
     kind.settings, env->behaviour_unit ? env->behaviour_unit() : nullptr,
     call.from, call.to, env});
  slot.addr = slot.actor.address();
  slot.unhandled = 0;
  self->monitor(slot.actor);
}

void call_supervisor_state::replace_behaviours() {
  for (auto& x : std::exchange(behaviours, {}))
    if (x.actor)
      self->send_exit(x.actor, caf::exit_reason::user_shutdown);
  share_audio();
  start_behaviours();
  for (std::size_t i = 0; i < behaviours.size(); ++i)
    welcome(i);
}

void call_supervisor_state::welcome(std::size_t index) {
  if (!talking_since)
    return;
  auto ago = std::chrono::duration_cast<std::chrono::milliseconds>(
    self->clock().now() - *talking_since);
  tell(behaviours[index],
       {events::call_began{call.call_sid, call.from, call.to,
                           static_cast<std::uint64_t>(ago.count())}});
}

bool call_supervisor_state::on_behaviour_down(const caf::down_msg& msg) {
  for (std::size_t i = 0; i < behaviours.size(); ++i) {
    auto& slot = behaviours[i];
    if (slot.addr != msg.source)
      continue;
    slot.actor = nullptr;
    slot.addr = nullptr;
    slot.listens = {};
    share_audio();
    if (state == call_state::ending || state == call_state::over)
      return true;
    env->metrics->behaviour_failed(slot.name);
    if (slot.name == runs_tools && bridge)
      self->send(bridge, call_order{orders::answer_all_tools{
                           R"({"error":"the function failed"})"}});
    auto again = slot.restarts
                 < env->behaviours.find(slot.name)->second.restarts;
    spdlog::error("behaviour ends call_sid={} behaviour={} restarts={} {} "
                  "reason=\"{}\"",
                  call.call_sid, slot.name, slot.restarts,
                  again ? "restarted" : "left_out", caf::to_string(msg.reason));
    if (again) {
      ++slot.restarts;
      start_behaviour(i);
      welcome(i);
    }
    return true;
  }
  return false;
}

bool call_supervisor_state::tell(behaviour_slot& slot,
                                 const call_event& event) {
  if (!slot.actor || !is_wanted(event, slot.listens))
    return false;
  if (slot.unhandled
      >= (is_audio(event) ? max_unhandled_audio : max_unhandled)) {
    env->metrics->behaviour_events_dropped->inc();
    return false;
  }
  ++slot.unhandled;
  auto done = [this, addr = slot.addr] {
    for (auto& x : behaviours)
      if (x.addr == addr)
        --x.unhandled;
  };
  self->request(slot.actor, caf::infinite, event)
    .then(done, [done](const caf::error&) { done(); });
  return true;
}

void call_supervisor_state::tell_behaviours(const call_event& event) {
  for (auto& slot : behaviours)
    tell(slot, event);
}

void call_supervisor_state::on_listen(const orders::listen& order) {
  auto who = caf::actor_cast<caf::actor_addr>(self->current_sender());
  for (auto& x : behaviours)
    if (x.addr == who)
      x.listens = order;
  share_audio();
}

void call_supervisor_state::share_audio() {
  orders::listen all;
  for (const auto& x : behaviours) {
    all.caller = all.caller || x.listens.caller;
    all.agent = all.agent || x.listens.agent;
    all.hold_ms = std::max(all.hold_ms, x.listens.hold_ms);
  }
  if (bridge)
    self->send(bridge, call_order{all});
}

void call_supervisor_state::on_event(const call_event& event) {
  auto run = false;
  for (auto& slot : behaviours)
    run = (tell(slot, event) && slot.name == runs_tools) || run;
  // A function that nobody runs is answered all the same.
  const auto* called = std::get_if<events::tool_called>(&event.what);
  if (called && !run && bridge)
    self->send(bridge, call_order{orders::answer_tool{
                         called->call.call_id,
                         R"({"error":"no functions are available"})"}});
}

} // namespace offhook::actors
