#define CAF_SUITE protocol.g711

#include "protocol/g711.hpp"

#include "caf/test/dsl.hpp"

#include <cmath>
#include <cstdlib>
#include <limits>

using namespace offhook::protocol;

namespace {

std::byte code(int x) {
  return static_cast<std::byte>(x);
}

} // namespace

CAF_TEST(known codes have the amplitudes of the recommendation) {
  // Table 2a, times four: our samples have 16 bits, not 14.
  CAF_CHECK_EQUAL(g711::decode(code(0x80)), 32124);
  CAF_CHECK_EQUAL(g711::decode(code(0x00)), -32124);
  CAF_CHECK_EQUAL(g711::decode(code(0x8F)), 16764);
  CAF_CHECK_EQUAL(g711::decode(code(0x90)), 15996);
  CAF_CHECK_EQUAL(g711::decode(code(0xEF)), 132);
  CAF_CHECK_EQUAL(g711::decode(code(0xFE)), 8);
  CAF_CHECK_EQUAL(g711::decode(code(0x7E)), -8);
  CAF_CHECK_EQUAL(g711::decode(code(0xFF)), 0);
  CAF_CHECK_EQUAL(g711::decode(code(0x7F)), 0);
  CAF_CHECK(g711::encode(std::int16_t{0}) == g711::silence);
}

CAF_TEST(all 256 codes come back) {
  for (int i = 0; i < 256; ++i) {
    // Zero has two codes, of which encoding gives the positive one.
    const auto expected = i == 0x7F ? code(0xFF) : code(i);
    CAF_REQUIRE(g711::encode(g711::decode(code(i))) == expected);
  }
}

CAF_TEST(encoding loses at most half a step) {
  int worst = 0;
  for (int i = -32768; i <= 32767; ++i) {
    const auto sample = static_cast<std::int16_t>(i);
    const int error = std::abs(i - g711::decode(g711::encode(sample)));
    // A step of segment s has 8 << s, with s from the biased magnitude.
    const int biased = std::min(std::abs(i), 32635) + 132;
    int half_step = 4;
    while (half_step * 64 <= biased)
      half_step *= 2;
    if (std::abs(i) <= 32635)
      worst = std::max(worst, error - half_step);
  }
  CAF_CHECK_EQUAL(worst, 0);
}

CAF_TEST(encoding is monotonic and odd) {
  int wrong = 0;
  for (int i = 0; i < 32767; ++i) {
    const auto here = static_cast<std::int16_t>(i);
    const auto next = static_cast<std::int16_t>(i + 1);
    const auto mirrored = static_cast<std::int16_t>(-i);
    const auto value = g711::decode(g711::encode(here));
    wrong += value <= g711::decode(g711::encode(next)) ? 0 : 1;
    wrong += value == -g711::decode(g711::encode(mirrored)) ? 0 : 1;
  }
  CAF_CHECK_EQUAL(wrong, 0);
}

CAF_TEST(the extremes are clipped) {
  using limits = std::numeric_limits<std::int16_t>;
  CAF_CHECK(g711::encode(limits::max()) == code(0x80));
  CAF_CHECK(g711::encode(limits::min()) == code(0x00));
}

CAF_TEST(whole buffers agree with single samples) {
  const std::vector<std::int16_t> samples{0, 1000, -1000, 32767, -32768, 5};
  const auto codes = g711::encode(samples);
  CAF_REQUIRE_EQUAL(codes.size(), samples.size());
  const auto back = g711::decode(codes);
  CAF_REQUIRE_EQUAL(back.size(), samples.size());
  for (std::size_t i = 0; i < samples.size(); ++i) {
    CAF_CHECK(codes[i] == g711::encode(samples[i]));
    CAF_CHECK_EQUAL(back[i], g711::decode(codes[i]));
  }
  CAF_CHECK(g711::decode(std::span<const std::byte>{}).empty());
}

CAF_TEST(rms is zero for silence and the amplitude for a square wave) {
  CAF_CHECK_EQUAL(g711::rms({}), 0.0);
  CAF_CHECK_EQUAL(g711::rms(std::vector(160, g711::silence)), 0.0);
  std::vector<std::byte> wave;
  for (int i = 0; i < 160; ++i)
    wave.push_back(code(i % 2 == 0 ? 0x00 : 0x80));
  CAF_CHECK(std::abs(g711::rms(wave) - 32124.0) < 0.001);
}

CAF_TEST(bytes and milliseconds) {
  CAF_CHECK_EQUAL(g711::frame_bytes, 160u);
  CAF_CHECK_EQUAL(g711::to_ms(160), 20u);
  CAF_CHECK_EQUAL(g711::to_ms(167), 20u);
  CAF_CHECK_EQUAL(g711::to_ms(7), 0u);
  CAF_CHECK_EQUAL(g711::to_bytes(20), 160u);
}
