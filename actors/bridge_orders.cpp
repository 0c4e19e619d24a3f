// What a call does beyond bridging: events for its behaviours, and their
// orders.

#include "actors/bridge.hpp"

#include <utility>
#include <variant>

#include "actors/overloaded.hpp"

namespace offhook::actors {

std::string bridge_state::next_item_id(std::uint32_t generation) {
  return "offhook_" + std::to_string(generation) + '_'
         + std::to_string(++own_items);
}

void bridge_state::emit(call_event event) {
  if (sink)
    self->send(sink, std::move(event));
}

void bridge_state::on_order(const call_order& order) {
  std::visit(overloaded{
               [this](const orders::speak& x) { speak(x); },
               [this](const orders::tell& x) { tell(x.text, x.by_caller); },
               [this](const orders::answer_tool& x) {
                 answer_tool(x.call_id, x.output, x.speak);
               },
               [this](const orders::listen& x) { listeners = x; },
               [this](const orders::replace_audio& x) { replace(x); },
               [this](const orders::mix_audio& x) {
                 if (away)
                   env->metrics->orders_dropped->inc();
                 else
                   mix(x.payload);
               },
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
  if (away) { // Nobody would hear it.
    env->metrics->orders_dropped->inc();
    return;
  }
  if (order.aside && tools.open().empty())
    return; // What it was to bridge is over.
  obey(flow.want({order.instructions, order.purpose, order.aside}, now()));
}

void bridge_state::tell(const std::string& text, bool by_caller) {
  auto id = next_item_id(session_generation);
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
  auto id = next_item_id(session_generation);
  record->log.tool_result(id, call_id, output);
  auto knows_call = outcome.session == session_generation;
  if (session && knows_call)
    self->send(session, put_tool_result{id, call_id, output});
  else if (session)
    seeded.owe(id); // Its call and it are told together.
  if (tools.open().empty())
    flow.withdraw_asides();
  tell_rest();
  if (outcome.last && !away) // The agent speaks when the caller is back.
    want_when_told({"", "tools"});
  advance_successor();
  return true;
}

void bridge_state::on_calls(const response_finished& event) {
  if (event.calls.empty())
    return;
  std::vector<std::string> ids;
  for (const auto& x : event.calls)
    ids.push_back(x.call_id);
  tools.called(event.generation, event.response_id, ids);
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

void bridge_state::check_quiet() {
  auto at = now();
  if (!queue.empty() || ledger.anything_unheard(at) || !ledger.all_marked())
    return;
  if (std::exchange(agent_heard, false))
    emit({events::agent_speech{false}});
  tell_turns();
  tell_rest();
  advance_successor();
  depart_when_quiet();
}

} // namespace offhook::actors
