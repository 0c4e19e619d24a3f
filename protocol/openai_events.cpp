#include "protocol/openai_events.hpp"

#include "protocol/base64.hpp"

#include <algorithm>
#include <limits>

namespace offhook::protocol::openai {

namespace {

using json::need;

constexpr std::size_t max_id = 128;
constexpr std::size_t max_name = 128;
constexpr std::size_t max_transcript = 64 * 1024;
constexpr std::size_t max_message = 1024;
constexpr std::size_t max_outputs = 64; // of one response
constexpr std::size_t max_arguments = 64 * 1024;

std::string required_id(const json::object& from, std::string_view name) {
  return from.string(name, max_id, need::required);
}

session_info read_session(const json::object& root) {
  const auto session = root.child("session");
  const auto audio = session.child("audio");
  const auto input = audio.child("input");
  const auto output = audio.child("output");
  session_info result;
  result.id = session.string("id", max_id);
  result.model = session.string("model", max_name);
  result.input_format = input.child("format").string("type", max_name);
  result.output_format = output.child("format").string("type", max_name);
  // A voice of one's own is an object with its id.
  result.voice = output.is_object("voice")
                   ? output.child("voice").string("id", max_name)
                   : output.string("voice", max_name);
  // Compared with what was asked; where it is odd it cannot be compared.
  if (input.is_object("turn_detection")) {
    const auto vad = input.child("turn_detection");
    result.turn_detection = vad.hint("type", max_name);
    result.prefix_padding_ms = vad.hint_number("prefix_padding_ms");
    result.silence_duration_ms = vad.hint_number("silence_duration_ms");
    result.create_response = vad.hint_flag("create_response");
    result.interrupt_response = vad.hint_flag("interrupt_response");
  }
  result.expires_at = session.hint_number("expires_at");
  return result;
}

event read_item(const json::object& root, bool done) {
  const auto item = root.child("item", need::required);
  item_added result;
  result.item_id = required_id(item, "id");
  result.previous_item_id = root.string("previous_item_id", max_id);
  result.type = item.string("type", max_name);
  result.role = item.string("role", max_name);
  result.done = done;
  if (result.type == "mcp_approval_request") {
    result.server_label = item.hint("server_label", max_name);
    result.name = item.hint("name", max_name);
  }
  return result;
}

event read_output_item(const json::object& root, bool done) {
  const auto item = root.child("item", need::required);
  output_item result;
  result.response_id = required_id(root, "response_id");
  result.item_id = required_id(item, "id");
  result.type = item.string("type", max_name);
  result.done = done;
  return result;
}

event read_transcript(const json::object& root, std::string_view text, need n,
                      bool done) {
  transcript_delta result;
  result.response_id = required_id(root, "response_id");
  result.item_id = required_id(root, "item_id");
  result.text = root.string(text, max_transcript, n);
  result.done = done;
  return result;
}

/// What is not said of a modality counts as nothing.
token_usage read_usage(const json::object& usage) {
  const auto input = usage.hint_child("input_token_details");
  const auto cached = input.hint_child("cached_tokens_details");
  const auto output = usage.hint_child("output_token_details");
  auto tokens = [](const json::object& from, std::string_view name) {
    return from.hint_number(name).value_or(0);
  };
  token_usage result;
  result.input_text = tokens(input, "text_tokens");
  result.input_audio = tokens(input, "audio_tokens");
  result.input_image = tokens(input, "image_tokens");
  result.output_text = tokens(output, "text_tokens");
  result.output_audio = tokens(output, "audio_tokens");
  if (cached.present()) {
    result.cached_text = tokens(cached, "text_tokens");
    result.cached_audio = tokens(cached, "audio_tokens");
    result.cached_image = tokens(cached, "image_tokens");
  } else {
    // Not said of what: the instructions, which are text, come first.
    auto left = tokens(input, "cached_tokens");
    result.cached_text = std::min(left, result.input_text);
    left -= result.cached_text;
    result.cached_audio = std::min(left, result.input_audio);
  }
  return result;
}

transcription_usage read_transcription_usage(const json::object& usage) {
  transcription_usage result;
  result.input_tokens = usage.hint_number("input_tokens").value_or(0);
  result.output_tokens = usage.hint_number("output_tokens").value_or(0);
  constexpr double longest_s = 1'000'000;
  if (const auto seconds = usage.hint_real("seconds").value_or(0);
      seconds > 0 && seconds < longest_s)
    result.milliseconds = static_cast<std::uint64_t>(seconds * 1000 + 0.5);
  return result;
}

} // namespace

// Which fields are required: those without which nobody could act on the
// event. Barge-in, for one, needs no more than to know that it happened.

event read_session_created(const json::object& root) {
  return session_created{read_session(root)};
}

event read_session_updated(const json::object& root) {
  return session_updated{read_session(root)};
}

event read_speech_started(const json::object& root) {
  return speech_started{root.hint_number("audio_start_ms").value_or(0),
                        root.hint("item_id", max_id)};
}

event read_speech_stopped(const json::object& root) {
  return speech_stopped{root.hint_number("audio_end_ms").value_or(0),
                        root.hint("item_id", max_id)};
}

event read_input_committed(const json::object& root) {
  return input_committed{required_id(root, "item_id"),
                         root.string("previous_item_id", max_id)};
}

event read_item_added(const json::object& root) {
  return read_item(root, false);
}

event read_item_done(const json::object& root) {
  return read_item(root, true);
}

event read_item_truncated(const json::object& root) {
  return item_truncated{
    required_id(root, "item_id"),
    root.number("audio_end_ms", json::max_safe_integer, need::required)
      .value_or(0)};
}

event read_item_deleted(const json::object& root) {
  return item_deleted{required_id(root, "item_id")};
}

event read_input_transcript(const json::object& root) {
  return input_transcript{required_id(root, "item_id"),
                          root.string("transcript", max_transcript,
                                      need::required),
                          read_transcription_usage(root.hint_child("usage"))};
}

event read_no_transcript(const json::object& root) {
  return input_transcript{required_id(root, "item_id"), {}, {}};
}

event read_response_created(const json::object& root) {
  const auto response = root.child("response", need::required);
  response_created result;
  result.response_id = required_id(response, "id");
  // What we put into the metadata of a create comes back here.
  if (response.is_object("metadata"))
    result.create_id
      = response.child("metadata").hint_number("create").value_or(0);
  return result;
}

event read_output_item_added(const json::object& root) {
  return read_output_item(root, false);
}

event read_output_item_done(const json::object& root) {
  return read_output_item(root, true);
}

event read_audio_delta(const json::object& root) {
  audio_delta result;
  result.response_id = required_id(root, "response_id");
  result.item_id = required_id(root, "item_id");
  const auto index = root.number("content_index",
                                 std::numeric_limits<std::uint32_t>::max());
  result.content_index = static_cast<std::uint32_t>(index.value_or(0));
  const auto delta = root.view("delta", need::required);
  if (auto bytes = base64::decode(delta.value_or("")))
    result.payload = std::move(*bytes);
  else
    root.fail(errc::not_base64, "delta");
  return result;
}

event read_audio_done(const json::object& root) {
  return audio_done{required_id(root, "response_id"),
                    required_id(root, "item_id")};
}

event read_transcript_delta(const json::object& root) {
  return read_transcript(root, "delta", need::required, false);
}

event read_transcript_done(const json::object& root) {
  // That the text is complete counts even where a cancelled one is left out.
  return read_transcript(root, "transcript", need::optional, true);
}

event read_response_done(const json::object& root) {
  const auto response = root.child("response", need::required);
  const auto details = response.child("status_details");
  const auto error = details.child("error");
  response_done result;
  result.response_id = required_id(response, "id");
  result.status = response.string("status", max_name);
  result.reason = details.string("reason", max_name);
  if (result.reason.empty())
    result.reason = error.string("code", max_name);
  if (result.reason.empty())
    result.reason = error.string("type", max_name);
  response.each("output", max_outputs, [&result](const json::object& item) {
    function_call call{item.hint("id", max_id), item.hint("call_id", max_id),
                       item.hint("name", max_name),
                       item.hint("arguments", max_arguments)};
    const auto type = item.hint("type", max_name);
    result.ends_with_mcp = type == "mcp_call" || type == "mcp_approval_request";
    if (type == "function_call" && !call.call_id.empty())
      result.calls.push_back(std::move(call));
  });
  const auto usage = response.hint_child("usage");
  result.usage_known = usage.present();
  result.usage = read_usage(usage);
  return result;
}

event read_error(const json::object& root) {
  const auto error = root.child("error", need::required);
  error_event result;
  result.type = error.hint("type", max_name);
  result.code = error.hint("code", max_name);
  // Cut, not refused: the code is what counts, and it must not get lost.
  result.message = error.prefix("message", max_message);
  result.param = error.prefix("param", max_name);
  result.event_id = error.hint("event_id", max_id);
  return result;
}

} // namespace offhook::protocol::openai
