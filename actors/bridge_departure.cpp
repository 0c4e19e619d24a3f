// How a call leaves its line: for good, or to use it for something that no
// stream can do.

#include "actors/bridge.hpp"

#include <variant>

namespace offhook::actors {

namespace {

constexpr auto spoke_first
  = R"({"status":"cancelled","reason":"the caller spoke"})";
constexpr auto line_was_lost
  = R"({"status":"cancelled","reason":"the line broke off"})";
constexpr auto left_already
  = R"({"status":"the line is about to be left already"})";

std::string call_id_of(const departure& order) {
  return std::visit([](const auto& x) { return x.call_id; }, order);
}

bool is_final(const departure& order) {
  const auto* end = std::get_if<orders::hang_up>(&order);
  return (end && end->final)
         || std::holds_alternative<orders::hand_over>(order);
}

} // namespace

void bridge_state::leave_when_heard(const departure& order) {
  const auto call_id = call_id_of(order);
  if (away) {
    leave_again(order);
    return;
  }
  // It takes a while until a behaviour has made an order of what the model
  // said, and the caller may speak by now.
  if (!call_id.empty() && caller_speaks && turn_counts) {
    answer_tool(call_id, spoke_first, false);
    return;
  }
  if (ending) {
    // Who looks after the call knows better than the model how to leave it.
    auto ends = std::holds_alternative<orders::hang_up>(order);
    auto both_end = ends && std::holds_alternative<orders::hang_up>(*ending);
    auto replaces = !is_final(*ending)
                    && (both_end || (ends && call_id.empty()));
    answer_tool(call_id_of(replaces ? *ending : order), left_already, false);
    if (!replaces) { // The earlier deadline holds in any case.
      if (const auto* move = std::get_if<orders::hand_over>(&order))
        afterwards = *move;
      return;
    }
  } else {
    end_by(deadline_of(order));
  }
  ending = order;
  check_quiet();
}

std::uint32_t bridge_state::deadline_of(const departure& order) {
  return std::visit([](const auto& x) { return x.deadline_ms; }, order);
}

void bridge_state::end_by(std::uint32_t deadline_ms) {
  ending_timer.dispose();
  ending_timer
    = self->run_delayed(std::chrono::milliseconds{deadline_ms}, [this] {
        if (!ending
            || (!stream && !std::holds_alternative<orders::hang_up>(*ending)))
          return; // A stream that comes finds it quiet.
        tell_turns();
        depart(); // The mark never came.
      });
}

void bridge_state::leave_again(const departure& order) {
  if (std::holds_alternative<orders::hand_over>(order))
    return;                    // Whoever ordered it sees the caller come back.
  if (is_final(order) && sink) // No goodbye is heard, now or later.
    self->send(sink, farewell_heard{});
  else if (!answer_tool(call_id_of(order),
                        R"({"error":"the caller is not on the line"})", false))
    env->metrics->orders_dropped->inc();
}

void bridge_state::depart() {
  ending_timer.dispose();
  afterwards.reset(); // It is ordered again where the caller comes back.
  auto order = *std::exchange(ending, std::nullopt);
  if (std::holds_alternative<orders::hang_up>(order)) {
    if (sink)
      self->send(sink, farewell_heard{});
    return;
  }
  away = true;
  auto answer_owed = owed || turn_open || unanswered || !tools.open().empty()
                     || after_rest || (flow.busy() && !agent_heard);
  auto left = stream_generation;
  turn_open = false; // Nobody here will answer it.
  // Nobody hears the rest, should there be one; and what the caller says until
  // the stream is closed is for nobody.
  hush(now(), false);
  check_quiet();
  if (stream)
    on_stream_lost({stream_generation});
  if (sink)
    self->send(sink, leave_line{order, answer_owed, left});
}

void bridge_state::depart_when_quiet() {
  // Whose call ends whatever they say may still say it.
  if (!ending || (flow.busy() && !hopeless) || !over.empty())
    return;
  // What needs the line needs to have it first.
  if (!stream && !std::holds_alternative<orders::hang_up>(*ending))
    return;
  auto waits = caller_speaks || turn_open;
  // What a function has done must not be done once more elsewhere.
  if (std::holds_alternative<orders::hand_over>(*ending))
    waits = waits || !tools.open().empty();
  if (!(is_final(*ending) && waits))
    depart();
}

void bridge_state::lose_line(time_point at) {
  // What is cut is not kept to be played later: a sentence that goes on after a
  // gap, without the words that the gap took, is understood by nobody. Nor is
  // it known what the caller said into the dead line. So the model learns how
  // far it was heard, and is asked to go on when the caller is there again.
  ledger.trust_marks_only(at);
  away = true;
  turn_open = false;
  after_rest.reset(); // The model is asked to go on by what is told then.
  cut_short = false;
  hush(at, false);
  if (ending && is_final(*ending))
    depart(); // The call was to end in any case.
  else
    cancel_ending(true);
  check_quiet();
}

void bridge_state::cancel_ending(bool line_lost) {
  if (!ending || is_final(*ending) || (hopeless && !line_lost))
    return;
  ending_timer.dispose();
  auto call_id = call_id_of(*std::exchange(ending, std::nullopt));
  // The model must not believe that the call is over.
  if (!call_id.empty())
    answer_tool(call_id, line_lost ? line_was_lost : spoke_first, false);
  else if (line_lost)
    tell("The line broke off before the call ended: it goes on.", false);
  else
    tell("The caller spoke before the call ended: it goes on.", false);
  if (auto move = std::exchange(afterwards, std::nullopt))
    leave_when_heard(*move);
}

void bridge_state::on_caller_returned(const caller_returned& event) {
  away = false;
  watch_outage();
  if (!event.call_id.empty() && answer_tool(event.call_id, event.result, true))
    return;
  // No function asked for it, or the session that called it is gone.
  tell(event.result, false);
  if (caller_speaks) { // The answer to that is enough.
    turn_open = turn_counts = turn_is_real = true;
    return;
  }
  if (!tools.open().empty())
    return; // Their results are answered, and a response before would not know.
  if (greeted || agent->greeting.empty())
    want_when_told({"", "returned"});
  else
    obey(flow.want({agent->greeting, "greeting"}, now()));
}

} // namespace offhook::actors
