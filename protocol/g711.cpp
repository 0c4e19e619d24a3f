#include "protocol/g711.hpp"

#include <array>
#include <cmath>

namespace offhook::protocol::g711 {

namespace {

// G.711 is defined on 14 bits; samples here have 16, so all its values are
// taken times four: the bias of 33 is 132, the largest magnitude 32635.
constexpr int bias = 132;
constexpr int largest = 32635;

constexpr auto samples = [] {
  std::array<std::int16_t, 256> result{};
  for (int code = 0; code < 256; ++code) {
    const int bits = ~code & 0xFF;
    const int segment = bits >> 4 & 7;
    const int magnitude = ((((bits & 15) << 3) + bias) << segment) - bias;
    result[static_cast<std::size_t>(code)]
      = static_cast<std::int16_t>((bits & 0x80) != 0 ? -magnitude : magnitude);
  }
  return result;
}();

// The segment of a biased magnitude, by its upper eight bits: the position of
// the highest one among them.
constexpr auto segments = [] {
  std::array<std::uint8_t, 256> result{};
  for (int i = 1; i < 256; ++i)
    for (int rest = i; rest > 1; rest >>= 1)
      ++result[static_cast<std::size_t>(i)];
  return result;
}();

} // namespace

std::int16_t decode(std::byte code) noexcept {
  return samples[std::to_integer<std::size_t>(code)];
}

std::byte encode(std::int16_t sample) noexcept {
  const int sign = sample < 0 ? 0x80 : 0;
  // In int, where the magnitude of -32768 exists.
  int magnitude = sample < 0 ? -int{sample} : int{sample};
  magnitude = (magnitude > largest ? largest : magnitude) + bias;
  const int segment = segments[static_cast<std::size_t>(magnitude >> 7)];
  const int step = magnitude >> (segment + 3) & 15;
  return static_cast<std::byte>(~(sign | segment << 4 | step));
}

std::vector<std::int16_t> decode(std::span<const std::byte> codes) {
  std::vector<std::int16_t> result;
  result.reserve(codes.size());
  for (auto code : codes)
    result.push_back(decode(code));
  return result;
}

std::vector<std::byte> encode(std::span<const std::int16_t> samples) {
  std::vector<std::byte> result;
  result.reserve(samples.size());
  for (auto sample : samples)
    result.push_back(encode(sample));
  return result;
}

double rms(std::span<const std::byte> codes) noexcept {
  if (codes.empty())
    return 0;
  double sum = 0;
  for (auto code : codes) {
    const double sample = decode(code);
    sum += sample * sample;
  }
  return std::sqrt(sum / static_cast<double>(codes.size()));
}

} // namespace offhook::protocol::g711
