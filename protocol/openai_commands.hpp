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

/// The session of one telephone call: G.711 mu-law both ways.
struct session_config {
  std::string instructions;
  std::string voice = "marin";
  double speed = 1.0; ///< 0.25 to 1.5
  server_vad turn_detection;
  std::string transcription_model; ///< empty: no transcription
  std::string transcription_language;
};

std::string session_update(std::string_view event_id,
                           const session_config& config);
std::string append(std::span<const std::byte> audio);
std::string truncate(std::string_view event_id, std::string_view item_id,
                     std::uint32_t content_index, std::uint64_t audio_end_ms);
std::string delete_item(std::string_view event_id, std::string_view item_id);

/// One response asked for. What is in its metadata comes back with it, so that
/// it can be told from those that the server makes by itself.
struct response_config {
  std::uint64_t create_id = 0;   ///< metadata `create`; 0: none
  std::string_view instructions; ///< empty: the session's own
  std::string_view purpose;      ///< metadata `purpose`; empty: none
};

std::string create_response(std::string_view event_id,
                            const response_config& config);

/// `response_id` empty: whichever is active.
std::string cancel_response(std::string_view event_id,
                            std::string_view response_id);

} // namespace offhook::protocol::openai
