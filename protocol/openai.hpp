#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "protocol/media.hpp"
#include "protocol/openai_usage.hpp"
#include "protocol/result.hpp"

/// OpenAI Realtime server events, in the API's words: what a call acts on. All
/// else parses to `unhandled`. The GA names are read; the names of audio and
/// text events of the removed beta are accepted as aliases, since servers that
/// imitate the API still send them.
/// @see https://platform.openai.com/docs/api-reference/realtime-server-events
namespace offhook::protocol::openai {

/// What the server says of a session. Empty: not said.
struct session_info {
  std::string id;
  std::string model;
  std::string input_format; ///< such as `audio/pcmu`
  std::string output_format;
  std::string voice;
  std::string turn_detection; ///< its type, such as `server_vad`
  std::optional<std::uint64_t> prefix_padding_ms;
  std::optional<std::uint64_t> silence_duration_ms;
  std::optional<bool> create_response;
  std::optional<bool> interrupt_response;
  std::optional<std::int64_t> expires_at; ///< seconds since 1970

  bool operator==(const session_info&) const = default;
};

struct session_created {
  session_info session;
  bool operator==(const session_created&) const = default;
};

struct session_updated {
  session_info session;
  bool operator==(const session_updated&) const = default;
};

/// Voice activity began; `item_id` is the id that the user's item will have.
struct speech_started {
  std::uint64_t audio_start_ms = 0; ///< of audio appended in this session
  std::string item_id;
  bool operator==(const speech_started&) const = default;
};

struct speech_stopped {
  std::uint64_t audio_end_ms = 0;
  std::string item_id;
  bool operator==(const speech_stopped&) const = default;
};

struct input_committed {
  std::string item_id;
  std::string previous_item_id;
  bool operator==(const input_committed&) const = default;
};

/// `conversation.item.added` and `conversation.item.done`.
struct item_added {
  std::string item_id;
  std::string previous_item_id;
  std::string type; ///< message, function_call, ...
  std::string role; ///< user, assistant, system; empty if none
  bool done = false;

  // Of an `mcp_approval_request`: what is to be approved.
  std::string server_label = {};
  std::string name = {};
  bool operator==(const item_added&) const = default;
};

struct item_truncated {
  std::string item_id;
  std::uint64_t audio_end_ms = 0;
  bool operator==(const item_truncated&) const = default;
};

struct item_deleted {
  std::string item_id;
  bool operator==(const item_deleted&) const = default;
};

/// `conversation.item.input_audio_transcription.completed`; with no text where
/// it failed, or where the item is silence (`timeout_triggered`).
struct input_transcript {
  std::string item_id;
  std::string transcript;
  transcription_usage usage = {};
  bool operator==(const input_transcript&) const = default;
};

struct response_created {
  std::string response_id;
  std::uint64_t create_id = 0; ///< of our `create_response`; 0: not ours
  bool operator==(const response_created&) const = default;
};

/// `response.output_item.added` and `response.output_item.done`.
struct output_item {
  std::string response_id;
  std::string item_id;
  std::string type;
  bool done = false;
  bool operator==(const output_item&) const = default;
};

/// `response.output_audio.delta`, decoded.
struct audio_delta {
  std::string response_id;
  std::string item_id;
  std::uint32_t content_index = 0;
  audio_bytes payload;
  bool operator==(const audio_delta&) const = default;
};

/// `response.output_audio.done`: no more audio of this item will come.
struct audio_done {
  std::string response_id;
  std::string item_id;
  bool operator==(const audio_done&) const = default;
};

/// `response.output_audio_transcript.delta`, or `.done` with the whole text.
struct transcript_delta {
  std::string response_id;
  std::string item_id;
  std::string text;
  bool done = false;
  bool operator==(const transcript_delta&) const = default;
};

/// A function that the model calls.
struct function_call {
  std::string item_id;
  std::string call_id;
  std::string name;
  std::string arguments; ///< JSON text, as the model wrote it
  bool operator==(const function_call&) const = default;
};

struct response_done {
  std::string response_id;
  std::string status; ///< completed, cancelled, incomplete, failed
  std::string reason; ///< of `status_details`, or the code of its error
  std::vector<function_call> calls = {}; ///< all of this response
  token_usage usage = {};
  bool usage_known = false;   ///< the server said it
  bool ends_with_mcp = false; ///< a call of an MCP server, or a request to
                              ///< approve one, is the last thing in it
  bool operator==(const response_done&) const = default;
};

struct error_event {
  std::string type;
  std::string code;    ///< empty: null
  std::string message; ///< for people; never classify by it
  std::string param;
  std::string event_id; ///< of the client event that caused it
  bool operator==(const error_event&) const = default;
};

/// A known event that a call does not act on, or an unknown one.
struct unhandled {
  std::string type; ///< cut at 96 bytes
  bool known = false;
  bool operator==(const unhandled&) const = default;
};

using event
  = std::variant<session_created, session_updated, speech_started,
                 speech_stopped, input_committed, item_added, item_truncated,
                 item_deleted, input_transcript, response_created, output_item,
                 audio_delta, audio_done, transcript_delta, response_done,
                 error_event, unhandled>;

/// Reads one text frame. Unknown fields are ignored and `null` stands for
/// absent everywhere; only what an event is worthless without is required.
/// @returns the event, or why there is none; never throws on any input.
result<event> parse(std::string_view text);

/// Reads the body of a refused upgrade: `{"error":{"type", "code", ...}}`.
/// @returns the error, all empty where the body is none; never throws
error_event parse_refusal(std::string_view body);

} // namespace offhook::protocol::openai
