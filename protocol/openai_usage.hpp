#pragma once

#include <cstdint>

/// What the Realtime API bills, as it tells it. Every field is optional there:
/// what is not said counts as nothing.
/// @see https://platform.openai.com/docs/guides/realtime-costs
namespace offhook::protocol::openai {

/// Tokens of one response, or a sum of several.
struct token_usage {
  std::uint64_t input_text = 0;
  std::uint64_t input_audio = 0;
  std::uint64_t input_image = 0;
  // Parts of the above, billed at their own price.
  std::uint64_t cached_text = 0;
  std::uint64_t cached_audio = 0;
  std::uint64_t cached_image = 0;
  std::uint64_t output_text = 0;
  std::uint64_t output_audio = 0;

  /// Both ways; what was cached is part of what went in.
  std::uint64_t total() const noexcept {
    return input_text + input_audio + input_image + output_text + output_audio;
  }

  token_usage& operator+=(const token_usage& other) noexcept;
  bool operator==(const token_usage&) const = default;
};

/// What the transcription of caller audio cost: by its own tokens, or by time.
struct transcription_usage {
  std::uint64_t input_tokens = 0;
  std::uint64_t output_tokens = 0;
  std::uint64_t milliseconds = 0;

  transcription_usage& operator+=(const transcription_usage& other) noexcept;
  bool operator==(const transcription_usage&) const = default;
};

} // namespace offhook::protocol::openai
