// The part of a call's supervisor that looks after its Media Streams sockets:
// one at a time, and none for a while where it was lost or the caller is with
// somebody else. Twilio asks then what comes next.

#include "actors/call_supervisor.hpp"

#include <algorithm>
#include <charconv>

#include <spdlog/spdlog.h>

#include "actors/twilio_socket.hpp"

namespace offhook::actors {

namespace {

// A stream that carried the call for so long was no failed attempt.
constexpr std::chrono::seconds steady_stream{30};

// More than any call has; what another instance counted is not believed beyond.
constexpr std::uint32_t max_attempt = 10'000;

constexpr auto line_broke
  = "The line broke off for a moment and is back now. What you said last may "
    "not have been heard to its end, and what the caller said meanwhile did "
    "not reach you. Go on from there.";

/// The number of the stream, as the document gave it; 0: none.
std::uint32_t attempt_of(const protocol::stream_start& start) {
  std::uint32_t result = 0;
  auto at = start.custom_parameters.find("attempt");
  if (at == start.custom_parameters.end())
    return result;
  const auto& text = at->second;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(),
                                      result);
  return error == std::errc{} && end == text.data() + text.size()
           ? std::min(result, max_attempt)
           : 0;
}

std::string token_of(const protocol::stream_start& start) {
  auto at = start.custom_parameters.find("token");
  return at == start.custom_parameters.end() ? std::string{} : at->second;
}

} // namespace

// -- one comes ----------------------------------------------------------------

void call_supervisor_state::await_first_stream() {
  cancel(stream_timer);
  stream_timer = self->run_delayed(env->limits.stream_grace, [this] {
    if (state == call_state::waiting_for_stream)
      finish(call_outcome::no_stream);
  });
}

bool call_supervisor_state::awaits_stream() const noexcept {
  return state == call_state::waiting_for_stream
         || state == call_state::reattaching
         || (state == call_state::away
             && gone->at == absence::stage::returning);
}

bool call_supervisor_state::may_attach(const stream_arrived& event) const {
  auto refuse = [this](std::string_view why) {
    spdlog::warn("call refuses stream call_sid={} state={} reason={}",
                 call.call_sid, to_string(state), why);
    return false;
  };
  // The lobby saw that the token is genuine; whether it is new is known here.
  auto token = token_of(event.start);
  if (used_tokens.contains(token))
    return refuse("used_token");
  if (token.empty() && !used_tokens.empty())
    return refuse("no_token"); // Twilio has one for each stream of this call.
  if (awaits_stream())
    return true;
  if (state != call_state::talking)
    return refuse("not_awaited");
  // The newest wins, since a socket whose peer is gone looks alive for long.
  // Whoever shows no token has not shown that it is newer, either.
  return token.empty() ? refuse("no_token") : true;
}

void call_supervisor_state::on_stream(stream_arrived& event) {
  if (!event.socket) {
    // Twilio asks what comes next, or nothing comes and the wait has its end.
    spdlog::warn("call loses a stream on its way call_sid={} state={}",
                 call.call_sid, to_string(state));
    return;
  }
  if (!may_attach(event)) {
    env->metrics->refused_streams->inc();
    event.socket->close(net::close_code::policy_violation, "stream refused");
    return;
  }
  if (state == call_state::talking)
    lose_stream(socket_errc::stream_replaced,
                to_string(socket_errc::stream_replaced));
  if (auto token = token_of(event.start); !token.empty())
    used_tokens.insert(std::move(token)); // It opens one stream.
  attached_attempt = attempt_of(event.start);
  attempt = std::max(attempt, attached_attempt);
  ++stream_generation;
  stream_sid = event.start.stream_sid;
  stream = self->spawn<twilio_socket_impl, caf::monitored>(
    env, call.call_sid, stream_sid, stream_generation, std::move(event.socket),
    bridge, call_supervisor_actor{self});
  stream_addr = stream.address();
  stream_info.state = "running";
  state = call_state::talking;
  stopped_by_twilio = false;
  attached_at = self->clock().now();
  self->send(bridge, stream_attached{stream_generation, stream});
  if (gone)
    on_returned();
  if (!talking_since) {
    auto before = talked();
    talking_since = self->clock().now() - before;
    tell_behaviours(
      {events::call_began{call.call_sid, call.from, call.to,
                          static_cast<std::uint64_t>(before.count())}});
  }
  spdlog::info("call talks call_sid={} stream_sid={}", call.call_sid,
               stream_sid);
  report_change();
  if (doomed)
    leave_with_apology();
  else if (leaves_for_heir)
    on_leave_for_heir();
}

void call_supervisor_state::on_returned() {
  cancel(away_timer);
  auto back = *std::exchange(gone, std::nullopt);
  last_return = back.why ? report_of(back) : line_note();
  self->send(bridge, last_return);
  tell_behaviours({events::line_back{}});
}

caller_returned call_supervisor_state::line_note() {
  return {{}, line_broke};
}

// -- one goes -----------------------------------------------------------------

void call_supervisor_state::on_stream_stopped(const stream_stopped& event) {
  if (event.generation != stream_generation)
    return;
  stopped_by_twilio = true;
  // A stream that we close, or gave up, may say so too: Twilio asks then, or
  // else the caller has hung up.
  if (state != call_state::away && state != call_state::reattaching)
    finish(call_outcome::completed);
}

void call_supervisor_state::on_stream_down(const caf::error& reason) {
  stream_info.state = "none";
  stream_info.last_reason = describe_reason(reason);
  if (state == call_state::away)
    return; // The bridge has let go of it.
  if (state == call_state::talking && try_again()) {
    // An exception in the socket's actor is one more way of losing the socket.
    lose_stream(to_socket_errc(reason).value_or(socket_errc::connection_lost),
                stream_info.last_reason);
    return;
  }
  if (bridge)
    self->send(bridge, stream_lost{stream_generation});
  finish(call_outcome::stream_lost);
}

void call_supervisor_state::lose_stream(socket_errc why,
                                        const std::string& described) {
  ++stream_info.restarts;
  stream_info.state = "restarting";
  stream_info.last_reason = described;
  env->metrics->socket_restarted("twilio", why);
  spdlog::warn("twilio-socket restarts call_sid={} stream_sid={} reason={} "
               "attempt={}",
               call.call_sid, stream_sid, described, reattaches.spent());
  if (bridge)
    self->send(bridge, stream_lost{stream_generation, true});
  if (stream) { // It may be half-open: nobody waits for its end.
    self->send(stream, close_socket{net::close_code::going_away, ""});
    retired.emplace(stream_addr, caf::actor_cast<caf::actor>(stream));
    stream = nullptr;
    stream_addr = nullptr;
  }
  state = call_state::reattaching;
  apologised = false; // Not to its end.
  gone = absence{};
  report_change();
  tell_behaviours({events::line_left{}});
  await(absence::stage::leaving, env->limits.reattach_grace,
        call_outcome::stream_lost);
}

bool call_supervisor_state::try_again() {
  if (attached_at && self->clock().now() - *attached_at >= steady_stream)
    reattaches.give_back();
  attached_at.reset();
  if (reattaches.spend(0.0))
    return true;
  spdlog::error("call gives up its stream call_sid={} attempts={}",
                call.call_sid, reattaches.spent());
  return false;
}

void call_supervisor_state::await(absence::stage stage,
                                  std::chrono::milliseconds bound,
                                  call_outcome otherwise) {
  gone->at = stage;
  cancel(away_timer);
  away_timer = self->run_delayed(bound, [this, stage, otherwise] {
    away_timer = {};
    if (stage == absence::stage::elsewhere)
      env->metrics->transfer_ended("unknown");
    if (stage == absence::stage::moving)
      env->metrics->handed_over("unclaimed");
    // Twilio said `stop` and asked nothing: the caller has hung up.
    finish(stopped_by_twilio && stage == absence::stage::leaving
             ? call_outcome::completed
             : otherwise);
  });
}

// -- Twilio asks --------------------------------------------------------------

next_step call_supervisor_state::connect_step() {
  next_step result;
  result.what = next_step::kind::connect;
  result.agent = call.agent;
  result.attempt = ++attempt;
  return result;
}

bool call_supervisor_state::was_answered(const ask_next_step& asked) const {
  if (!asked.retry_token.empty() && asked.retry_token == answered_token)
    return true;
  return asked.attempt != 0
         && asked.attempt < std::max(answered.attempt, attached_attempt);
}

next_step call_supervisor_state::on_question(const ask_next_step& asked) {
  auto connected = was_connected(asked.dial_status);
  if (state == call_state::ending || state == call_state::over)
    return {!connected && says_failure(outcome) && !apologised};
  if (asked.caller_gone && !connected) {
    if (gone && gone->at == absence::stage::elsewhere)
      env->metrics->transfer_ended("canceled");
    finish(call_outcome::completed);
    return {};
  }
  if (!was_answered(asked)) {
    answered_token = asked.retry_token;
    answered = answer_to(asked);
  }
  return answered;
}

next_step call_supervisor_state::answer_to(const ask_next_step& asked) {
  auto dialled = !asked.dial_status.empty();
  if (dialled && state != call_state::away) // Late: the caller has come back.
    return was_connected(asked.dial_status) ? next_step{} : answered;
  switch (state) {
    case call_state::away:
      if (dialled && gone->at != absence::stage::leaving
          && std::holds_alternative<orders::transfer>(*gone->why))
        return after_dial(asked.dial_status);
      break;
    case call_state::waiting_for_stream:
      // It could not be opened.
      if (doomed || !try_again()) {
        finish(doomed ? call_outcome::no_stream : call_outcome::stream_lost);
        return {true};
      }
      await_first_stream();
      return connect_step();
    case call_state::talking:
      // Twilio's end is gone, and it knows before we do.
      if (!try_again()) {
        finish(call_outcome::stream_lost);
        return {true};
      }
      lose_stream(socket_errc::connection_lost,
                  to_string(socket_errc::connection_lost));
      break;
    default:
      break;
  }
  return after_stream();
}

next_step call_supervisor_state::after_stream() {
  switch (gone->at) {
    case absence::stage::leaving:
      if (gone->why && gone->result.empty())
        return after_leaving();
      break;
    case absence::stage::elsewhere:
    case absence::stage::moving:
      return gone->answer;
    case absence::stage::returning:
      // The stream that it was told of could not be opened.
      if (try_again())
        break;
      finish(call_outcome::stream_lost);
      return {true};
  }
  gone->answer = connect_step();
  await(absence::stage::returning,
        state == call_state::away ? env->limits.stream_grace
                                  : env->limits.reattach_grace,
        call_outcome::stream_lost);
  return gone->answer;
}

} // namespace offhook::actors
