#define CAF_SUITE app.voice_tracker

#include "app/standins/voice_tracker.hpp"

#include "demo_caller_fixture.hpp"

#include "caf/test/dsl.hpp"

using namespace offhook::tests;

namespace {

/// `+100` an utterance began at 100 ms, `-300` one ended there.
std::vector<std::string> changes(voice_tracker& ear) {
  std::vector<std::string> result;
  for (const auto& x : ear.take_changes())
    result.push_back(
      (x.began ? '+' : '-')
      + std::to_string((x.began ? x.what.began : x.what.ended) / 8));
  return result;
}

using strings = std::vector<std::string>;

} // namespace

CAF_TEST(an utterance lasts over short pauses and ends after a long one) {
  voice_tracker ear{600};
  ear.add(800, noise(200));
  ear.add(800 + 500 * 8, noise(100)); // 300 ms of silence between the two.
  CAF_CHECK_EQUAL(changes(ear), strings{"+100"});
  CAF_CHECK_EQUAL(ear.latest()->heard_ms(), 600u);
  ear.advance(1300 * 8 - 1);
  CAF_CHECK(ear.latest()->active);
  CAF_CHECK_EQUAL(ear.silent_ms().value(), 599u);
  ear.advance(1300 * 8);
  CAF_CHECK_EQUAL(changes(ear), strings{"-700"});
  ear.add(2000 * 8, noise(100));
  CAF_CHECK_EQUAL(changes(ear), strings{"+2000"});
  CAF_CHECK_EQUAL(ear.latest()->number, 2u);
}

CAF_TEST(silence and a hum below the threshold are no voice) {
  voice_tracker ear;
  ear.add(0, silence(500));
  ear.add(4000, std::vector<std::byte>(4000, std::byte{0xF5})); // RMS 80.
  CAF_CHECK(changes(ear).empty());
  CAF_CHECK(!ear.latest());
  CAF_CHECK(!ear.silent_ms());
}

CAF_TEST(a cut ends an utterance at its last voice) {
  voice_tracker ear;
  ear.add(0, noise(100));
  ear.advance(200 * 8);
  ear.cut();
  ear.cut();
  CAF_CHECK_EQUAL(changes(ear), (strings{"+0", "-100"}));
  ear.add(200 * 8, noise(10));
  CAF_CHECK_EQUAL(changes(ear), strings{"+200"});
}

CAF_TEST(what was heard already is not heard again) {
  voice_tracker ear;
  ear.add(0, noise(100));
  ear.add(0, noise(100));
  CAF_CHECK_EQUAL(ear.position(), 800u);
  ear.add(799, noise(100));
  CAF_CHECK_EQUAL(ear.position(), 1599u);
  ear.advance(10);
  CAF_CHECK_EQUAL(ear.position(), 1599u);
}

CAF_TEST(audio of any size is heard) {
  voice_tracker ear;
  const auto audio = noise(1000);
  std::size_t at = 0;
  for (std::size_t n = 1; at < audio.size(); n = n * 2 % 337) {
    n = std::min(n, audio.size() - at);
    ear.add(at, std::span{audio}.subspan(at, n));
    at += n;
  }
  CAF_CHECK_EQUAL(ear.latest()->heard_ms(), 1000u);
}

CAF_TEST(the voice in a recording is found) {
  auto audio = silence(100);
  auto speech = noise(205);
  audio.insert(audio.end(), speech.begin(), speech.end());
  auto tail = silence(300);
  audio.insert(audio.end(), tail.begin(), tail.end());
  auto voice = find_voice(audio).value();
  CAF_CHECK_EQUAL(voice.began, 800u);
  CAF_CHECK_EQUAL(voice.ended, 310u * 8);
  CAF_CHECK(!find_voice(silence(100)));
  CAF_CHECK(!find_voice({}));
}
