#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

/// G.711 mu-law as a telephone line carries it: 8 kHz, mono, one byte a sample.
/// @see ITU-T G.711
namespace offhook::protocol::g711 {

inline constexpr std::size_t bytes_per_ms = 8;
inline constexpr std::size_t frame_ms = 20;
inline constexpr std::size_t frame_bytes = frame_ms * bytes_per_ms; // 160
inline constexpr std::byte silence{0xFF}; // the code of amplitude zero

/// Whole milliseconds in `bytes`, rounded down.
constexpr std::uint64_t to_ms(std::uint64_t bytes) noexcept {
  return bytes / bytes_per_ms;
}

constexpr std::uint64_t to_bytes(std::uint64_t ms) noexcept {
  return ms * bytes_per_ms;
}

/// One mu-law code as a 16-bit linear sample, and back: the code of the step
/// that holds the sample, by the decision values of G.711, table 2a.
std::int16_t decode(std::byte code) noexcept;
std::byte encode(std::int16_t sample) noexcept;

std::vector<std::int16_t> decode(std::span<const std::byte> codes);
std::vector<std::byte> encode(std::span<const std::int16_t> samples);

/// Root mean square of the decoded samples, 0 to 32767; 0 for no samples.
double rms(std::span<const std::byte> codes) noexcept;

} // namespace offhook::protocol::g711
