#include "protocol/openai.hpp"

#include "protocol/json.hpp"
#include "protocol/openai_events.hpp"

#include <algorithm>
#include <array>

namespace offhook::protocol::openai {

namespace {

constexpr std::size_t max_type = 96;

/// An event name and who reads it; nobody where a call does not act on it.
struct entry {
  std::string_view type;
  event (*read)(const json::object& root);
};

// Sorted by name. Names of the removed beta stand beside those of today.
constexpr auto known_events = std::to_array<entry>({
  {"conversation.created", nullptr},
  {"conversation.item.added", read_item_added},
  {"conversation.item.created", read_item_added},
  {"conversation.item.deleted", read_item_deleted},
  {"conversation.item.done", read_item_done},
  {"conversation.item.input_audio_transcription.completed",
   read_input_transcript},
  {"conversation.item.input_audio_transcription.delta", nullptr},
  {"conversation.item.input_audio_transcription.failed", read_no_transcript},
  {"conversation.item.input_audio_transcription.segment", nullptr},
  {"conversation.item.retrieved", nullptr},
  {"conversation.item.truncated", read_item_truncated},
  {"error", read_error},
  {"input_audio_buffer.cleared", nullptr},
  {"input_audio_buffer.committed", read_input_committed},
  {"input_audio_buffer.dtmf_event_received", nullptr},
  {"input_audio_buffer.speech_started", read_speech_started},
  {"input_audio_buffer.speech_stopped", read_speech_stopped},
  {"input_audio_buffer.timeout_triggered", read_no_transcript},
  {"mcp_list_tools.completed", nullptr},
  {"mcp_list_tools.failed", nullptr},
  {"mcp_list_tools.in_progress", nullptr},
  {"output_audio_buffer.cleared", nullptr},
  {"output_audio_buffer.started", nullptr},
  {"output_audio_buffer.stopped", nullptr},
  {"rate_limits.updated", nullptr},
  {"response.audio.delta", read_audio_delta},
  {"response.audio.done", read_audio_done},
  {"response.audio_transcript.delta", read_transcript_delta},
  {"response.audio_transcript.done", read_transcript_done},
  {"response.content_part.added", nullptr},
  {"response.content_part.done", nullptr},
  {"response.created", read_response_created},
  {"response.done", read_response_done},
  {"response.function_call_arguments.delta", nullptr},
  {"response.function_call_arguments.done", nullptr},
  {"response.mcp_call.completed", nullptr},
  {"response.mcp_call.failed", nullptr},
  {"response.mcp_call.in_progress", nullptr},
  {"response.mcp_call_arguments.delta", nullptr},
  {"response.mcp_call_arguments.done", nullptr},
  {"response.output_audio.delta", read_audio_delta},
  {"response.output_audio.done", read_audio_done},
  {"response.output_audio_transcript.delta", read_transcript_delta},
  {"response.output_audio_transcript.done", read_transcript_done},
  {"response.output_item.added", read_output_item_added},
  {"response.output_item.done", read_output_item_done},
  {"response.output_text.delta", nullptr},
  {"response.output_text.done", nullptr},
  {"response.text.delta", nullptr},
  {"response.text.done", nullptr},
  {"session.created", read_session_created},
  {"session.updated", read_session_updated},
});

static_assert(std::ranges::is_sorted(known_events, {}, &entry::type));

event read_event(const json::object& root) {
  const auto type
    = root.view("type", json::need::required).value_or(std::string_view{});
  const auto it = std::ranges::lower_bound(known_events, type, {},
                                           &entry::type);
  const bool known = it != known_events.end() && it->type == type;
  if (known && it->read != nullptr)
    return it->read(root);
  return unhandled{root.prefix("type", max_type), known};
}

} // namespace

result<event> parse(std::string_view text) {
  return json::read(text, read_event);
}

error_event parse_refusal(std::string_view body) {
  auto got = json::read(body, read_error);
  if (!got)
    return {};
  auto* error = std::get_if<error_event>(&*got);
  return error ? std::move(*error) : error_event{};
}

} // namespace offhook::protocol::openai
