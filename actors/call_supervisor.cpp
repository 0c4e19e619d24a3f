#include "actors/call_supervisor.hpp"

#include <algorithm>
#include <ctime>
#include <utility>

#include <spdlog/spdlog.h>

#include "actors/bridge.hpp"

namespace offhook::actors {

namespace {

/// Such as `Tuesday 2026-11-24 15:04 UTC`, for the model to read.
std::string to_text(std::int64_t seconds) {
  auto time = static_cast<std::time_t>(seconds);
  std::tm parts{};
  gmtime_r(&time, &parts);
  char text[64];
  return {text,
          std::strftime(text, sizeof text, "%A %Y-%m-%d %H:%M UTC", &parts)};
}

} // namespace

call_supervisor_state::call_supervisor_state(
  call_supervisor_actor::pointer self, environment_ptr env, admit_call call,
  std::uint32_t shard, call_registry_actor registry, call_record_ptr record)
  : self(self),
    env(std::move(env)),
    call(std::move(call)),
    shard(shard),
    registry(std::move(registry)),
    record(std::move(record)),
    budget(this->env->budget),
    reattaches({.attempts = this->env->limits.reattach_attempts,
                .first_delay = {},
                .max_delay = {}}) {
  const auto& pacers = this->env->pacers;
  pacer = pacers[shard % pacers.size()];
  started_at = this->env->wall_clock();
  agent = profile_of(this->call.agent);
  if (!agent->model.empty())
    this->record->usage.use_model(agent->model);
  if (this->call.past)
    agent = reopened(agent, *this->call.past, this->env->openings);
}

call_supervisor_state::~call_supervisor_state() {
  for (auto* timer : {&stream_timer, &duration_timer, &gap_timer, &redial_timer,
                      &roll_timer, &away_timer, &grace_timer})
    timer->dispose();
}

agent_ptr call_supervisor_state::profile_of(const std::string& name) const {
  auto values = call.parameters;
  values["caller"] = call.from;
  values["called"] = call.to;
  values["now"] = to_text(started_at);
  return for_call(environment::find_agent(env, name), values);
}

call_supervisor_actor::behavior_type call_supervisor_state::make_behavior() {
  self->set_down_handler([this](caf::down_msg& msg) { on_down(msg); });
  spawn_bridge();
  start_behaviours();
  start_session();
  await_first_stream();
  auto left = std::max(env->limits.max_duration - talked(),
                       std::chrono::milliseconds{0});
  duration_timer = self->run_delayed(left, [this] {
    spdlog::warn("call reaches its time limit call_sid={}", call.call_sid);
    finish(call_outcome::ended_by_us);
  });
  report_change();
  return {
    [this](stream_arrived& x) { on_stream(x); },
    [this](const stream_stopped& x) { on_stream_stopped(x); },
    [this](const session_configured& x) { on_configured(x); },
    [this](const end_call& x) {
      if (x.outcome == call_outcome::model_failed)
        give_up(socket_errc::session_timeout); // It is there, and mute.
      else
        finish(x.outcome);
    },
    [this](const call_event& x) { on_event(x); },
    [this](const call_order& x) { on_order(x); },
    [this](const session_adopted& x) { on_adopted(x); },
    [this](farewell_heard) {
      finish(doomed ? call_outcome::model_failed : call_outcome::ended_by_us);
    },
    [this](const raise_fault& x) { on_fault(x); },
    [this](const leave_line& x) { on_leave_line(x); },
    [this](const ask_next_step& x) { return on_question(x); },
    [this](number_stream) { return ++attempt; },
    [this](leave_for_heir) { on_leave_for_heir(); },
    [this](const claim_call& x) { return on_claim(x); },
    [this](get_info) { return describe_all(); },
    [this](const get_document& x) {
      return document_of(x.call_sid, *record, env->prices);
    },
  };
}

// -- children -----------------------------------------------------------------

void call_supervisor_state::on_down(const caf::down_msg& msg) {
  if (msg.source == session_addr) {
    session = nullptr;
    session_addr = nullptr;
    on_session_down(msg.reason);
  } else if (msg.source == next.addr) {
    next.actor = nullptr;
    on_successor_down(msg.reason);
  } else if (retired.erase(msg.source) > 0) {
    // It has ended as it was told to.
  } else if (msg.source == stream_addr) {
    stream = nullptr;
    stream_addr = nullptr;
    on_stream_down(msg.reason);
  } else if (msg.source == bridge_addr) {
    on_bridge_down(msg.reason);
  } else if (on_behaviour_down(msg)) {
    return;
  }
  end_when_empty();
}

// -- the end ------------------------------------------------------------------

void call_supervisor_state::cancel(caf::disposable& timer) {
  // A timer that is not taken back holds this actor until it is due.
  if (timer)
    timer.dispose();
  timer = {};
}

std::uint16_t call_supervisor_state::stream_close_code() const {
  if (outcome == call_outcome::shutdown)
    return net::close_code::service_restart;
  return says_failure(outcome) ? net::close_code::internal_error
                               : net::close_code::normal;
}

void call_supervisor_state::finish(call_outcome why) {
  if (state == call_state::ending || state == call_state::over)
    return;
  if (why == call_outcome::model_failed
      && state == call_state::waiting_for_stream) {
    // Twilio is on its way with a caller who is owed a sentence: the stream is
    // taken and closed at once, and the action document says it.
    doomed = true;
    cancel(gap_timer);
    return;
  }
  if (why == call_outcome::no_stream && doomed)
    why = call_outcome::model_failed;
  state = call_state::ending;
  gone.reset();
  outcome = why;
  spdlog::info("call ends call_sid={} outcome={}", call.call_sid,
               to_string(outcome));
  // The registry must know the intent before Twilio can ask for it.
  report_change();
  for (auto* timer : {&stream_timer, &duration_timer, &gap_timer, &redial_timer,
                      &roll_timer, &away_timer})
    cancel(*timer);
  if (stream)
    self->send(stream, close_socket{stream_close_code(), ""});
  if (session)
    self->send(session, close_socket{net::close_code::normal, ""});
  drop_next();
  grace_timer = self->run_delayed(env->limits.close_grace, [this] {
    for (const auto& x : {caf::actor_cast<caf::actor>(session),
                          caf::actor_cast<caf::actor>(stream)})
      if (x)
        self->send_exit(x, caf::exit_reason::kill);
    for (const auto& [addr, x] : retired)
      self->send_exit(x, caf::exit_reason::kill);
  });
  end_when_empty();
}

void call_supervisor_state::end_when_empty() {
  if (state != call_state::ending || session || stream || !retired.empty())
    return;
  if (bridge) {
    // Nobody may read the record before its writer is gone.
    self->send_exit(bridge, caf::exit_reason::user_shutdown);
    bridge = nullptr;
    bridge_info.state = "none";
  }
  if (bridge_addr)
    return;
  state = call_state::over;
  cancel(grace_timer);
  report_change();
  self->quit();
}

void call_supervisor_state::report_change() {
  self->send(registry, call_changed{describe()});
}

call_info call_supervisor_state::describe() const {
  call_info result;
  result.call_sid = call.call_sid;
  result.state = state;
  result.outcome = outcome;
  result.from = call.from;
  result.to = call.to;
  result.shard = shard;
  result.started_at = started_at;
  result.stream_sid = stream_sid;
  result.session_id = session_id;
  result.children = {stream_info, session_info, bridge_info};
  result.failure_told = apologised;
  return result;
}

caf::result<call_info> call_supervisor_state::describe_all() {
  if (!bridge)
    return describe();
  auto promise = self->make_response_promise<call_info>();
  self->request(bridge, std::chrono::seconds{2}, get_report{})
    .then(
      [this, promise](const bridge_report& report) mutable {
        auto info = describe();
        info.bridge = report;
        promise.deliver(std::move(info));
      },
      [this, promise](const caf::error&) mutable {
        promise.deliver(describe());
      });
  return promise;
}

} // namespace offhook::actors
