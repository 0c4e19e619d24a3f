// The part of a call's supervisor that looks after its bridge: one that fails
// is replaced, with what it left and with both sockets open.

#include "actors/call_supervisor.hpp"

#include <stdexcept>
#include <utility>

#include <spdlog/spdlog.h>

#include "actors/bridge.hpp"
#include "actors/bridge_legacy.hpp"

namespace offhook::actors {

namespace {

// What fails more often than this fails for a reason that a restart keeps.
constexpr std::size_t max_failures = 3;
constexpr std::chrono::minutes failures_count_for{1};

} // namespace

void call_supervisor_state::spawn_bridge() {
  bridge = self->spawn<bridge_impl, caf::monitored>(
    env, agent, pacer, caf::actor_cast<caf::actor_addr>(self), record,
    event_sink_actor{call_supervisor_actor{self}});
  bridge_addr = bridge.address();
  bridge_info.state = "running";
}

void call_supervisor_state::on_bridge_down(const caf::error& reason) {
  bridge = nullptr;
  bridge_addr = nullptr;
  bridge_info.state = "none";
  if (state == call_state::ending || state == call_state::over)
    return;
  bridge_info.last_reason = describe_reason(reason);
  auto now = self->clock().now();
  while (!bridge_failures.empty()
         && bridge_failures.front() + failures_count_for < now)
    bridge_failures.pop_front();
  bridge_failures.push_back(now);
  spdlog::error("bridge fails call_sid={} reason=\"{}\" failures={}",
                call.call_sid, bridge_info.last_reason, bridge_failures.size());
  if (bridge_failures.size() > max_failures) {
    finish(call_outcome::failed);
    return;
  }
  ++bridge_info.restarts;
  env->metrics->bridge_restarted();
  replace_bridge();
  report_change();
}

void call_supervisor_state::replace_bridge() {
  // It may have died before it heard that the line was gone, or back again.
  auto gone_for_it = record->legacy && record->legacy->away;
  if (record->legacy)
    record->legacy->away = state == call_state::away
                           || state == call_state::reattaching;
  spawn_bridge();
  const bridge_replaced news{caf::actor_cast<caf::actor>(bridge)};
  // How much a session was told that had not taken over yet is not known: it is
  // opened anew.
  auto order = next.order;
  if (next.actor) {
    auto rolls = !next.order;
    retire(std::exchange(next, {}));
    if (rolls)
      retry_rollover();
  }
  if (session && session_configured_once
      && adopted_generation != session_generation) {
    retire_current();
    start_session();
  } else if (session) {
    self->send(session, news);
    if (session_configured_once)
      self->send(bridge, session_ready{session_generation, session, agent,
                                       /* kept = */ true});
    else
      told_generation = session_generation;
  }
  if (stream) {
    self->send(stream, news);
    if (state == call_state::talking)
      self->send(bridge, stream_attached{stream_generation, stream});
    if (state == call_state::talking && gone_for_it)
      self->send(bridge, last_return);
  }
  share_audio();
  if (order)
    on_set_agent(*order);
  if (doomed && state == call_state::talking)
    leave_with_apology();
  else if (leaves_for_heir)
    on_leave_for_heir();
}

void call_supervisor_state::on_fault(const raise_fault& fault) {
  if (!env->faults_allowed) {
    spdlog::error("call ignores a fault that nobody may ask for call_sid={}",
                  call.call_sid);
    return;
  }
  if (fault.where == "supervisor")
    throw std::runtime_error("a fault was asked for: supervisor");
  if (fault.where == "bridge" && bridge)
    self->send(bridge, fault);
  else if (fault.where == "openai_socket" && session)
    self->send_exit(session, caf::exit_reason::kill);
  else if (fault.where == "twilio_socket" && stream)
    self->send_exit(stream, caf::exit_reason::kill);
  for (const auto& x : behaviours)
    if (x.name == fault.where && x.actor)
      self->send_exit(x.actor, caf::exit_reason::kill);
}

} // namespace offhook::actors
