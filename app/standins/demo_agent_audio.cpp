#include "app/standins/demo_agent_audio.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <numbers>
#include <string>

#include "protocol/g711.hpp"

namespace offhook::app::standins {

namespace {

namespace g711 = protocol::g711;

/// G.711 A-law, by the segments of the standard's table.
std::int16_t decode_alaw(std::byte code) {
  auto bits = std::to_integer<int>(code) ^ 0x55;
  auto segment = (bits >> 4) & 7;
  auto value = ((bits & 15) << 4) + 8;
  if (segment > 0)
    value = (value + 0x100) << (segment - 1);
  return static_cast<std::int16_t>(bits & 0x80 ? value : -value);
}

std::byte encode_alaw(std::int16_t sample) {
  auto positive = sample >= 0;
  auto size = std::min(positive ? int{sample} : -int{sample} - 1, 32767);
  auto segment = 0;
  for (auto rest = size >> 8; rest > 0; rest >>= 1)
    ++segment;
  auto step = segment == 0 ? size >> 4 : size >> (segment + 3);
  auto bits = (segment << 4) | (step & 15) | (positive ? 0x80 : 0);
  return static_cast<std::byte>(bits ^ 0x55);
}

bool is_vowel(char c) {
  return std::string_view{"aeiouy"}.find(
           static_cast<char>(std::tolower(static_cast<unsigned char>(c))))
         != std::string_view::npos;
}

constexpr double sample_rate = 8000;

void append_pause(std::vector<std::byte>& out, std::size_t ms) {
  out.insert(out.end(), ms * g711::bytes_per_ms, g711::silence);
}

void append_syllable(std::vector<std::byte>& out, double hz) {
  constexpr std::size_t ms = 150;
  constexpr auto count = ms * g711::bytes_per_ms;
  for (std::size_t i = 0; i < count; ++i) {
    auto phase = 2 * std::numbers::pi * hz * static_cast<double>(i)
                 / sample_rate;
    // Rises and falls without a click, like a plucked string held short.
    auto shape = std::sin(std::numbers::pi * static_cast<double>(i) / count);
    auto wave = std::sin(phase) + 0.35 * std::sin(2 * phase)
                + 0.15 * std::sin(3 * phase);
    out.push_back(g711::encode(static_cast<std::int16_t>(6000 * shape * wave)));
  }
}

} // namespace

std::string_view to_string(audio_format x) noexcept {
  switch (x) {
    case audio_format::pcm:
      return "audio/pcm";
    case audio_format::pcmu:
      return "audio/pcmu";
    default:
      return "audio/pcma";
  }
}

std::optional<audio_format> audio_format_of(std::string_view name) noexcept {
  for (auto x : {audio_format::pcm, audio_format::pcmu, audio_format::pcma})
    if (name == to_string(x))
      return x;
  return std::nullopt;
}

std::string_view to_json(audio_format x) noexcept {
  switch (x) {
    case audio_format::pcm:
      return R"({"type":"audio/pcm","rate":24000})";
    case audio_format::pcmu:
      return R"({"type":"audio/pcmu"})";
    default:
      return R"({"type":"audio/pcma"})";
  }
}

std::size_t bytes_per_ms(audio_format x) noexcept {
  return x == audio_format::pcm ? 48 : 8;
}

std::size_t samples_per_ms(audio_format x) noexcept {
  return x == audio_format::pcm ? 24 : 8;
}

std::vector<std::byte> from_mulaw(std::span<const std::byte> codes,
                                  audio_format format) {
  std::vector<std::byte> result;
  if (format == audio_format::pcmu) {
    result.assign(codes.begin(), codes.end());
    return result;
  }
  if (format == audio_format::pcma) {
    result.reserve(codes.size());
    for (auto code : codes)
      result.push_back(encode_alaw(g711::decode(code)));
    return result;
  }
  // Three samples for one, on the line from one to the next.
  result.reserve(codes.size() * 6);
  for (std::size_t i = 0; i < codes.size(); ++i) {
    auto here = int{g711::decode(codes[i])};
    auto next = i + 1 < codes.size() ? int{g711::decode(codes[i + 1])} : here;
    for (auto third = 0; third < 3; ++third) {
      auto sample = static_cast<unsigned>(here + (next - here) * third / 3);
      result.push_back(static_cast<std::byte>(sample & 0xFF));
      result.push_back(static_cast<std::byte>((sample >> 8) & 0xFF));
    }
  }
  return result;
}

std::vector<std::byte> silence(std::size_t bytes, audio_format format) {
  auto code = std::byte{0};
  if (format == audio_format::pcmu)
    code = g711::silence;
  else if (format == audio_format::pcma)
    code = encode_alaw(0);
  return std::vector<std::byte>(bytes, code);
}

std::vector<std::int16_t> to_samples(std::span<const std::byte> bytes,
                                     audio_format format) {
  std::vector<std::int16_t> result;
  if (format == audio_format::pcmu)
    return g711::decode(bytes);
  if (format == audio_format::pcma) {
    result.reserve(bytes.size());
    for (auto code : bytes)
      result.push_back(decode_alaw(code));
    return result;
  }
  result.reserve(bytes.size() / 2);
  for (std::size_t i = 0; i + 1 < bytes.size(); i += 2) {
    auto bits = std::to_integer<unsigned>(bytes[i])
                | std::to_integer<unsigned>(bytes[i + 1]) << 8;
    result.push_back(static_cast<std::int16_t>(bits));
  }
  return result;
}

std::vector<std::byte> tone_voice(std::string_view text) {
  // A pentatonic scale has no two notes that quarrel.
  constexpr std::array<double, 6> scale{196.0, 220.0, 246.9,
                                        293.7, 329.6, 392.0};
  std::vector<std::byte> result;
  append_pause(result, 40);
  std::size_t note = 0;
  auto in_vowels = false;
  auto word_sounded = false;
  auto end_word = [&] {
    // "shh", "24": no vowel, but not nothing either.
    if (!word_sounded)
      append_syllable(result, scale[note % scale.size()]);
    word_sounded = true;
  };
  for (std::size_t i = 0; i < text.size(); ++i) {
    auto c = text[i];
    auto letter = std::isalnum(static_cast<unsigned char>(c)) != 0
                  || static_cast<unsigned char>(c) >= 0x80;
    if (letter) {
      if (i == 0 || std::isspace(static_cast<unsigned char>(text[i - 1])) != 0)
        word_sounded = false;
      note = note * 31 + static_cast<unsigned char>(c);
      if (is_vowel(c) && !in_vowels) {
        append_syllable(result, scale[note % scale.size()]);
        word_sounded = true;
      }
      in_vowels = is_vowel(c);
      if (i + 1 == text.size())
        end_word();
      continue;
    }
    in_vowels = false;
    if (i > 0 && std::isalnum(static_cast<unsigned char>(text[i - 1])) != 0)
      end_word();
    if (c == '.' || c == '?' || c == '!')
      append_pause(result, 180);
    else
      append_pause(result, 40);
  }
  append_pause(result, 40);
  return result;
}

} // namespace offhook::app::standins
