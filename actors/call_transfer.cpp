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

std::string_view name_of(const departure& why) {
  return std::visit(overloaded{
                      [](const orders::hang_up&) { return "hang_up"; },
                      [](const orders::transfer&) { return "transfer"; },
                      [](const orders::send_digits&) { return "send_digits"; },
                      [](const orders::hand_over&) { return "hand_over"; },
                    },
                    why);
}

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

next_step call_supervisor_state::first_step(const departure& why) {
  next_step result;
  if (std::holds_alternative<orders::hand_over>(why))
    return step_to_heir();
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
  auto lost = state == call_state::reattaching; // In the same moment.
  if (!lost && (state != call_state::talking || !stream))
    return; // The call ended in the same moment.
  if (state == call_state::talking && event.stream != stream_generation) {
    // Another stream has come: what this one was left for comes to nothing.
    if (std::holds_alternative<orders::hand_over>(event.what)) {
      on_leave_for_heir();
    } else {
      absence back{event.what, absence::stage::returning, {}};
      back.result = "the line broke off";
      self->send(bridge, report_of(back));
    }
    return;
  }
  if (lost && gone->at == absence::stage::returning) {
    // Twilio was told already to bring the caller back. Who is to go to another
    // instance goes then.
    if (!std::holds_alternative<orders::hand_over>(event.what)) {
      gone->why = event.what;
      gone->result = "the line broke off";
    }
    return;
  }
  gone = absence{event.what, absence::stage::leaving, first_step(event.what)};
  if (gone->answer.what == next_step::kind::hang_up) {
    gone->result = "unknown target";
    if (lost)
      return;
    self->send(bridge, stream_attached{stream_generation, stream});
    on_returned();
    if (leaves_for_heir)
      on_leave_for_heir();
    return;
  }
  state = call_state::away;
  answer_owed = event.answer_owed;
  const auto* transfer = std::get_if<orders::transfer>(&event.what);
  spdlog::info("call leaves its stream call_sid={} for={} target={}",
               call.call_sid, name_of(event.what),
               transfer ? transfer->target : "");
  // The registry must know the intent before Twilio can ask for it.
  report_change();
  if (!lost)
    tell_behaviours({events::line_left{}});
  await(absence::stage::leaving, env->limits.action_grace,
        call_outcome::stream_lost);
  if (stream)
    self->send(stream, close_socket{net::close_code::normal, ""});
}

next_step call_supervisor_state::after_leaving() {
  if (std::holds_alternative<orders::hand_over>(*gone->why)) {
    on_heir_asked();
  } else if (const auto* digits
             = std::get_if<orders::send_digits>(&*gone->why)) {
    gone->answer.attempt = ++attempt;
    await(absence::stage::returning,
          env->limits.stream_grace
            + per_digit * static_cast<milliseconds::rep>(digits->digits.size()),
          call_outcome::stream_lost);
  } else {
    // Twilio tells the end of the talk, not its beginning. What takes longer
    // than the ringing is one: nobody here is needed any more.
    await(absence::stage::elsewhere,
          seconds{gone->answer.timeout_s} + env->limits.transfer_grace,
          call_outcome::transferred);
  }
  return gone->answer;
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
    if (doomed) { // Nobody is here whom the caller could come back to.
      finish(call_outcome::model_failed);
      return {true};
    }
    gone->result = status;
    gone->answer = connect_step();
    await(absence::stage::returning, env->limits.stream_grace,
          call_outcome::stream_lost);
  }
  return gone->answer;
}

caller_returned call_supervisor_state::report_of(const absence& back) const {
  auto failed = [&back](const std::string& what) {
    return R"({"status":"failed",)" + what + R"("reason":")" + back.result
           + R"("})";
  };
  return std::visit(
    overloaded{
      [&](const orders::send_digits& x) {
        return caller_returned{x.call_id, back.result.empty()
                                            ? R"({"status":"sent"})"
                                            : failed("")};
      },
      [&](const orders::transfer& x) {
        return caller_returned{x.call_id,
                               failed(R"("target":")" + x.target + R"(",)")};
      },
      // No stream comes back from these.
      [](const auto& x) {
        return caller_returned{x.call_id, {}};
      },
    },
    *back.why);
}

} // namespace offhook::actors
