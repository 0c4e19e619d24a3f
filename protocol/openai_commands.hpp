#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// OpenAI Realtime client events (GA only) as JSON text. Each takes the
/// `event_id` that an `error` event would name; `append` has no acknowledgement
/// and takes none.
/// @see https://platform.openai.com/docs/api-reference/realtime-client-events
namespace offhook::protocol::openai {

/// Server VAD with every parameter written out: the defaults in the API's text
/// and in its live sessions differ.
struct server_vad {
  double threshold = 0.5;
  std::uint32_t prefix_padding_ms = 300;
  std::uint32_t silence_duration_ms = 500;
  std::optional<std::uint32_t> idle_timeout_ms; ///< 5000 to 30000
  bool create_response = true;
  bool interrupt_response = true;
};

/// A function that the model may call.
struct function_tool {
  std::string name;
  std::string description;
  std::string parameters; ///< JSON schema, an object; empty: no parameters
  bool operator==(const function_tool&) const = default;
};

/// An MCP server whose functions the Realtime service runs by itself.
struct mcp_server {
  std::string label; ///< names it in the session
  std::string url;
  std::string description;
  std::string authorization;              ///< a secret; empty: none
  std::vector<std::string> allowed_tools; ///< empty: all that it has
  bool asks = false; ///< each call needs our approval, by the list below
  std::vector<std::string> approved_tools;
  bool operator==(const mcp_server&) const = default;
};

/// The audio format of telephones, G.711 mu-law, in either direction.
inline constexpr std::string_view telephone_audio = "audio/pcmu";

/// The session of one telephone call: G.711 mu-law both ways. What is empty is
/// not sent, and stays as the service has it.
struct session_config {
  std::string instructions;
  std::string voice = "marin";
  double speed = 1.0; ///< 0.25 to 1.5
  server_vad turn_detection;
  std::string eagerness;           ///< not empty: semantic VAD in its place
  std::string noise_reduction;     ///< near_field, far_field
  std::string transcription_model; ///< empty: no transcription
  std::string transcription_language;
  std::vector<function_tool> tools;
  std::vector<mcp_server> mcp_servers;
  std::string tool_choice; ///< auto, none, required
  std::optional<std::uint32_t> max_output_tokens;
  std::optional<double> retention_ratio; ///< of what truncation keeps, 0 to 1
  std::optional<std::uint32_t> post_instruction_tokens; ///< with the ratio only

  // Of models that reason, and an error to all others.
  std::string reasoning_effort; ///< minimal, low, medium, high, xhigh
  std::optional<bool> parallel_tool_calls;
};

/// The endpoint with its `model`, unless the URL names one already.
std::string url_for(std::string_view endpoint, std::string_view model);

/// Whether a model takes `reasoning` and `parallel_tool_calls`.
bool has_reasoning(std::string_view model);

std::string session_update(std::string_view event_id,
                           const session_config& config);
std::string append(std::span<const std::byte> audio);
std::string truncate(std::string_view event_id, std::string_view item_id,
                     std::uint32_t content_index, std::uint64_t audio_end_ms);
std::string delete_item(std::string_view event_id, std::string_view item_id);

/// Items that we put into the conversation, with ids of our own.
std::string create_text_item(std::string_view event_id,
                             std::string_view item_id, std::string_view role,
                             std::string_view text);
std::string create_call_item(std::string_view event_id,
                             std::string_view item_id, std::string_view call_id,
                             std::string_view name, std::string_view arguments);
std::string
create_output_item(std::string_view event_id, std::string_view item_id,
                   std::string_view call_id, std::string_view output);

/// What we say to an `mcp_approval_request`.
std::string create_approval_item(std::string_view event_id,
                                 std::string_view item_id,
                                 std::string_view request_id, bool approve);

/// One response asked for. What is in its metadata comes back with it, so that
/// it can be told from those that the server makes by itself.
struct response_config {
  std::uint64_t create_id = 0;   ///< metadata `create`; 0: none
  std::string_view instructions; ///< empty: the session's own
  std::string_view purpose;      ///< metadata `purpose`; empty: none
  bool aside = false; ///< beside the conversation: it sees it, adds nothing to
                      ///< it and calls no function
};

std::string create_response(std::string_view event_id,
                            const response_config& config);

/// `response_id` empty: whichever is active.
std::string cancel_response(std::string_view event_id,
                            std::string_view response_id);

} // namespace offhook::protocol::openai
