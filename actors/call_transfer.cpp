// The part of a call's supervisor that looks after a caller who is with
// somebody else for a while: the stream is closed, the session stays open, and
// Twilio is told what to do when it asks.

#include "actors/call_supervisor.hpp"

#include <spdlog/spdlog.h>

#include "actors/overloaded.hpp"

namespace offhook::actors {

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// What a tone takes, or the pause that `w` stands for; generous.
constexpr milliseconds per_digit{1'000};

constexpr std::size_t max_digits = 32;

bool are_digits(std::string_view text) {
  return !text.empty() && text.size() <= max_digits
         && text.find_first_not_of("0123456789*#w") == std::string_view::npos;
}

} // namespace

bool call_supervisor_state::refuses(const call_order& order) {
  auto refuse = [this](const std::string& call_id, std::string_view why) {
    spdlog::warn("call refuses order call_sid={} reason=\"{}\"", call.call_sid,
                 why);
    self->send(bridge,
               call_order{orders::answer_tool{
                 call_id, R"({"error":")" + std::string{why} + R"("})", true}});
    return true;
  };
  const auto* transfer = std::get_if<orders::transfer>(&order.what);
  if (transfer && !agent->transfer.targets.contains(transfer->target))
    return refuse(transfer->call_id,
                  "target must be one of those that the function names");
  const auto* digits = std::get_if<orders::send_digits>(&order.what);
  if (digits && !are_digits(digits->digits))
    return refuse(digits->call_id, "digits must be 1 to 32 of 0-9 * # w");
  return false;
}

next_step call_supervisor_state::first_step(const departure& why) const {
  next_step result;
  if (const auto* digits = std::get_if<orders::send_digits>(&why)) {
    result.what = next_step::kind::send_digits;
    result.digits = digits->digits;
    result.agent = call.agent;
  } else if (const auto* transfer = std::get_if<orders::transfer>(&why)) {
    const auto& rules = agent->transfer;
    auto target = rules.targets.find(transfer->target);
    if (target == rules.targets.end())
      return result; // Another agent has taken over, who knows it not.
    result.what = next_step::kind::dial;
    result.target = target->second;
    result.caller_id = rules.caller_id;
    result.timeout_s = rules.timeout_s;
  }
  return result;
}

void call_supervisor_state::on_leave_line(const leave_line& event) {
  if (state != call_state::talking || !stream)
    return; // The stream was lost, or the call ended, in the same moment.
  gone = absence{
    event.what, absence::stage::leaving, first_step(event.what), {}, {}};
  if (gone->answer.what == next_step::kind::hang_up) {
    gone->result = "unknown target";
    self->send(bridge, stream_attached{stream_generation, stream});
    on_returned();
    return;
  }
  state = call_state::away;
  const auto* transfer = std::get_if<orders::transfer>(&event.what);
  spdlog::info("call leaves its stream call_sid={} for={} target={}",
               call.call_sid, transfer ? "transfer" : "send_digits",
               transfer ? transfer->target : "");
  // The registry must know the intent before Twilio can ask for it.
  report_change();
  tell_behaviours({events::line_left{}});
  await(absence::stage::leaving, env->limits.action_grace,
        call_outcome::stream_lost);
  self->send(stream, close_socket{net::close_code::normal, ""});
}

void call_supervisor_state::await(absence::stage stage, milliseconds bound,
                                  call_outcome otherwise) {
  gone->at = stage;
  cancel(away_timer);
  away_timer = self->run_delayed(bound, [this, stage, otherwise] {
    away_timer = {};
    if (stage == absence::stage::elsewhere)
      env->metrics->transfer_ended("unknown");
    // Twilio said `stop` and asked nothing: the caller has hung up.
    finish(stopped_by_twilio && stage == absence::stage::leaving
             ? call_outcome::completed
             : otherwise);
  });
}

bool call_supervisor_state::awaits_stream() const noexcept {
  return state == call_state::waiting_for_stream
         || (state == call_state::away
             && gone->at == absence::stage::returning);
}

next_step call_supervisor_state::on_question(const ask_next_step& asked) {
  auto connected = was_connected(asked.dial_status);
  if (state != call_state::away)
    return {!connected && says_failure(outcome)};
  if (asked.caller_gone && !connected) {
    if (gone->at == absence::stage::elsewhere)
      env->metrics->transfer_ended("canceled");
    finish(call_outcome::completed);
    return {};
  }
  // Of a question whose answer was lost.
  if (!asked.retry_token.empty() && asked.retry_token == gone->retry_token)
    return gone->answer;
  gone->retry_token = asked.retry_token;
  if (gone->at != absence::stage::leaving && !asked.dial_status.empty()
      && std::holds_alternative<orders::transfer>(gone->why))
    return after_dial(asked.dial_status);
  return after_stream();
}

next_step call_supervisor_state::after_stream() {
  switch (gone->at) {
    case absence::stage::leaving:
      if (const auto* digits = std::get_if<orders::send_digits>(&gone->why))
        await(absence::stage::returning,
              env->limits.stream_grace
                + per_digit
                    * static_cast<milliseconds::rep>(digits->digits.size()),
              call_outcome::stream_lost);
      else
        // Twilio tells the end of the talk, not its beginning. What takes
        // longer than the ringing is one: nobody here is needed any more.
        await(absence::stage::elsewhere,
              seconds{gone->answer.timeout_s} + env->limits.transfer_grace,
              call_outcome::transferred);
      return gone->answer;
    case absence::stage::elsewhere:
      return gone->answer;
    case absence::stage::returning:
      break;
  }
  // The stream that it was told of could not be opened.
  finish(call_outcome::stream_lost);
  return {true};
}

next_step call_supervisor_state::after_dial(const std::string& status) {
  if (was_connected(status)) {
    env->metrics->transfer_ended("completed");
    finish(call_outcome::transferred);
    return {};
  }
  if (gone->at == absence::stage::elsewhere) { // Else it asks once more.
    env->metrics->transfer_ended(status);
    spdlog::info("transfer fails call_sid={} status={}", call.call_sid, status);
    gone->result = status;
    gone->answer = {};
    gone->answer.what = next_step::kind::connect;
    gone->answer.agent = call.agent;
    await(absence::stage::returning, env->limits.stream_grace,
          call_outcome::stream_lost);
  }
  return gone->answer;
}

void call_supervisor_state::on_returned() {
  cancel(away_timer);
  auto back = *std::exchange(gone, std::nullopt);
  self->send(
    bridge,
    std::visit(overloaded{
                 [](const orders::send_digits& x) {
                   return caller_returned{x.call_id, R"({"status":"sent"})"};
                 },
                 [&back](const orders::transfer& x) {
                   return caller_returned{
                     x.call_id, R"({"status":"failed","target":")" + x.target
                                  + R"(","reason":")" + back.result + R"("})"};
                 },
                 [](const orders::hang_up& x) {
                   return caller_returned{x.call_id, {}};
                 },
               },
               back.why));
  tell_behaviours({events::line_back{}});
}

} // namespace offhook::actors
