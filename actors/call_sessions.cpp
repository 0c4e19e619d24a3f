// The part of a call's supervisor that looks after its Realtime sessions: one
// that has the conversation, and for a while a second one that is to take over.

#include "actors/call_supervisor.hpp"

#include <utility>

#include <spdlog/spdlog.h>

#include "actors/openai_socket.hpp"

namespace offhook::actors {

openai_socket_actor
call_supervisor_state::spawn_session(const agent_ptr& whose) {
  return self->spawn<openai_socket_impl, caf::monitored>(
    env, whose, call.call_sid, ++last_session_generation, bridge,
    call_supervisor_actor{self});
}

void call_supervisor_state::start_session() {
  session_configured_once = false;
  if (!gap_timer) // One gap, however many dials it takes.
    gap_timer = self->run_delayed(env->limits.max_session_gap, [this] {
      gap_timer = {};
      spdlog::error("call gives up its session call_sid={} reason=gap "
                    "attempts={}",
                    call.call_sid, budget.spent());
      finish(call_outcome::model_failed);
    });
  session_info.state = "connecting";
  session = spawn_session(agent);
  session_addr = session.address();
  session_generation = last_session_generation;
}

void call_supervisor_state::on_session_down(const caf::error& reason) {
  session_info.state = "none";
  session_info.last_reason = describe_reason(reason);
  if (session_configured_once && bridge)
    self->send(bridge, session_lost{session_generation});
  if (state == call_state::ending)
    return;
  if (next.actor) { // Its successor is under way already.
    take_over();
    return;
  }
  // An exception in the socket's actor is one more way of losing the socket.
  auto code = to_socket_errc(reason).value_or(socket_errc::connection_lost);
  std::optional<restart_budget::duration> delay;
  if (!is_fatal(code))
    delay = budget.spend(env->random());
  if (!delay) {
    spdlog::error("call gives up its session call_sid={} reason={} attempts={}",
                  call.call_sid, session_info.last_reason, budget.spent());
    finish(call_outcome::model_failed);
    return;
  }
  ++session_info.restarts;
  session_info.state = "restarting";
  env->metrics->socket_restarted("openai", code);
  spdlog::warn("openai-socket restarts call_sid={} reason={} attempt={} "
               "delay_ms={}",
               call.call_sid, to_string(code), budget.spent(), delay->count());
  self->run_delayed(*delay, [this] {
    if (state != call_state::ending && !session)
      start_session();
  });
  report_change();
}

void call_supervisor_state::on_configured(const session_configured& event) {
  if (next.actor && event.generation == next.generation) {
    next.id = event.session_id;
    next.configured = true;
    return;
  }
  if (event.generation != session_generation)
    return;
  session_configured_once = true;
  session_id = event.session_id;
  session_info.state = "running";
  budget.give_back();
  cancel(gap_timer);
  report_change();
}

// -- another agent takes over -------------------------------------------------

void call_supervisor_state::on_order(const call_order& order) {
  if (!bridge || state == call_state::ending)
    return;
  if (const auto* change = std::get_if<orders::set_agent>(&order.what))
    on_set_agent(*change);
  else if (const auto* audio = std::get_if<orders::listen>(&order.what))
    on_listen(*audio);
  else if (!refuses(order))
    self->send(bridge, order);
}

void call_supervisor_state::on_set_agent(const orders::set_agent& order) {
  std::string error;
  if (next.actor)
    error = "another agent is taking over already";
  else if (order.agent != "default" && !env->agents.contains(order.agent))
    error = "there is no such agent";
  if (!error.empty()) {
    spdlog::warn("call keeps its agent call_sid={} reason=\"{}\"",
                 call.call_sid, error);
    self->send(bridge, call_order{orders::answer_tool{
                         order.call_id, R"({"error":")" + error + R"("})"}});
    return;
  }
  auto profile = profile_of(order.agent);
  spdlog::info("call changes its agent call_sid={} agent={}", call.call_sid,
               profile->name);
  auto known = order;
  if (session_configured_once && session) {
    next.agent = profile;
    next.actor = spawn_session(profile);
    next.addr = next.actor.address();
    next.generation = known.generation = last_session_generation;
  } else {
    // There is none that it could stand beside: the next one is the other's.
    retire({session, session_addr, {}, {}, 0, false});
    change_agent(profile);
    start_session();
    known.generation = session_generation;
  }
  self->send(bridge, call_order{known});
}

void call_supervisor_state::on_successor_down(const caf::error& reason) {
  fallen = std::exchange(next, {});
  spdlog::error("call keeps its agent call_sid={} reason={}", call.call_sid,
                describe_reason(reason));
  if (bridge)
    self->send(bridge, session_lost{fallen.generation});
}

void call_supervisor_state::on_adopted(const session_adopted& event) {
  if (state == call_state::ending || event.generation == session_generation)
    return; // The only one there is.
  if (next.actor && event.generation == next.generation) {
    retire({session, session_addr, {}, {}, 0, false});
    take_over();
  } else if (event.generation == fallen.generation && fallen.agent) {
    // It was lost as it took over: the bridge has let go of the other by then.
    retire({session, session_addr, {}, {}, 0, false});
    change_agent(std::exchange(fallen, {}).agent);
    start_session();
  }
}

void call_supervisor_state::take_over() {
  auto heir = std::exchange(next, {});
  session = heir.actor;
  session_addr = heir.addr;
  session_generation = heir.generation;
  session_configured_once = heir.configured;
  session_id = heir.id;
  session_info.state = heir.configured ? "running" : "connecting";
  change_agent(heir.agent);
}

void call_supervisor_state::change_agent(const agent_ptr& to) {
  agent = to;
  record->usage.use_model(agent->model.empty() ? env->model : agent->model);
  env->metrics->agent_changes->inc();
  replace_behaviours();
  report_change();
}

void call_supervisor_state::retire(session_slot old) {
  if (!old.actor)
    return;
  self->send(old.actor, close_socket{net::close_code::normal, ""});
  retired.emplace(old.addr, caf::actor_cast<caf::actor>(old.actor));
}

} // namespace offhook::actors
