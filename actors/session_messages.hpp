#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "protocol/media.hpp"
#include "protocol/openai.hpp"

/// What passes between a bridge and the MODEL's side of its call.
namespace offhook::actors {

using protocol::audio_bytes;

// -- from the model's side to the bridge --------------------------------------

/// Voice activity of the caller began.
struct speech_started {
  std::uint32_t generation = 0;
  std::uint64_t audio_start_ms = 0; ///< of audio appended in this session
  std::string item_id;
  bool operator==(const speech_started&) const = default;
};

/// ... and ended.
struct speech_stopped {
  std::uint32_t generation = 0;
  std::uint64_t audio_end_ms = 0;
  std::string item_id;
  bool operator==(const speech_stopped&) const = default;
};

/// A turn of the caller is in the conversation.
struct turn_committed {
  std::uint32_t generation = 0;
  std::string item_id;
  bool operator==(const turn_committed&) const = default;
};

/// An item is in the conversation, behind another (empty: not said).
struct item_created {
  std::uint32_t generation = 0;
  std::string item_id;
  std::string previous_item_id;
  std::string type; ///< message, function_call, function_call_output, ...
  std::string role; ///< user, assistant, system; empty: none
  bool operator==(const item_created&) const = default;
};

/// An item of ours was answered with an error: it is not in the conversation.
struct item_refused {
  std::uint32_t generation = 0;
  std::string item_id;
  bool operator==(const item_refused&) const = default;
};

/// What the caller said in an item, by the transcription; it may come late.
struct caller_transcript {
  std::uint32_t generation = 0;
  std::string item_id;
  std::string text;
  protocol::openai::transcription_usage usage;
  bool operator==(const caller_transcript&) const = default;
};

/// More of what the agent says in an item, or all of it.
struct agent_transcript {
  std::uint32_t generation = 0;
  std::string response_id;
  std::string item_id;
  std::string text;
  bool whole = false;
  bool operator==(const agent_transcript&) const = default;
};

/// The model began a response.
struct response_started {
  std::uint32_t generation = 0;
  std::string response_id;

  /// Of our `create_response`; 0: the server's own.
  std::uint64_t create_id = 0;
  bool operator==(const response_started&) const = default;
};

/// Agent audio, mu-law, any length.
struct audio_delta {
  std::uint32_t generation = 0;
  std::string response_id;
  std::string item_id;
  std::uint32_t content_index = 0;
  audio_bytes payload;
  bool operator==(const audio_delta&) const = default;
};

/// The model generates no more audio of this item.
struct audio_done {
  std::uint32_t generation = 0;
  std::string response_id;
  std::string item_id;
  bool operator==(const audio_done&) const = default;
};

/// A response is over: completed, cancelled, incomplete or failed.
struct response_finished {
  std::uint32_t generation = 0;
  std::string response_id;
  std::string status;
  std::string reason; ///< of a failed one the code of its error
  std::vector<protocol::openai::function_call> calls = {};
  protocol::openai::token_usage usage = {};
  bool usage_known = false;
  bool ends_with_mcp = false; ///< nothing follows what an MCP server is to say
  bool operator==(const response_finished&) const = default;
};

/// Our `create_response` was answered with an error.
struct response_refused {
  std::uint32_t generation = 0;
  std::uint64_t create_id = 0;
  std::string code;
  bool operator==(const response_refused&) const = default;
};

// -- from the bridge to the model's side --------------------------------------

/// Caller audio for the model's input buffer, mu-law.
struct append_audio {
  audio_bytes payload;
  bool operator==(const append_audio&) const = default;
};

/// The caller heard this item up to here and no further.
struct truncate_item {
  std::string item_id;
  std::uint32_t content_index = 0;
  std::uint64_t audio_end_ms = 0; ///< never above what was received
  bool operator==(const truncate_item&) const = default;
};

/// The caller heard nothing of this item.
struct delete_item {
  std::string item_id;
  bool operator==(const delete_item&) const = default;
};

/// Ask for a response, with instructions of its own where not empty.
struct create_response {
  std::uint64_t create_id = 0; ///< comes back with what becomes of it
  std::string instructions;
  std::string purpose; ///< comes back as metadata, such as `greeting`
  bool aside = false;  ///< beside the conversation, which it does not change
  bool operator==(const create_response&) const = default;
};

/// End this response; what it said so far stays in the conversation.
struct cancel_response {
  std::string response_id;
  bool operator==(const cancel_response&) const = default;
};

/// Put a message into the conversation, under an id of ours.
struct put_text {
  std::string item_id;
  std::string role; ///< user, system, assistant
  std::string text;
  bool operator==(const put_text&) const = default;
};

/// Put a function call of an earlier session into the conversation.
struct put_tool_call {
  std::string item_id;
  std::string call_id;
  std::string name;
  std::string arguments;
  bool operator==(const put_tool_call&) const = default;
};

/// Put the result of a function into the conversation.
struct put_tool_result {
  std::string item_id;
  std::string call_id;
  std::string output;
  bool operator==(const put_tool_result&) const = default;
};

} // namespace offhook::actors
