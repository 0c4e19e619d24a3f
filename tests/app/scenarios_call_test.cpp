// Acceptance scenarios as whole calls on virtual time, between the stand-ins.
#define CAF_SUITE app.scenarios_call

#include "actors/call_tools.hpp"
#include "protocol/g711.hpp"
#include "tests/app/tone.hpp"
#include "tests/app/virtual_call.hpp"

using namespace offhook;
using namespace offhook::app;
using namespace std::chrono_literals;
using kind = standins::timeline_event::kind;

namespace {

using tests::tone;

standins::steps::say utter(std::string name, std::size_t length_ms = 400) {
  standins::steps::say result;
  result.name = std::move(name);
  result.audio = tone(length_ms);
  return result;
}

struct fixture : tests::virtual_call {
  fixture() : tests::virtual_call("app-scenarios-call") {
    env->behaviours = actors::built_in_behaviours();
    agent_options.script.answer = [this](const standins::turn_info& turn) {
      asked.push_back(
        turn.metadata.contains("purpose") ? turn.metadata.at("purpose") : "");
      standins::spoken_line line{"an answer", tone(answer_ms)};
      return standins::agent_reply{{line}, std::nullopt, {}};
    };
  }

  /// When the caller heard this of the agent, in milliseconds of the call.
  std::vector<std::int64_t> times(kind what) const {
    std::vector<std::int64_t> result;
    for (const auto& x : phone->timeline())
      if (x.what == what)
        result.push_back(x.at_ms);
    return result;
  }

  std::size_t answer_ms = 2000;
  std::vector<std::string> asked; ///< purposes of all responses, in order
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(scenarios_call, fixture)

CAF_TEST(scenario_26_silence_policy) {
  env->agent.behaviours = {"silence"};
  env->agent.silence.after_ms = 5000;
  env->agent.silence.asks = 2;
  answer_ms = 8000; // Longer than any silence: what is heard is none.
  begin({{standins::steps::await_close{}, 120'000}});
  run(120s);
  CAF_CHECK(stream_ended());
  CAF_CHECK_EQUAL(phone->failure(), "");
  CAF_CHECK(asked
            == (std::vector<std::string>{"greeting", "silence", "silence",
                                         "farewell"}));
  // Each silence is measured from the end of what was heard before it.
  auto began = times(kind::agent_began);
  auto ended = times(kind::agent_ended);
  CAF_REQUIRE_EQUAL(began.size(), 4u);
  CAF_REQUIRE_GREATER_OR_EQUAL(ended.size(), 3u);
  for (std::size_t i = 0; i < 3; ++i) {
    CAF_CHECK_GREATER_OR_EQUAL(began[i + 1] - ended[i], 5000);
    CAF_CHECK_LESS_OR_EQUAL(began[i + 1] - ended[i], 5600);
  }
  CAF_CHECK_EQUAL(to_string(info().outcome), "ended_by_us");
}

CAF_TEST(scenario_26_music on hold ends the call) {
  env->agent.behaviours = {"silence"};
  env->agent.silence.after_ms = 0; // So that it is not silence that ends it.
  env->agent.silence.longest_talk_ms = 30'000;
  begin({{standins::steps::hear_end{}},
         {utter("music", 60'000), 60'000},
         {standins::steps::await_close{}, 60'000}});
  run(120s);
  CAF_CHECK(stream_ended());
  CAF_CHECK_EQUAL(asked.back(), "farewell");
  CAF_CHECK_EQUAL(to_string(info().outcome), "ended_by_us");
}

CAF_TEST(scenario_17_goodbye_is_heard_to_its_end) {
  env->agent.behaviours = {"tools"};
  env->agent.session.tools = {*actors::built_in_tool("end_call", env->agent)};
  agent_options.script.answer = [](const standins::turn_info& turn) {
    standins::agent_reply reply;
    reply.outputs.push_back(standins::spoken_line{"Goodbye.", tone(3000)});
    if (!turn.greeting)
      reply.outputs.push_back(standins::called_function{"end_call", "{}"});
    return reply;
  };
  begin({{standins::steps::hear_end{}},
         {utter("bye")},
         {standins::steps::await_close{}}});
  run(60s);
  CAF_CHECK(stream_ended());
  CAF_CHECK_EQUAL(phone->failure(), "");
  CAF_CHECK_EQUAL(phone->stats().bytes_played, 2 * 3000u * 8);
  CAF_CHECK_EQUAL(phone->stats().bytes_cleared, 0u);
  CAF_CHECK_EQUAL(agents[0]->stats().errors, 0u);
  CAF_CHECK_EQUAL(to_string(info().outcome), "ended_by_us");
  CAF_CHECK(!says_failure());
}

CAF_TEST(scenario_30_dtmf) {
  env->agent.behaviours = {"keys"};
  env->agent.keys.mask = true;
  env->agent.keys.actions = {{"9", actors::key_action::end}};
  begin({{standins::steps::hear{500}},
         {standins::steps::press{'1'}}, // While the greeting is heard.
         {standins::steps::press{'2'}},
         {standins::steps::press{'#'}},
         {standins::steps::hear_end{}},
         {standins::steps::press{'9'}},
         {standins::steps::await_close{}}});
  run(60s);
  CAF_CHECK(stream_ended());
  CAF_CHECK_EQUAL(phone->failure(), "");
  CAF_CHECK_EQUAL(phone->stats().clears, 1u); // Speech stops with the key.
  // The model is told of the entry, masked, and answers it; the action is taken
  // without it.
  CAF_CHECK(asked == (std::vector<std::string>{"greeting", "keys"}));
  auto told = 0;
  for (const auto& x : sessions[0]->record)
    if (x.from_us && x.text.find("keypad") != std::string::npos) {
      ++told;
      CAF_CHECK_NOT_EQUAL(x.text.find("[keypad: **]"), std::string::npos);
    }
  CAF_CHECK_EQUAL(told, 1);
  CAF_CHECK_EQUAL(agents[0]->stats().errors, 0u);
  CAF_CHECK_EQUAL(to_string(info().outcome), "ended_by_us");
}

CAF_TEST(scenario_30_digits reach the model as text) {
  env->agent.behaviours = {"keys"};
  begin({{standins::steps::hear_end{}},
         {standins::steps::press{'4'}},
         {standins::steps::press{'2'}},
         {standins::steps::hear_end{}},
         {standins::steps::hang_up{}}});
  run(60s);
  CAF_CHECK_EQUAL(phone->failure(), "");
  auto told = 0;
  for (const auto& x : sessions[0]->record)
    told += x.from_us && x.text.find("[keypad: 42]") != std::string::npos;
  CAF_CHECK_EQUAL(told, 1);
  CAF_CHECK(asked == (std::vector<std::string>{"greeting", "keys"}));
}

CAF_TEST(scenario_16_the turn closes although the line went quiet) {
  agent_options.script.answer = [](const standins::turn_info&) {
    standins::spoken_line line{"an answer", tone(500)};
    return standins::agent_reply{{line}, std::nullopt, {}};
  };
  begin({{standins::steps::hear_end{}},
         {utter("question")},
         {standins::steps::withhold{4000}},
         {standins::steps::hear_end{}},
         {standins::steps::hang_up{}}});
  run(60s);
  CAF_CHECK_EQUAL(phone->failure(), "");
  const auto& turns = phone->stats().turns;
  CAF_REQUIRE_EQUAL(turns.size(), 1u);
  CAF_REQUIRE(turns[0].response_latency_ms);
  CAF_CHECK_LESS(*turns[0].response_latency_ms, 3000);
}

CAF_TEST_FIXTURE_SCOPE_END()
