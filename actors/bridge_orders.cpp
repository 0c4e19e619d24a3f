// What a call does beyond bridging: events for its behaviours, and their
// orders.

#include "actors/bridge.hpp"

#include <utility>
#include <variant>

#include "actors/overloaded.hpp"

namespace offhook::actors {

namespace {

constexpr auto spoke_first
  = R"({"status":"cancelled","reason":"the caller spoke"})";

std::string call_id_of(const departure& order) {
  return std::visit([](const auto& x) { return x.call_id; }, order);
}

bool is_final(const departure& order) {
  const auto* end = std::get_if<orders::hang_up>(&order);
  return end && end->final;
}

} // namespace

std::string bridge_state::next_item_id() {
  return "offhook_" + std::to_string(session_generation) + '_'
         + std::to_string(++own_items);
}

void bridge_state::emit(call_event event) {
  if (sink)
    self->send(sink, std::move(event));
}

void bridge_state::on_order(const call_order& order) {
  std::visit(overloaded{
               [this](const orders::speak& x) {
                 if (away) // Nobody would hear it.
                   env->metrics->orders_dropped->inc();
                 else
                   speak(x);
               },
               [this](const orders::tell& x) { tell(x.text, x.by_caller); },
               [this](const orders::answer_tool& x) {
                 answer_tool(x.call_id, x.output, x.speak);
               },
               [this](const orders::listen& x) { listeners = x; },
               [this](const orders::replace_audio& x) { replace(x); },
               [this](const orders::mix_audio& x) { mix(x.payload); },
               [this](const orders::answer_all_tools& x) {
                 for (const auto& id : tools.open())
                   answer_tool(id, x.output, true);
               },
               // The supervisor opens the session.
               [this](const orders::set_agent& x) { switching = x; },
               [this](const auto& x) { leave_when_heard(x); },
             },
             order.what);
}

void bridge_state::speak(const orders::speak& order) {
  if (order.aside && tools.open().empty())
    return; // What it was to bridge is over.
  obey(flow.want({order.instructions, order.purpose, order.aside}, now()));
}

void bridge_state::tell(const std::string& text, bool by_caller) {
  auto id = next_item_id();
  if (by_caller)
    record->log.keys(id, text);
  else
    record->log.note(id, text);
  if (session)
    self->send(session, put_text{id, by_caller ? "user" : "system",
                                 by_caller ? describe_keys(text) : text});
}

bool bridge_state::answer_tool(const std::string& call_id,
                               const std::string& output, bool speak) {
  auto outcome = tools.answered(call_id, speak);
  if (!outcome.known)
    return false; // Its session is gone, or it was answered: late is never.
  auto id = next_item_id();
  record->log.tool_result(id, call_id, output);
  if (session)
    self->send(session, put_tool_result{id, call_id, output});
  if (tools.open().empty())
    flow.withdraw_asides();
  if (outcome.last && !away) // The agent speaks when the caller is back.
    obey(flow.want({"", "tools"}, now()));
  advance_successor();
  return true;
}

void bridge_state::on_calls(const response_finished& event) {
  if (event.calls.empty())
    return;
  std::vector<std::string> ids;
  for (const auto& x : event.calls)
    ids.push_back(x.call_id);
  tools.called(event.response_id, ids);
  for (const auto& x : event.calls)
    if (event.status == "completed")
      emit({events::tool_called{x}});
    else // Its arguments may be cut short.
      answer_tool(x.call_id, R"({"error":"the response was cut short"})",
                  false);
}

void bridge_state::replace(const orders::replace_audio& order) {
  auto taken = queue.replace(order.item_id, order.offset, order.payload);
  if (taken < order.payload.size())
    env->metrics->late_replacements->inc(
      static_cast<std::int64_t>(order.payload.size() - taken));
}

void bridge_state::mix(std::span<const std::byte> sound) {
  auto taken = over.add(sound);
  env->metrics->agent_bytes_dropped->inc(
    static_cast<std::int64_t>(sound.size() - taken));
  pump();
}

void bridge_state::tell_turns() {
  // Of a response that is not over more may come, also of the same item.
  const auto& unfinished = flow.active();
  for (const auto& x : sounding)
    if (unfinished.empty() || x.response_id != unfinished)
      tell_turn(x.item_id);
  std::erase_if(sounding, [&unfinished](const auto& x) {
    return unfinished.empty() || x.response_id != unfinished;
  });
}

void bridge_state::tell_turn(const std::string& item_id) {
  if (auto entry = record->log.find(item_id);
      entry && !(entry->text.empty() && entry->unheard.empty()))
    emit({events::agent_turn{entry->text, entry->unheard}});
}

// -- leaving the line ---------------------------------------------------------

void bridge_state::leave_when_heard(const departure& order) {
  auto call_id = call_id_of(order);
  auto refuse = [&](const char* why) {
    if (call_id.empty() || !answer_tool(call_id, why, false))
      env->metrics->orders_dropped->inc();
  };
  if (away && is_final(order)) { // No goodbye is heard, now or later.
    if (sink)
      self->send(sink, farewell_heard{});
    return;
  }
  if (away)
    return refuse(R"({"error":"the caller is not on the line"})");
  if (ending && (!call_id.empty() || is_final(*ending)))
    return refuse(R"({"error":"the line is about to be left already"})");
  // It takes a while until a behaviour has made an order of what the model
  // said, and the caller may speak by now.
  if (!call_id.empty() && caller_speaks && turn_counts)
    return refuse(spoke_first);
  if (ending) // Who looks after the call knows better than the model.
    answer_tool(call_id_of(*ending), R"({"error":"the call ends"})", false);
  ending_timer.dispose();
  ending = order;
  auto deadline = std::visit([](const auto& x) { return x.deadline_ms; },
                             order);
  ending_timer = self->run_delayed(std::chrono::milliseconds{deadline}, [this] {
    if (ending) // The mark never came.
      depart();
  });
  check_quiet();
}

void bridge_state::depart() {
  tell_turns();
  ending_timer.dispose();
  auto order = *std::exchange(ending, std::nullopt);
  if (std::holds_alternative<orders::hang_up>(order)) {
    if (sink)
      self->send(sink, farewell_heard{});
    return;
  }
  away = true;
  // Nobody hears the rest, should there be one; and what the caller says until
  // the stream is closed is for nobody.
  hush(now(), false);
  check_quiet();
  if (stream)
    on_stream_lost({stream_generation});
  if (sink)
    self->send(sink, leave_line{order});
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

void bridge_state::check_quiet() {
  auto at = now();
  if (!queue.empty() || ledger.anything_unheard(at) || !ledger.all_marked())
    return;
  if (std::exchange(agent_heard, false))
    emit({events::agent_speech{false}});
  tell_turns();
  advance_successor();
  if (ending && !flow.busy()
      && !(is_final(*ending) && (caller_speaks || turn_open)))
    depart();
}

} // namespace offhook::actors
