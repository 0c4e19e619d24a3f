#define CAF_SUITE app.sounds

#include "app/sounds.hpp"

#include "app/standins/voice_tracker.hpp"

#include "caf/test/dsl.hpp"

using namespace offhook::app;

CAF_TEST(every recording is whole frames of speech with its text) {
  std::size_t bytes = 0;
  for (auto name : sound_names()) {
    CAF_MESSAGE(std::string{name});
    auto audio = sound(name);
    bytes += audio.size();
    CAF_CHECK_GREATER(audio.size(), 8000u);
    CAF_CHECK_EQUAL(audio.size() % 160, 0u);
    auto voice = standins::find_voice(audio);
    CAF_REQUIRE(voice);
    // Spoken at once and to the end: latencies are measured from there.
    CAF_CHECK_LESS(voice->began, 100u * 8);
    CAF_CHECK_LESS(audio.size() - voice->ended, 100u * 8);
    auto text = sound_text(name);
    CAF_CHECK_GREATER(text.size(), 10u);
    CAF_CHECK(text.find('\n') == std::string_view::npos);
  }
  CAF_CHECK_LESS(bytes, 600'000u);
}

CAF_TEST(the recordings that the demo needs are there) {
  for (auto name :
       {"caller-hours", "caller-interrupt", "caller-booking", "caller-goodbye",
        "agent-greeting", "agent-hours", "agent-sunday", "agent-booking",
        "agent-goodbye", "agent-again"})
    CAF_CHECK(!sound(name).empty());
  CAF_CHECK_EQUAL(sound_text("caller-hours"),
                  "Hi, what are your opening hours?");
}

CAF_TEST(what is not there is empty) {
  CAF_CHECK(sound("").empty());
  CAF_CHECK(sound("caller-hour").empty());
  CAF_CHECK(sound_text("caller-hour").empty());
}
