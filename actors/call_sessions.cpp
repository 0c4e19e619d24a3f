// The part of a call's supervisor that looks after its Realtime sessions: one
// that has the conversation, and for a while a second one that is to take over.

#include "actors/call_supervisor.hpp"

#include <utility>

#include <spdlog/spdlog.h>

#include "actors/openai_socket.hpp"

namespace offhook::actors {

namespace {

// Between two attempts to open the next session beside one that works.
constexpr std::chrono::seconds rollover_retry{15};

// A session that was there for so long has ended the gap before it.
constexpr std::chrono::seconds steady_session{5};

/// Whether somebody has to be told, for no call will get through.
bool is_refusal(socket_errc x) {
  return x == socket_errc::authentication_failed
         || x == socket_errc::quota_exhausted
         || x == socket_errc::session_rejected;
}

} // namespace

openai_socket_actor
call_supervisor_state::spawn_session(const agent_ptr& whose) {
  return self->spawn<openai_socket_impl, caf::monitored>(
    env, whose, call.call_sid, ++last_session_generation, bridge,
    call_supervisor_actor{self});
}

void call_supervisor_state::open_gap() {
  if (!gap_timer) // One gap, however many dials it takes.
    gap_timer = self->run_delayed(env->limits.max_session_gap,
                                  [this] { on_gap(0); });
}

bool call_supervisor_state::session_lasts() const {
  return session_configured_once
         && self->clock().now() - configured_at >= steady_session;
}

void call_supervisor_state::on_gap(std::uint32_t last_chance) {
  gap_timer = {};
  if (session && session_lasts())
    return;
  // Whether one that has just come will last is to be seen, once.
  if (session && session_configured_once && last_chance == 0) {
    gap_timer = self->run_delayed(steady_session,
                                  [this, generation = session_generation] {
                                    on_gap(generation);
                                  });
    return;
  }
  spdlog::error("call gives up its session call_sid={} reason=gap attempts={}",
                call.call_sid, budget.spent());
  give_up(socket_errc::connect_failed);
}

void call_supervisor_state::start_session() {
  session_configured_once = false;
  cancel(roll_timer);
  open_gap();
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
  if (state == call_state::ending || doomed)
    return;
  if (session_lasts())
    cancel(gap_timer); // Of an outage before it.

  if (next.actor) { // Its successor is under way already.
    take_over();
    return;
  }
  // An exception in the socket's actor is one more way of losing the socket.
  auto code = to_socket_errc(reason).value_or(socket_errc::connection_lost);
  if (is_refusal(code))
    env->metrics->model_refused->value(1);
  std::optional<restart_budget::duration> delay;
  if (!is_fatal(code))
    delay = budget.spend(env->random());
  if (!delay) {
    spdlog::error("call gives up its session call_sid={} reason={} attempts={}",
                  call.call_sid, session_info.last_reason, budget.spent());
    give_up(code);
    return;
  }
  ++session_info.restarts;
  session_info.state = "restarting";
  env->metrics->socket_restarted("openai", code);
  spdlog::warn("openai-socket restarts call_sid={} reason={} attempt={} "
               "delay_ms={}",
               call.call_sid, to_string(code), budget.spent(), delay->count());
  cancel(roll_timer);
  open_gap();
  cancel(redial_timer);
  redial_timer = self->run_delayed(*delay, [this] {
    redial_timer = {};
    if (state != call_state::ending && !session && !doomed)
      start_session();
  });
  report_change();
}

void call_supervisor_state::on_configured(const session_configured& event) {
  if (next.actor && event.generation == next.generation) {
    next.id = event.session_id;
    next.configured = true;
    next.configured_at = self->clock().now();
    next.expires_at = event.expires_at;
    return;
  }
  if (event.generation != session_generation) {
    // It was given up while it said so, and the bridge was told of it behind.
    if (bridge && event.generation > adopted_generation)
      self->send(bridge, session_lost{event.generation});
    return;
  }
  session_configured_once = true;
  configured_at = self->clock().now();
  session_id = event.session_id;
  session_info.state = "running";
  budget.give_back();
  env->metrics->model_refused->value(0);
  schedule_rollover(event.expires_at);
  // It was on its way when the bridge failed that it told of it.
  if (std::exchange(told_generation, 0) == session_generation && bridge)
    self->send(bridge, session_ready{session_generation, session, agent});
  report_change();
}

void call_supervisor_state::give_up(socket_errc reason) {
  if (doomed || state == call_state::ending || state == call_state::over)
    return;
  env->metrics->model_lost(reason);
  doomed = true;
  for (auto* timer : {&gap_timer, &redial_timer, &roll_timer})
    cancel(*timer);
  drop_next();
  if (session_configured_once && session && bridge)
    self->send(bridge, session_lost{session_generation});
  retire_current();
  session = nullptr;
  session_addr = nullptr;
  session_info.state = "none";
  // Whose stream is still to come is owed a sentence, too; and whoever is with
  // somebody else may never need us again.
  if (state == call_state::talking)
    leave_with_apology();
}

void call_supervisor_state::leave_with_apology() {
  if (!bridge || !stream) {
    finish(call_outcome::model_failed);
    return;
  }
  if (leaves_for_heir && env->handover.possible()) {
    on_leave_for_heir(); // That one may have a model.
    return;
  }
  departure exit{orders::hang_up{"", 0, true}};
  const auto& targets = agent->transfer.targets;
  if (auto at = targets.find(agent->fallback); at != targets.end())
    exit = orders::transfer{"", at->first, 0};
  else
    apologised = !env->sounds.goodbye.empty();
  self->send(bridge, actors::give_up{exit});
}

// -- before a session is too old ----------------------------------------------

void call_supervisor_state::schedule_rollover(
  std::optional<std::int64_t> expires_at) {
  cancel(roll_timer);
  auto wait = rollover_wait(env->rollover, expires_at, env->wall_clock());
  if (!wait)
    return;
  roll_timer = self->run_delayed(*wait, [this] {
    roll_timer = {};
    roll_over();
  });
}

void call_supervisor_state::retry_rollover() {
  cancel(roll_timer);
  roll_timer = self->run_delayed(rollover_retry, [this] {
    roll_timer = {};
    roll_over();
  });
}

void call_supervisor_state::roll_over() {
  if (!session || !session_configured_once)
    return;         // The next one will be young enough.
  if (next.actor) { // Another agent's, and it may be lost.
    retry_rollover();
    return;
  }
  spdlog::info("call opens its next session call_sid={} session_id={}",
               call.call_sid, session_id);
  spawn_next(agent);
}

void call_supervisor_state::spawn_next(const agent_ptr& whose) {
  next = {};
  next.agent = whose;
  next.actor = spawn_session(whose);
  next.addr = next.actor.address();
  next.generation = last_session_generation;
}

void call_supervisor_state::drop_next() {
  auto old = std::exchange(next, {});
  if (old.actor && bridge)
    self->send(bridge, session_lost{old.generation, true});
  retire(std::move(old));
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
  if (doomed)
    error = "no model can be had";
  else if (next.actor && next.order)
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
    if (next.actor) {
      drop_next(); // The new one will be young enough, if it can be had.
      retry_rollover();
    }
    spawn_next(profile);
    known.generation = next.generation;
    next.order = known;
  } else {
    // There is none that it could stand beside: the next one is the other's.
    retire_current();
    change_agent(profile);
    start_session();
    known.generation = session_generation;
  }
  self->send(bridge, call_order{known});
}

void call_supervisor_state::on_successor_down(const caf::error& reason) {
  auto lost = std::exchange(next, {});
  if (bridge)
    self->send(bridge, session_lost{lost.generation, true});
  if (state == call_state::ending)
    return;
  if (lost.order) {
    spdlog::error("call keeps its agent call_sid={} reason={}", call.call_sid,
                  describe_reason(reason));
  } else {
    spdlog::warn("call keeps its old session call_sid={} reason={}",
                 call.call_sid, describe_reason(reason));
    env->metrics->rolled_over("failed");
    retry_rollover();
  }
  fallen = std::move(lost);
}

void call_supervisor_state::on_adopted(const session_adopted& event) {
  if (state == call_state::ending)
    return;
  adopted_generation = event.generation;
  if (event.generation == session_generation)
    return; // The only one there is.
  if (next.actor && event.generation == next.generation) {
    retire_current();
    take_over();
  } else if (event.generation == fallen.generation && fallen.agent) {
    // It was lost as it took over: the bridge has let go of the other by then.
    retire_current();
    change_agent(std::exchange(fallen, {}).agent);
    start_session();
  } else if (event.generation > session_generation && !doomed) {
    // It was not wanted any more in the moment in which it took over.
    retire_current();
    if (next.actor)
      take_over();
    else
      start_session();
  }
}

void call_supervisor_state::take_over() {
  auto heir = std::exchange(next, {});
  // Where the one before it lives, there has been one all the time.
  if (!session || !session_configured_once)
    configured_at = heir.configured_at;
  session = heir.actor;
  session_addr = heir.addr;
  session_generation = heir.generation;
  session_configured_once = heir.configured;
  session_id = heir.id;
  session_info.state = heir.configured ? "running" : "connecting";
  if (heir.configured)
    schedule_rollover(heir.expires_at);
  else
    open_gap();
  if (!heir.order) {
    env->metrics->rolled_over("done");
    spdlog::info("call goes on with its next session call_sid={}",
                 call.call_sid);
  }
  change_agent(heir.agent);
}

void call_supervisor_state::change_agent(const agent_ptr& to) {
  if (std::exchange(agent, to) == to) {
    report_change();
    return;
  }
  record->usage.use_model(agent->model.empty() ? env->model : agent->model);
  env->metrics->agent_changes->inc();
  replace_behaviours();
  report_change();
}

void call_supervisor_state::retire_current() {
  if (session && session_lasts())
    cancel(gap_timer); // Of an outage before it.
  retire({session, session_addr, {}, {}, 0, false});
}

void call_supervisor_state::retire(session_slot old) {
  if (!old.actor)
    return;
  self->send(old.actor, close_socket{net::close_code::normal, ""});
  retired.emplace(old.addr, caf::actor_cast<caf::actor>(old.actor));
}

} // namespace offhook::actors
