#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "app/standins/demo_agent_conversation.hpp"
#include "app/standins/demo_agent_options.hpp"
#include "app/standins/machine.hpp"

namespace offhook::app::standins {

/// One output item of a response and how much of it has been sent.
struct planned_output {
  item_ptr item;
  std::string text;             ///< transcript, text or arguments
  std::vector<std::byte> audio; ///< in the response's format
  std::size_t sent_text = 0;    ///< bytes
  std::size_t sent_audio = 0;   ///< bytes
  bool begun = false;
  bool ended = false;

  bool is_call() const noexcept {
    return item->type == "function_call";
  }

  bool exhausted() const noexcept {
    return sent_text == text.size() && sent_audio == audio.size();
  }

  /// The next piece of `text`: what belongs to the audio up to `audio_end`, or
  /// a few words where there is no audio. Never half a character.
  std::string_view next_text(std::size_t audio_end) const;
};

/// A response from its request to its end.
struct response_state {
  std::string id;
  std::size_t number = 0;
  bool out_of_band = false;
  bool text_only = false;
  bool created = false; ///< `response.created` was sent
  bool over = false;
  audio_format format = audio_format::pcm;
  std::string voice;             ///< JSON text
  std::string max_output_tokens; ///< JSON text
  std::optional<std::uint64_t> token_limit;
  std::string metadata = "null"; ///< JSON text
  std::string conversation_id;   ///< empty: out of band

  std::vector<planned_output> outputs;
  std::size_t current = 0;
  std::size_t deltas = 0;
  std::optional<agent_error> failure;
  std::optional<std::size_t> fail_after_deltas;
  std::string incomplete_reason;
  std::chrono::milliseconds delay{0}; ///< before the first output

  std::optional<time_point> next_at; ///< of the next step
  token_count input;
  token_count cached;

  /// Tokens of what was sent.
  token_count output_tokens() const;

  /// What the response has said, so far.
  std::uint64_t audio_ms() const;

  /// The response object.
  /// @param details JSON text
  /// @param usage JSON text
  std::string to_json(std::string_view status, std::string_view details,
                      std::string_view usage) const;

  /// The usage object.
  std::string usage() const;
};

} // namespace offhook::app::standins
