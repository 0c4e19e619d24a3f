#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace offhook::app::standins {

/// The audio formats of a Realtime session.
enum class audio_format : std::uint8_t {
  pcm,  ///< 16 bit, little endian, 24 kHz, mono
  pcmu, ///< G.711 mu-law, 8 kHz
  pcma, ///< G.711 A-law, 8 kHz
};

/// `audio/pcm` and so on.
std::string_view to_string(audio_format x) noexcept;

std::optional<audio_format> audio_format_of(std::string_view name) noexcept;

/// The format object of a session as JSON text.
std::string_view to_json(audio_format x) noexcept;

std::size_t bytes_per_ms(audio_format x) noexcept;

std::size_t samples_per_ms(audio_format x) noexcept;

/// mu-law bytes in another format; the duration stays.
std::vector<std::byte> from_mulaw(std::span<const std::byte> codes,
                                  audio_format format);

/// As many bytes that nobody hears.
std::vector<std::byte> silence(std::size_t bytes, audio_format format);

/// Linear samples; a half sample at the end is left out.
std::vector<std::int16_t> to_samples(std::span<const std::byte> bytes,
                                     audio_format format);

/// Speech for want of recordings: one soft tone per syllable of `text`, pauses
/// between words and sentences. mu-law, the same bytes for the same text.
std::vector<std::byte> tone_voice(std::string_view text);

} // namespace offhook::app::standins
