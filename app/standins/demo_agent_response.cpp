#include "app/standins/demo_agent_response.hpp"

#include <algorithm>

namespace offhook::app::standins {

std::string_view planned_output::next_text(std::size_t audio_end) const {
  auto rest = std::string_view{text}.substr(sent_text);
  if (!audio.empty() && audio_end >= audio.size())
    return rest;
  std::size_t wanted = is_call() ? 6 : 12;
  if (!audio.empty()) {
    auto until = text.size() * audio_end / audio.size();
    wanted = until > sent_text ? until - sent_text : 0;
  }
  if (wanted >= rest.size())
    return rest;
  if (wanted == 0)
    return {};
  if (!is_call()) {
    // Words are sent with the space before them.
    auto space = rest.find(' ', wanted);
    return rest.substr(0, space);
  }
  while (wanted < rest.size()
         && (static_cast<unsigned char>(rest[wanted]) & 0xC0) == 0x80)
    ++wanted;
  return rest.substr(0, wanted);
}

token_count response_state::output_tokens() const {
  token_count result;
  for (auto& output : outputs)
    if (output.begun) {
      result.text += text_tokens(
        std::string_view{output.text}.substr(0, output.sent_text));
      result.text += text_tokens(output.item->name);
      result.audio += (output.sent_audio + bytes_per_ms(format) * 50 - 1)
                      / (bytes_per_ms(format) * 50);
    }
  return result;
}

std::uint64_t response_state::audio_ms() const {
  std::uint64_t bytes = 0;
  for (auto& output : outputs)
    bytes += output.sent_audio;
  return bytes / bytes_per_ms(format);
}

std::string response_state::to_json(std::string_view status,
                                    std::string_view details,
                                    std::string_view usage) const {
  json::array items;
  for (auto& output : outputs)
    if (output.begun)
      items.raw(output.item->text());
  auto audio = json::object{}
                 .raw("format", standins::to_json(format))
                 .raw("voice", voice)
                 .text();
  json::object result;
  result.add("object", "realtime.response")
    .add("id", id)
    .add("status", status)
    .raw("status_details", details)
    // In `response.created` there is nothing yet.
    .raw("output", status == "in_progress" ? "[]" : items.text());
  if (conversation_id.empty())
    result.add("conversation_id", nullptr);
  else
    result.add("conversation_id", conversation_id);
  return result
    .raw("output_modalities", text_only ? R"(["text"])" : R"(["audio"])")
    .raw("max_output_tokens", max_output_tokens)
    .raw("audio", json::object{}.raw("output", audio).text())
    .raw("usage", usage)
    .raw("metadata", metadata)
    .text();
}

std::string response_state::usage() const {
  auto said = output_tokens();
  auto details = [](token_count x) {
    return json::object{}
      .add("text_tokens", x.text)
      .add("audio_tokens", x.audio)
      .add("image_tokens", 0);
  };
  auto input_tokens = input.text + input.audio;
  auto output_tokens = said.text + said.audio;
  return json::object{}
    .add("total_tokens", input_tokens + output_tokens)
    .add("input_tokens", input_tokens)
    .add("output_tokens", output_tokens)
    .raw("input_token_details",
         details(input)
           .add("cached_tokens", cached.text + cached.audio)
           .raw("cached_tokens_details", details(cached).text())
           .text())
    .raw("output_token_details", json::object{}
                                   .add("text_tokens", said.text)
                                   .add("audio_tokens", said.audio)
                                   .text())
    .text();
}

} // namespace offhook::app::standins
