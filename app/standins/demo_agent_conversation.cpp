#include "app/standins/demo_agent_conversation.hpp"

#include <algorithm>

#include "protocol/base64.hpp"

namespace offhook::app::standins {

namespace {

std::string part_text(const content_part& part, bool with_audio) {
  json::object result;
  result.add("type", part.type);
  if (part.type == "input_audio" || part.type == "output_audio") {
    if (with_audio)
      result.add("audio", protocol::base64::encode(part.audio));
    if (part.transcript)
      result.add("transcript", *part.transcript);
    else
      result.add("transcript", nullptr);
  } else if (part.type == "input_image") {
    result.add("image_url", part.text);
    if (!part.detail.empty())
      result.add("detail", part.detail);
  } else {
    result.add("text", part.text);
  }
  return result.text();
}

bool parse_part(const json::value& x, audio_format input_format,
                content_part& part) {
  part.type = json::find_text(x, "type");
  part.text = json::find_text(x, "text");
  if (part.type == "input_image") {
    part.text = json::find_text(x, "image_url");
    part.detail = json::find_text(x, "detail");
  }
  if (part.type != "input_audio")
    return true;
  auto bytes = protocol::base64::decode(json::find_text(x, "audio"));
  if (!bytes)
    return false;
  part.audio = std::move(*bytes);
  part.format = input_format;
  part.audio_ms = part.audio.size() / bytes_per_ms(input_format);
  if (auto* transcript = json::find(x, "transcript");
      transcript && transcript->IsString())
    part.transcript = json::view(*transcript);
  return true;
}

constexpr std::uint64_t divide_up(std::uint64_t x, std::uint64_t by) {
  return (x + by - 1) / by;
}

} // namespace

std::uint64_t text_tokens(std::string_view text) noexcept {
  return divide_up(text.size(), 4);
}

std::string conversation_item::text(bool with_audio) const {
  json::object result;
  result.add("id", id).add("object", "realtime.item").add("type", type);
  if (type == "mcp_approval_response") {
    // The one kind whose declared shape has no `object`.
    result = json::object{};
    result.add("id", id)
      .add("type", type)
      .add("approval_request_id", approval_request_id)
      .add("approve", approve);
    return reason ? result.add("reason", *reason).text() : result.text();
  }
  result.add("status", status);
  if (type == "function_call")
    return result.add("name", name)
      .add("call_id", call_id)
      .add("arguments", arguments)
      .text();
  if (type == "function_call_output")
    return result.add("call_id", call_id).add("output", output).text();
  json::array parts;
  for (auto& part : content)
    parts.raw(part_text(part, with_audio));
  return result.add("role", role).raw("content", parts.text()).text();
}

token_count conversation_item::tokens() const {
  token_count result;
  result.text = text_tokens(name) + text_tokens(arguments)
                + text_tokens(output);
  for (auto& part : content) {
    if (part.type == "input_audio") {
      result.audio += divide_up(part.audio_ms, 100);
    } else if (part.type == "output_audio") {
      result.audio += divide_up(part.audio_ms, 50);
      result.text += text_tokens(part.transcript.value_or(""));
    } else if (part.type != "input_image") {
      result.text += text_tokens(part.text);
    }
  }
  return result;
}

item_ptr parse_item(const json::value& x, audio_format input_format) {
  auto result = std::make_shared<conversation_item>();
  result->id = json::find_text(x, "id");
  result->type = json::find_text(x, "type");
  result->role = json::find_text(x, "role");
  result->name = json::find_text(x, "name");
  result->call_id = json::find_text(x, "call_id");
  result->arguments = json::find_text(x, "arguments");
  result->output = json::find_text(x, "output");
  result->approval_request_id = json::find_text(x, "approval_request_id");
  if (auto* approve = json::find(x, "approve"))
    result->approve = approve->IsTrue();
  if (auto* reason = json::find(x, "reason"); reason && reason->IsString())
    result->reason = json::view(*reason);
  if (auto* content = json::find(x, "content"))
    for (auto& part : content->GetArray())
      if (!parse_part(part, input_format, result->content.emplace_back()))
        return nullptr;
  return result;
}

std::vector<item_ptr>::const_iterator
conversation::position(std::string_view id) const {
  return std::find_if(items_.begin(), items_.end(),
                      [&](auto& item) { return item->id == id; });
}

item_ptr conversation::find(std::string_view id) const {
  auto i = position(id);
  return i == items_.end() ? nullptr : *i;
}

bool conversation::has_call(std::string_view call_id) const {
  return std::any_of(items_.begin(), items_.end(), [&](auto& item) {
    return item->type == "function_call" && item->call_id == call_id;
  });
}

std::string conversation::last_id() const {
  return items_.empty() ? std::string{} : items_.back()->id;
}

std::string conversation::previous_id(std::string_view id) const {
  auto i = position(id);
  return i == items_.begin() || i == items_.end() ? std::string{}
                                                  : (*(i - 1))->id;
}

void conversation::append(item_ptr item) {
  items_.push_back(std::move(item));
}

bool conversation::insert_after(std::string_view previous_id, item_ptr item) {
  if (previous_id == "root") {
    items_.insert(items_.begin(), std::move(item));
    return true;
  }
  auto i = position(previous_id);
  if (i == items_.end())
    return false;
  items_.insert(i + 1, std::move(item));
  return true;
}

bool conversation::erase(std::string_view id) {
  auto i = position(id);
  if (i == items_.end())
    return false;
  items_.erase(i);
  return true;
}

token_count conversation::tokens() const {
  token_count result;
  for (auto& item : items_)
    result += item->tokens();
  return result;
}

token_count conversation::tokens_before(std::string_view id) const {
  token_count result;
  for (auto& item : items_) {
    if (item->id == id)
      break;
    result += item->tokens();
  }
  return result;
}

void conversation::drop_audio_beyond(std::size_t max_bytes) {
  std::size_t kept = 0;
  for (auto i = items_.rbegin(); i != items_.rend(); ++i)
    for (auto& part : (*i)->content) {
      kept += part.audio.size();
      if (kept > max_bytes)
        std::vector<std::byte>{}.swap(part.audio);
    }
}

} // namespace offhook::app::standins
