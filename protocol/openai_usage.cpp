#include "protocol/openai_usage.hpp"

namespace offhook::protocol::openai {

token_usage& token_usage::operator+=(const token_usage& other) noexcept {
  input_text += other.input_text;
  input_audio += other.input_audio;
  input_image += other.input_image;
  cached_text += other.cached_text;
  cached_audio += other.cached_audio;
  cached_image += other.cached_image;
  output_text += other.output_text;
  output_audio += other.output_audio;
  return *this;
}

transcription_usage&
transcription_usage::operator+=(const transcription_usage& other) noexcept {
  input_tokens += other.input_tokens;
  output_tokens += other.output_tokens;
  milliseconds += other.milliseconds;
  return *this;
}

} // namespace offhook::protocol::openai
