#define CAF_SUITE app.demo_agent_audio

#include "app/standins/demo_agent_audio.hpp"

#include "caf/test/dsl.hpp"

#include <cmath>
#include <cstdlib>

#include "protocol/g711.hpp"

using namespace offhook::app::standins;
namespace g711 = offhook::protocol::g711;

namespace {

std::vector<std::byte> all_codes() {
  std::vector<std::byte> result;
  for (auto i = 0; i < 256; ++i)
    result.push_back(static_cast<std::byte>(i));
  return result;
}

} // namespace

CAF_TEST(formats have their names) {
  for (auto x : {audio_format::pcm, audio_format::pcmu, audio_format::pcma})
    CAF_CHECK(audio_format_of(to_string(x)) == x);
  CAF_CHECK(!audio_format_of("g711_ulaw"));
  CAF_CHECK(!audio_format_of(""));
}

CAF_TEST(durations stay in every format) {
  auto codes = std::vector<std::byte>(800, std::byte{0x20});
  for (auto x : {audio_format::pcm, audio_format::pcmu, audio_format::pcma})
    CAF_CHECK_EQUAL(from_mulaw(codes, x).size() / bytes_per_ms(x), 100u);
}

CAF_TEST(A - law keeps what mu - law says) {
  auto codes = all_codes();
  auto samples = to_samples(from_mulaw(codes, audio_format::pcma),
                            audio_format::pcma);
  for (std::size_t i = 0; i < codes.size(); ++i) {
    auto before = int{g711::decode(codes[i])};
    auto error = std::abs(before - samples[i]);
    // Half a step of either law.
    if (error > std::abs(before) / 16 + 16)
      CAF_ERROR("code " << i << ": " << before << " became " << samples[i]);
  }
}

CAF_TEST(linear samples pass through those of mu - law) {
  auto codes = all_codes();
  auto samples = to_samples(from_mulaw(codes, audio_format::pcm),
                            audio_format::pcm);
  CAF_REQUIRE_EQUAL(samples.size(), codes.size() * 3);
  for (std::size_t i = 0; i < codes.size(); ++i)
    CAF_CHECK_EQUAL(samples[i * 3], g711::decode(codes[i]));
}

CAF_TEST(silence is silent in every format) {
  for (auto x : {audio_format::pcm, audio_format::pcmu, audio_format::pcma})
    for (auto sample : to_samples(silence(480, x), x))
      CAF_CHECK_LESS(std::abs(sample), 9);
}

CAF_TEST(the built - in voice sounds and pauses) {
  auto speech = tone_voice("Hello. How are you?");
  CAF_CHECK_GREATER(g711::rms(speech), 1000.0);
  // Syllables of 150 ms: He-llo-how-are-you; are is "a-re".
  CAF_CHECK_GREATER(speech.size(), g711::to_bytes(900));
  CAF_CHECK_LESS(speech.size(), g711::to_bytes(2000));
  CAF_CHECK(speech == tone_voice("Hello. How are you?"));
  CAF_CHECK(speech != tone_voice("Hello. Who are you?"));
  CAF_CHECK_LESS(tone_voice("").size(), g711::to_bytes(100));
  // Something is to be heard of every word.
  for (auto word : {"shh", "24", "x", "24 7", "\xC3\xBC", "a"})
    CAF_CHECK_GREATER(g711::rms(tone_voice(word)), 1000.0);
}
