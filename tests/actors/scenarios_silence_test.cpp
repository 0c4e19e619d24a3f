// Acceptance scenarios of silence, on virtual time: a model that says nothing,
// and a line that brings nothing.
#define CAF_SUITE actors.scenarios_conversation

#include "tests/fakes/spoken.hpp"

using namespace offhook;
using namespace offhook::actors;
using namespace std::chrono_literals;

namespace {

using protocol::audio_bytes;

constexpr auto a = tests::agent_byte;

} // namespace

CAF_TEST_FIXTURE_SCOPE(scenarios_silence, tests::spoken_fixture)

CAF_TEST(scenario_13_silent_audio) {
  env->agent.dead_air_ms = 3000;
  connect();
  barge_in();
  end_of_turn();
  tell(response_started{1, "resp_a", 0});
  tell(audio_delta{1, "resp_a", "item_a", 0,
                   audio_bytes(5000 * 8, protocol::g711::silence)});
  tell(response_finished{1, "resp_a", "completed", ""});
  pass(2900ms);
  CAF_CHECK_GREATER(heard_bytes(), 8u * 2500); // Bytes there are.
  CAF_CHECK_EQUAL(loud_frames(), 0u);
  CAF_CHECK_EQUAL(env->metrics->dead_air->value(), 0);
  pass(600ms);
  CAF_CHECK_EQUAL(env->metrics->dead_air->value(), 1);
  CAF_CHECK_GREATER(loud_frames(), 10u);
  CAF_CHECK_EQUAL(creates().size(), 0u);
  // The tone is no reply, but it is not silence either.
  pass(3600ms);
  CAF_CHECK_EQUAL(env->metrics->dead_air->value(), 1);
}

CAF_TEST(scenario_13_a reply that never comes) {
  env->agent.dead_air_ms = 3000;
  connect();
  barge_in();
  end_of_turn();
  tell(response_started{1, "resp_a", 0});
  pass(3000ms);
  CAF_CHECK_GREATER(loud_frames(), 10u);
  pass(3500ms); // From the end of the tone.
  CAF_CHECK_EQUAL(openai->all<cancel_response>().size(), 1u);
  CAF_CHECK_EQUAL(creates().size(), 0u); // Never two active.
  tell(response_finished{1, "resp_a", "cancelled", "client_cancelled"});
  CAF_REQUIRE_EQUAL(creates().size(), 1u);
  CAF_CHECK_EQUAL(creates()[0].purpose, "retry");
  CAF_CHECK(events->ends.empty());
  pass(3100ms);
  CAF_REQUIRE_EQUAL(events->ends.size(), 1u);
  CAF_CHECK(events->ends[0] == call_outcome::model_failed);
  CAF_CHECK_EQUAL(env->metrics->dead_air->value(), 3);
}

CAF_TEST(scenario_13_a reply that is heard) {
  env->agent.dead_air_ms = 3000;
  connect();
  barge_in();
  end_of_turn();
  pass(2500ms);
  agent_speaks("resp_a", 0, 8000, 4000);
  pass(9000ms);
  barge_in(); // And the caller may be silent, or speak, for as long as it
              // takes.
  pass(20'000ms);
  CAF_CHECK_EQUAL(env->metrics->dead_air->value(), 0);
}

CAF_TEST(scenario_13_what was asked for is asked for again) {
  env->agent.dead_air_ms = 3000;
  env->agent.greeting = "Say hello.";
  connect();
  pass(6600ms); // The tone, and then another try.
  CAF_CHECK_EQUAL(creates().size(), 1u);
  tell(response_started{1, "resp_a", creates()[0].create_id});
  CAF_CHECK_EQUAL(openai->all<cancel_response>().size(), 1u);
  tell(response_finished{1, "resp_a", "cancelled", "client_cancelled"});
  CAF_REQUIRE_EQUAL(creates().size(), 2u);
  CAF_CHECK_EQUAL(creates()[1].purpose, "greeting");
  CAF_CHECK_EQUAL(creates()[1].instructions, "Say hello.");
}

CAF_TEST(scenario_13_a session that never comes) {
  env->agent.dead_air_ms = 3000;
  start_bridge();
  attach_stream();
  tell(call_order{actors::orders::speak{"Say hello.", "silence"}});
  pass(20'000ms);
  // No model is there that could be asked again: that is another ladder.
  CAF_CHECK_EQUAL(env->metrics->dead_air->value(), 0);
  CAF_CHECK(!twilio->payloads.empty());
}

CAF_TEST(scenario_13_a cough that nobody answers is no reply that is due) {
  env->agent.dead_air_ms = 3000;
  env->agent.interruption.min_speech_ms = 400;
  connect();
  tell(response_started{1, "resp_a", 0});
  deliver("resp_a", "item_a", 1000, a);
  onset();
  end_of_turn(); // The server is busy, and does not answer this.
  tell(audio_done{1, "resp_a", "item_a"});
  tell(response_finished{1, "resp_a", "completed", ""});
  pass(20'000ms);
  CAF_CHECK_EQUAL(env->metrics->dead_air->value(), 0);
  CAF_CHECK(creates().empty());
}

CAF_TEST(scenario_13_a reply that fails for good) {
  env->agent.dead_air_ms = 3000;
  connect();
  barge_in();
  end_of_turn();
  auto fail = [this](const std::string& id, std::uint64_t create_id) {
    tell(response_started{1, id, create_id});
    tell(response_finished{1, id, "failed", "server_error"});
    pass(1ms);
  };
  fail("resp_a", 0);
  CAF_REQUIRE_EQUAL(creates().size(), 1u); // Tried again at once, and given up.
  fail("resp_b", creates()[0].create_id);
  pass(3000ms);
  CAF_CHECK_GREATER(loud_frames(), 10u);
  pass(3500ms);
  CAF_REQUIRE_EQUAL(creates().size(), 2u);
  CAF_CHECK_EQUAL(creates()[1].purpose, "retry");
  // Once more in vain, twice.
  fail("resp_c", creates()[1].create_id);
  fail("resp_d", creates()[2].create_id);
  CAF_CHECK(events->ends.empty());
  pass(3100ms);
  CAF_REQUIRE_EQUAL(events->ends.size(), 1u);
  CAF_CHECK(events->ends[0] == call_outcome::model_failed);
}

CAF_TEST(scenario_13_a greeting that the server refuses) {
  env->agent.dead_air_ms = 3000;
  env->agent.greeting = "Say hello.";
  connect();
  tell(response_refused{1, creates()[0].create_id, "invalid_value"});
  pass(6600ms);
  CAF_CHECK_GREATER(loud_frames(), 10u);
  CAF_CHECK_EQUAL(creates().size(), 2u);
  // The caller speaks: that is what is answered now.
  barge_in();
  pass(20'000ms);
  CAF_CHECK(events->ends.empty());
}

CAF_TEST(scenario_13_what nobody wants any more is not missed) {
  env->agent.dead_air_ms = 3000;
  env->agent.greeting = "Say hello.";
  env->agent.interruption.by_keys = true;
  connect();
  tell(dtmf_pressed{1, "1"}); // Whoever presses a key wants no greeting.
  tell(response_refused{1, creates()[0].create_id, "invalid_value"});
  pass(10'000ms);
  CAF_CHECK_EQUAL(env->metrics->dead_air->value(), 0);
  tell(call_order{actors::orders::speak{"Ask.", "silence"}});
  tell(response_started{1, "resp_a", creates()[1].create_id});
  tell(dtmf_pressed{1, "2"});
  tell(response_finished{1, "resp_a", "incomplete", "content_filter"});
  pass(20'000ms);
  CAF_CHECK_EQUAL(env->metrics->dead_air->value(), 0);
  CAF_CHECK_EQUAL(creates().size(), 2u);
}

CAF_TEST(scenario_16_input_gap) {
  connect();
  line(200ms, 4000);
  timestamp += 400; // Lost on the way.
  line(200ms, 4000);
  auto got = openai->appended();
  CAF_REQUIRE_EQUAL(got.size(), 800u * 8);
  for (std::size_t i = 200 * 8; i < 600 * 8; ++i)
    CAF_REQUIRE(got[i] == protocol::g711::silence);
  CAF_CHECK(got[200 * 8 - 1] != protocol::g711::silence);
  CAF_CHECK(got[600 * 8] != protocol::g711::silence);
  // A gap without end is filled up to a bound.
  timestamp += 3'600'000;
  line(20ms, 4000);
  CAF_CHECK_EQUAL(openai->appended().size(), (820u + 10'000) * 8);
}

CAF_TEST(scenario_16_media that stops during speech) {
  connect();
  line(200ms, 4000);
  onset();
  pass(1000ms);
  auto fed = openai->appended().size();
  // The turn can close: the server hears silence as it would on the line.
  CAF_CHECK_GREATER_OR_EQUAL(fed, (200u + 700) * 8);
  CAF_CHECK_LESS_OR_EQUAL(fed, (200u + 1000) * 8);
  // The line comes back where it is by now: no silence twice, and none missing.
  timestamp += 1000;
  line(200ms, 4000);
  CAF_CHECK_EQUAL(openai->appended().size(), (200u + 1000 + 200) * 8);
  // Once the turn has closed nothing is made up.
  end_of_turn();
  fed = openai->appended().size();
  pass(2000ms);
  CAF_CHECK_EQUAL(openai->appended().size(), fed);
}

CAF_TEST(scenario_16_a process that stood still cuts no turn in two) {
  connect();
  line(200ms, 4000);
  onset();
  stall(900ms); // Timers come first, and then what waited in the socket.
  for (int i = 0; i < 45; ++i, timestamp += 20)
    tell(media_chunk{1, timestamp, frame(4000)});
  line(200ms, 4000);
  auto got = openai->appended();
  CAF_CHECK_EQUAL(got.size(), 1300u * 8);
  CAF_CHECK_EQUAL(std::count(got.begin(), got.end(), protocol::g711::silence),
                  0);
  // A thread that is behind looks in time now and then, before it has read.
  stall(860ms);
  pass(100ms);
  for (int i = 0; i < 48; ++i, timestamp += 20)
    tell(media_chunk{1, timestamp, frame(4000)});
  got = openai->appended();
  CAF_CHECK_EQUAL(got.size(), 2260u * 8);
  CAF_CHECK_EQUAL(std::count(got.begin(), got.end(), protocol::g711::silence),
                  0);
  // A line that is gone after that is found out all the same.
  stall(600ms);
  pass(600ms);
  CAF_CHECK_GREATER_OR_EQUAL(openai->appended().size(), (2260u + 900) * 8);
}

CAF_TEST_FIXTURE_SCOPE_END()
