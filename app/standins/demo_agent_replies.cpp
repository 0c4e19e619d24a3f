#include "app/standins/demo_agent_impl.hpp"

#include <algorithm>
#include <utility>

namespace offhook::app::standins {

turn_info demo_agent::impl::describe(const json::value* params,
                                     bool out_of_band, bool idle) {
  turn_info result;
  result.response_number = response_count;
  result.caller_turns = caller_turns;
  result.caller_text = caller_text;
  result.out_of_band = out_of_band;
  result.idle = idle;
  auto* instructions = json::find(params, "instructions");
  result.instructions = instructions ? std::string{json::view(*instructions)}
                                     : session->instructions();
  auto* choice = json::find(params, "tool_choice");
  result.forced_function = choice ? forced_function(*choice)
                                  : session->tool_choice();
  if (auto* metadata = json::find(params, "metadata");
      metadata && metadata->IsObject())
    for (auto& member : metadata->GetObject())
      result.metadata.emplace(json::view(member.name),
                              json::view(member.value));
  result.greeting
    = !out_of_band && !idle
      && std::none_of(items.items().begin(), items.items().end(),
                      [](auto& item) { return item->role != "system"; });
  if (!out_of_band)
    result.tool_outputs = std::exchange(tool_outputs, {});
  return result;
}

agent_reply demo_agent::impl::choose(const turn_info& turn) {
  auto& script = options.script;
  if (script.answer)
    return script.answer(turn);
  if (!turn.forced_function.empty())
    return {{called_function{turn.forced_function, "{}"}}, {}, {}};
  if (turn.out_of_band)
    return script.out_of_band;
  if (turn.idle)
    return script.idle;
  if (turn.greeting || script.replies.empty())
    return script.greeting;
  auto n = next_reply++;
  auto size = script.replies.size();
  return script.replies[script.cycle ? n % size : std::min(n, size - 1)];
}

bool demo_agent::impl::check_input(const json::value* params,
                                   std::string_view client_event_id,
                                   token_count& tokens) {
  auto* list = json::find(params, "input");
  if (!list) {
    tokens += items.tokens();
    return true;
  }
  for (auto& x : list->GetArray()) {
    if (json::find_text(x, "type") != "item_reference") {
      auto item = parse_item(x, session->input_format());
      if (!item) {
        refuse("invalid_value", "The audio is not valid base64.",
               "response.input", client_event_id);
        return false;
      }
      tokens += item->tokens();
      continue;
    }
    auto id = json::find_text(x, "id");
    auto item = items.find(id);
    if (!item) {
      refuse("item_reference_item_not_found",
             "Item with id '" + std::string{id} + "' not found.",
             "response.input", client_event_id);
      return false;
    }
    tokens += item->tokens();
  }
  return true;
}

void demo_agent::impl::plan(response_state& r, agent_reply reply) {
  r.failure = std::move(reply.failure);
  r.delay = reply.delay;
  r.incomplete_reason = std::move(reply.incomplete_reason);
  if (r.number == faults.fail_response) {
    r.failure = faults.failure;
    r.fail_after_deltas = faults.fail_after_deltas;
  }
  for (auto& x : reply.outputs) {
    auto& output = r.outputs.emplace_back();
    output.item = std::make_shared<conversation_item>();
    output.item->id = new_id("item");
    output.item->status = "in_progress";
    if (auto* call = std::get_if<called_function>(&x)) {
      output.item->type = "function_call";
      output.item->name = call->name;
      output.item->call_id = new_id("call");
      output.text = std::move(call->arguments);
      continue;
    }
    auto& line = std::get<spoken_line>(x);
    output.item->role = "assistant";
    if (!r.text_only) {
      auto codes = line.audio.empty() ? tone_voice(line.text)
                                      : std::move(line.audio);
      output.audio = from_mulaw(codes, r.format);
      if (faults.zero_amplitude)
        output.audio = silence(output.audio.size(), r.format);
    }
    output.text = std::move(line.text);
  }
}

} // namespace offhook::app::standins
