#include "app/standins/demo_agent_impl.hpp"

#include <algorithm>
#include <utility>

namespace offhook::app::standins {

void demo_agent::impl::add_item(const item_ptr& item,
                                std::string_view previous_id) {
  if (previous_id.empty() || !items.insert_after(previous_id, item))
    items.append(item);
  item_event("conversation.item.added", *item);
  if (item->status != "in_progress")
    item_event("conversation.item.done", *item);
}

void demo_agent::impl::item_event(std::string_view type,
                                  const conversation_item& item) {
  auto previous = items.previous_id(item.id);
  auto result = event(type);
  if (previous.empty() || faults.nulls)
    result.add("previous_item_id", nullptr);
  else
    result.add("previous_item_id", previous);
  emit(result.raw("item", item.text()));
}

void demo_agent::impl::create_item(const json::value& event) {
  auto& from = *json::find(event, "item");
  auto client_id = json::find_text(event, "event_id");
  auto item = parse_item(from, session->input_format());
  if (!item)
    return refuse("invalid_value", "The audio is not valid base64.",
                  "item.content", client_id);
  if (item->id.empty())
    item->id = new_id("item");
  if (items.find(item->id))
    return refuse("invalid_value",
                  "Item with id '" + item->id + "' already exists.", "item.id",
                  client_id);
  if (item->type == "function_call_output" && !items.has_call(item->call_id))
    return refuse("invalid_value",
                  "Tool call ID '" + item->call_id
                    + "' not found in conversation.",
                  "item.call_id", client_id);
  auto previous = json::find_text(event, "previous_item_id");
  if (!previous.empty() && previous != "root" && !items.find(previous))
    return item_not_found("create", event);
  item->status = "completed";
  if (!previous.empty() && previous != items.last_id()) {
    auto after = previous == "root" ? std::string{} : std::string{previous};
    forget_cache_from(after);
  }
  add_item(item, previous);
  if (item->type == "function_call_output")
    tool_outputs.emplace_back(item->call_id, item->output);
  else if (item->type == "message" && item->role == "user"
           && !item->content.empty())
    caller_text
      = item->content.front().transcript.value_or(item->content.front().text);
}

void demo_agent::impl::truncate_item(const json::value& event) {
  auto client_id = json::find_text(event, "event_id");
  auto item = items.find(json::find_text(event, "item_id"));
  if (!item)
    return item_not_found("truncate", event);
  auto index = json::find(event, "content_index")->GetUint64();
  auto end_ms = json::find(event, "audio_end_ms")->GetUint64();
  auto is_message = item->type == "message" && item->role == "assistant";
  if (is_message && index > 0 && index >= item->content.size())
    return refuse("invalid_value",
                  "Content index " + std::to_string(index)
                    + " is out of range.",
                  "content_index", client_id);
  if (!is_message || item->content.empty()
      || item->content[index].type != "output_audio"
      || item->content[index].audio_ms == 0)
    return refuse("unsupported_content_type",
                  "Only model output audio messages can be truncated.",
                  "item_id", client_id);
  auto& part = item->content[index];
  if (end_ms > part.audio_ms)
    return refuse("invalid_value",
                  "Audio content of " + std::to_string(part.audio_ms)
                    + "ms is already shorter than " + std::to_string(end_ms)
                    + "ms",
                  "audio_end_ms", client_id);
  part.audio_ms = end_ms;
  part.audio.resize(
    std::min(part.audio.size(), end_ms * bytes_per_ms(part.format)));
  // Text that was not heard must not stay in the context.
  part.transcript.reset();
  item->truncated = true;
  ++stats.truncated;
  forget_cache_from(item->id);
  emit(this->event("conversation.item.truncated")
         .add("item_id", item->id)
         .add("content_index", index)
         .add("audio_end_ms", end_ms));
}

void demo_agent::impl::delete_item(const json::value& event) {
  auto id = json::find_text(event, "item_id");
  if (!items.find(id))
    return item_not_found("delete", event);
  forget_cache_from(id);
  items.erase(id);
  emit(this->event("conversation.item.deleted").add("item_id", id));
}

void demo_agent::impl::retrieve_item(const json::value& event) {
  auto item = items.find(json::find_text(event, "item_id"));
  if (!item)
    return item_not_found("retrieve", event);
  emit(
    this->event("conversation.item.retrieved").raw("item", item->text(true)));
}

void demo_agent::impl::forget_cache_from(std::string_view id) {
  // A cache holds a common beginning: it ends where the context changed.
  auto before = id.empty() ? token_count{} : items.tokens_before(id);
  before.text += text_tokens(session->instructions())
                 + text_tokens(session->tools());
  cached.text = std::min(cached.text, before.text);
  cached.audio = std::min(cached.audio, before.audio);
}

void demo_agent::impl::item_not_found(std::string_view verb,
                                      const json::value& event) {
  auto field = verb == "create" ? "previous_item_id" : "item_id";
  auto id = std::string{json::find_text(event, field)};
  refuse("item_" + std::string{verb} + "_item_not_found",
         "Error processing " + std::string{verb} + ": item with id '" + id
           + "' not found.",
         field, json::find_text(event, "event_id"));
}

} // namespace offhook::app::standins
