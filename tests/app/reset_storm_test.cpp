// The Realtime socket is reset twenty times in one call, at random moments.
#define CAF_SUITE app.reset_storm

#include "tests/app/tone.hpp"
#include "tests/app/virtual_call.hpp"

#include "protocol/g711.hpp"

#include <random>

using namespace offhook;
using namespace offhook::app;
using namespace std::chrono_literals;

namespace {

using tests::tone;

constexpr int resets = 20;

/// A voice for tests: a tone that voice activity detection takes for speech.
standins::steps::say utter(std::string name) {
  standins::steps::say result;
  result.name = std::move(name);
  result.audio = tone(400);
  return result;
}

struct fixture : tests::virtual_call {
  fixture() {
    agent_options.script.answer = [](const standins::turn_info&) {
      standins::spoken_line line{"an answer", tone(900)};
      return standins::agent_reply{{line}, std::nullopt, {}};
    };
  }

  void storm(unsigned seed) {
    CAF_MESSAGE("seed " << seed);
    std::mt19937 random{seed};
    std::uniform_int_distribution<int> moment{0, 3000};
    standins::script steps{{standins::steps::hear_end{}}};
    for (int i = 0; i < resets; ++i) {
      steps.push_back({utter("hit " + std::to_string(i))});
      steps.push_back({standins::steps::cue{"reset"}});
      steps.push_back({standins::steps::pause{4500}});
      steps.push_back({utter("spared " + std::to_string(i))});
      steps.push_back({standins::steps::hear_end{}});
    }
    steps.push_back({standins::steps::hang_up{}});
    begin(std::move(steps));
    std::size_t cues = 0;
    std::optional<time_point> cut_at;
    for (int i = 0; i < 100'000 && !stream_ended(); ++i) {
      step();
      if (cut_at && now() >= *cut_at) {
        cut_at.reset();
        CAF_REQUIRE_EQUAL(info().children[1].state, "running");
        sessions.back()->cut(now());
        settle();
      }
      std::size_t seen = 0;
      for (const auto& event : phone->timeline())
        seen += event.what == standins::timeline_event::kind::cue;
      if (seen > cues) {
        cues = seen;
        cut_at = now() + ms{moment(random)};
      }
    }
    end();
    CAF_CHECK_EQUAL(phone->failure(), "");
    CAF_CHECK_EQUAL(phone->stats().streams, 1u);
    CAF_CHECK_EQUAL(sessions.size(), resets + 1u);
    std::size_t spared = 0;
    for (const auto& turn : phone->stats().turns)
      if (turn.name.starts_with("spared")) {
        ++spared;
        CAF_MESSAGE(turn.name);
        CAF_CHECK(turn.response_latency_ms.has_value());
      }
    CAF_CHECK_EQUAL(spared, static_cast<std::size_t>(resets));
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(reset_storm_tests, fixture)

CAF_TEST(twenty resets leave the call up with a fixed seed) {
  storm(20261122);
}

CAF_TEST(twenty resets leave the call up with a new seed) {
  storm(std::random_device{}());
}

CAF_TEST_FIXTURE_SCOPE_END()
