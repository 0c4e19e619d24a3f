// The part of a call's supervisor that looks after its behaviours.

#include "actors/call_supervisor.hpp"

#include <utility>

#include <spdlog/spdlog.h>

namespace offhook::actors {

namespace {

// Events that a behaviour may have before it; what comes then is not for it.
constexpr std::size_t max_unhandled = 64;

constexpr std::uint32_t max_restarts = 2;

} // namespace

void call_supervisor_state::start_behaviours() {
  for (const auto& name : agent->behaviours) {
    if (!env->behaviours.contains(name)) {
      spdlog::error("call leaves out behaviour call_sid={} behaviour={} "
                    "reason=unknown",
                    call.call_sid, name);
      continue;
    }
    behaviours.push_back({name, {}, {}, 0, 0});
    start_behaviour(behaviours.size() - 1);
  }
}

void call_supervisor_state::start_behaviour(std::size_t index) {
  auto& slot = behaviours[index];
  auto make = env->behaviours.find(slot.name);
  slot.actor = make->second(
    self->system(),
    {agent, call.call_sid, director_actor{call_supervisor_actor{self}},
     env->behaviour_unit ? env->behaviour_unit() : nullptr});
  slot.addr = slot.actor.address();
  slot.unhandled = 0;
  self->monitor(slot.actor);
}

void call_supervisor_state::replace_behaviours() {
  for (auto& x : std::exchange(behaviours, {}))
    if (x.actor)
      self->send_exit(x.actor, caf::exit_reason::user_shutdown);
  start_behaviours();
  tell_behaviours({events::call_began{call.call_sid, call.from, call.to}});
}

bool call_supervisor_state::on_behaviour_down(const caf::down_msg& msg) {
  for (std::size_t i = 0; i < behaviours.size(); ++i) {
    auto& slot = behaviours[i];
    if (slot.addr != msg.source)
      continue;
    slot.actor = nullptr;
    slot.addr = nullptr;
    if (state == call_state::ending || state == call_state::over)
      return true;
    env->metrics->behaviour_failed(slot.name);
    auto again = slot.restarts < max_restarts;
    spdlog::error("behaviour ends call_sid={} behaviour={} restarts={} {} "
                  "reason=\"{}\"",
                  call.call_sid, slot.name, slot.restarts,
                  again ? "restarted" : "left_out", caf::to_string(msg.reason));
    if (again) {
      ++slot.restarts;
      start_behaviour(i);
    }
    return true;
  }
  return false;
}

void call_supervisor_state::tell_behaviours(const call_event& event) {
  for (std::size_t i = 0; i < behaviours.size(); ++i) {
    auto& slot = behaviours[i];
    if (!slot.actor)
      continue;
    if (slot.unhandled >= max_unhandled) {
      env->metrics->behaviour_events_dropped->inc();
      continue;
    }
    ++slot.unhandled;
    auto done = [this, addr = slot.addr] {
      for (auto& x : behaviours)
        if (x.addr == addr)
          --x.unhandled;
    };
    self->request(slot.actor, caf::infinite, event)
      .then(done, [done](const caf::error&) { done(); });
  }
}

void call_supervisor_state::on_event(const call_event& event) {
  tell_behaviours(event);
  // A function that nobody runs is answered all the same.
  const auto* called = std::get_if<events::tool_called>(&event.what);
  if (!called || !bridge)
    return;
  for (const auto& x : behaviours)
    if (x.name == "tools" && x.actor)
      return;
  self->send(bridge, call_order{orders::answer_tool{
                       called->call.call_id,
                       R"({"error":"no functions are available"})"}});
}

} // namespace offhook::actors
