// How a call leaves its line: for good, or to use it for something that no
// stream can do.

#include "actors/bridge.hpp"

#include <variant>

namespace offhook::actors {

namespace {

constexpr auto spoke_first
  = R"({"status":"cancelled","reason":"the caller spoke"})";
constexpr auto left_already
  = R"({"status":"the line is about to be left already"})";

std::string call_id_of(const departure& order) {
  return std::visit([](const auto& x) { return x.call_id; }, order);
}

std::uint32_t deadline_of(const departure& order) {
  return std::visit([](const auto& x) { return x.deadline_ms; }, order);
}

bool is_final(const departure& order) {
  const auto* end = std::get_if<orders::hang_up>(&order);
  return end && end->final;
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
    if (!replaces)
      return; // The earlier deadline holds in any case.
  } else {
    ending_timer = self->run_delayed(
      std::chrono::milliseconds{deadline_of(order)}, [this] {
        if (!ending)
          return;
        tell_turns();
        depart(); // The mark never came.
      });
  }
  ending = order;
  check_quiet();
}

void bridge_state::leave_again(const departure& order) {
  if (is_final(order) && sink) // No goodbye is heard, now or later.
    self->send(sink, farewell_heard{});
  else if (!answer_tool(call_id_of(order),
                        R"({"error":"the caller is not on the line"})", false))
    env->metrics->orders_dropped->inc();
}

void bridge_state::depart() {
  ending_timer.dispose();
  auto order = *std::exchange(ending, std::nullopt);
  if (std::holds_alternative<orders::hang_up>(order)) {
    if (sink)
      self->send(sink, farewell_heard{});
    return;
  }
  away = true;
  turn_open = false; // Nobody will answer it.
  // Nobody hears the rest, should there be one; and what the caller says until
  // the stream is closed is for nobody.
  hush(now(), false);
  check_quiet();
  if (stream)
    on_stream_lost({stream_generation});
  if (sink)
    self->send(sink, leave_line{order});
}

void bridge_state::depart_when_quiet() {
  // Whose call ends whatever they say may still say it.
  if (ending && !flow.busy()
      && !(is_final(*ending) && (caller_speaks || turn_open)))
    depart();
}

void bridge_state::cancel_ending() {
  if (!ending || is_final(*ending))
    return;
  ending_timer.dispose();
  auto call_id = call_id_of(*std::exchange(ending, std::nullopt));
  // The model must not believe that the call is over.
  if (!call_id.empty())
    answer_tool(call_id, spoke_first, false);
  else
    tell("The caller spoke before the call ended: it goes on.", false);
}

void bridge_state::on_caller_returned(const caller_returned& event) {
  away = false;
  if (!event.call_id.empty() && answer_tool(event.call_id, event.result, true))
    return;
  // No function asked for it, or the session that called it is gone.
  tell(event.result, false);
  obey(flow.want({"", "returned"}, now()));
}

} // namespace offhook::actors
