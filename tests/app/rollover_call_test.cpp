// A whole call that outlives its sessions, on virtual time.
#define CAF_SUITE app.rollover_call

#include "tests/app/tone.hpp"
#include "tests/app/virtual_call.hpp"

#include "protocol/g711.hpp"

#include <algorithm>

using namespace offhook;
using namespace offhook::app;
using namespace std::chrono_literals;

namespace {

using tests::tone;

struct fixture : tests::virtual_call {
  fixture() {
    // Both clocks tell the same time.
    env->wall_clock = [this] {
      return std::chrono::duration_cast<std::chrono::seconds>(
               now().time_since_epoch())
        .count();
    };
    env->dial = [this, dial = env->dial](auto options, auto done) {
      agent_options.epoch_s = env->wall_clock();
      agent_options.id_salt = std::to_string(sessions.size());
      return dial(std::move(options), std::move(done));
    };
    env->agent.session.transcription_model = "gpt-4o-mini-transcribe";
    agent_options.timing.session_age = 60s;
    agent_options.script.answer = [](const standins::turn_info&) {
      standins::spoken_line line{"an answer", tone(900)};
      return standins::agent_reply{{line}, std::nullopt, {}};
    };
  }

  /// Notes which sessions were given audio of the caller in this step.
  /// @returns whether one was that another had taken the place of before
  bool two_listen() {
    auto newest_before = newest;
    auto result = false;
    seen.resize(sessions.size());
    for (std::size_t i = 0; i < sessions.size(); ++i)
      for (; seen[i] < sessions[i]->record.size(); ++seen[i]) {
        const auto& x = sessions[i]->record[seen[i]];
        if (!x.from_us
            || x.text.find("input_audio_buffer.append") == std::string::npos)
          continue;
        newest = std::max(newest, i);
        result = result || i < newest_before;
      }
    return result;
  }

  std::vector<std::size_t> seen;
  std::size_t newest = 0;
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(rollover_call, fixture)

CAF_TEST(scenario_10_cap_roll_over) {
  standins::script steps{{standins::steps::hear_end{}}};
  constexpr int turns = 60; // Five minutes.
  for (int i = 0; i < turns; ++i) {
    standins::steps::say say;
    say.name = "turn " + std::to_string(i);
    say.audio = tone(700);
    steps.push_back({say});
    steps.push_back({standins::steps::hear_end{}});
    steps.push_back({standins::steps::pause{2200}});
  }
  steps.push_back({standins::steps::hang_up{}});
  begin(std::move(steps));
  auto began = now();
  for (int i = 0; i < 200'000 && !stream_ended(); ++i) {
    step();
    CAF_REQUIRE(!two_listen());
  }
  CAF_CHECK(now() - began > 5min);
  end();
  CAF_CHECK_EQUAL(phone->failure(), "");
  CAF_CHECK_EQUAL(phone->stats().streams, 1u);
  CAF_CHECK_GREATER_OR_EQUAL(sessions.size(), 5u);
  CAF_CHECK_EQUAL(phone->stats().underruns, 0u);
  // No gap is longer than an answer takes.
  std::size_t answered = 0;
  for (const auto& turn : phone->stats().turns) {
    CAF_MESSAGE(turn.name);
    CAF_REQUIRE(turn.response_latency_ms.has_value());
    CAF_CHECK_LESS_OR_EQUAL(*turn.response_latency_ms, 1'200u);
    ++answered;
  }
  CAF_CHECK_EQUAL(answered, static_cast<std::size_t>(turns));
  // Each session was told what the one before it knew, and nothing twice.
  const auto& last = sessions.back()->record;
  std::vector<std::string> items;
  for (const auto& x : last)
    if (x.from_us && x.text.find("conversation.item.create") != x.text.npos)
      items.push_back(x.text);
  CAF_CHECK_GREATER(items.size(), 2u * 40);
  for (const auto& session : sessions)
    for (const auto& x : session->record)
      if (!x.from_us && x.text.find(R"("type":"error")") != x.text.npos)
        CAF_MESSAGE(x.text);
  for (const auto& x : agents)
    CAF_CHECK_EQUAL(x->stats().errors, 0u);
  CAF_CHECK_EQUAL(env->metrics->refused_items->value(), 0);
}

CAF_TEST_FIXTURE_SCOPE_END()
