// Acceptance scenarios of the conversation, on virtual time: who may speak
// when, and what an interruption is. Each is named by its number.
#define CAF_SUITE actors.scenarios_conversation

#include "protocol/g711.hpp"
#include "tests/fakes/conversation.hpp"

using namespace offhook;
using namespace offhook::actors;
using namespace std::chrono_literals;

namespace {

using protocol::audio_bytes;

constexpr std::uint8_t a = 0x11;

struct fixture : tests::conversation {
  fixture() : tests::conversation("actors-scenarios-conversation") {
    // nop
  }

  /// 20 ms of the caller at this amplitude; 0: silence.
  static audio_bytes frame(std::int16_t amplitude) {
    audio_bytes result;
    for (int i = 0; i < 160; ++i)
      result.push_back(amplitude == 0
                         ? protocol::g711::silence
                         : protocol::g711::encode(static_cast<std::int16_t>(
                           i % 16 < 8 ? amplitude : -amplitude)));
    return result;
  }

  /// The caller's line goes on for so long.
  void line(ms length, std::int16_t amplitude = 0) {
    for (auto at = ms{0}; at < length; at += 20ms) {
      tell(media_chunk{1, timestamp, frame(amplitude)});
      timestamp += 20;
      pass(20ms);
    }
  }

  /// The agent speaks `length` of audio with this amplitude, delivered at once.
  void agent_speaks(const std::string& response, std::uint64_t create_id,
                    std::uint64_t length_ms, std::int16_t amplitude) {
    tell(response_started{1, response, create_id});
    audio_bytes audio;
    auto one = frame(amplitude);
    for (std::uint64_t at = 0; at < length_ms; at += 20)
      audio.insert(audio.end(), one.begin(), one.end());
    tell(audio_delta{1, response, "item_" + response, 0, audio});
    tell(audio_done{1, response, "item_" + response});
    tell(response_finished{1, response, "completed", ""});
  }

  /// The server hears the caller begin, at the end of what it was given.
  void onset() {
    auto heard_ms = openai->appended().size() / 8;
    tell(speech_started{1, heard_ms > 300 ? heard_ms - 300 : 0, "item_user"});
  }

  void end_of_turn() {
    tell(speech_stopped{1, 0, "item_user"});
    tell(turn_committed{1, "item_user"});
  }

  /// The model says goodbye for three seconds and asks to hang up, and the
  /// behaviour that runs its functions does as it says.
  void goodbye() {
    tell(response_started{1, "resp_a", 0});
    deliver("resp_a", "item_a", 3000, a);
    tell(audio_done{1, "resp_a", "item_a"});
    tell(response_finished{
      1, "resp_a", "completed", "", {{"item_f", "call_1", "end_call", "{}"}}});
    tell(call_order{actors::orders::hang_up{"call_1", 10'000}});
  }

  std::size_t heard_bytes() {
    std::size_t result = 0;
    for (const auto& x : twilio->payloads)
      result += x.size();
    return result;
  }

  /// Frames to Twilio that are more than line noise.
  std::size_t loud_frames() {
    std::size_t result = 0;
    for (const auto& x : twilio->payloads)
      for (std::size_t at = 0; at + 160 <= x.size(); at += 160)
        result += protocol::g711::rms(std::span{x}.subspan(at, 160)) > 50;
    return result;
  }

  std::vector<create_response> creates() {
    return openai->all<create_response>();
  }

  std::uint64_t timestamp = 0;
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(scenarios_conversation, fixture)

CAF_TEST(scenario_06_orphan_reply) {
  env->agent.greeting = "Say hello.";
  connect();
  CAF_REQUIRE_EQUAL(creates().size(), 1u);
  barge_in(); // Between our create and its response.
  CAF_CHECK_EQUAL(openai->all<cancel_response>().size(), 0u);
  tell(response_started{1, "resp_a", creates()[0].create_id});
  auto cancels = openai->all<cancel_response>();
  CAF_REQUIRE_EQUAL(cancels.size(), 1u);
  CAF_CHECK_EQUAL(cancels[0].response_id, "resp_a");
  deliver("resp_a", "item_a", 1000, a);
  tell(response_finished{1, "resp_a", "cancelled", "client_cancelled"});
  pass(2000ms);
  CAF_CHECK_EQUAL(twilio->payload_sizes.size(), 0u);
  CAF_CHECK_EQUAL(creates().size(), 1u); // The server answers the turn.
}

CAF_TEST(scenario_06_only that reply is cancelled) {
  env->agent.greeting = "Say hello.";
  connect();
  barge_in();
  // The server was quicker: this is its answer to the caller.
  tell(response_started{1, "resp_own", 0});
  CAF_CHECK_EQUAL(openai->all<cancel_response>().size(), 0u);
  deliver("resp_own", "item_own", 500, a);
  tell(response_refused{1, creates()[0].create_id,
                        "conversation_already_has_active_response"});
  tell(response_finished{1, "resp_own", "completed", ""});
  pass(1000ms);
  CAF_CHECK_EQUAL(twilio->payload_sizes.empty(), false);
  // What the caller interrupted is not asked for again.
  CAF_CHECK_EQUAL(creates().size(), 1u);
}

CAF_TEST(scenario_07_a refused create is retried once) {
  env->agent.greeting = "Say hello.";
  connect();
  tell(response_started{1, "resp_own", 0});
  tell(response_refused{1, creates()[0].create_id,
                        "conversation_already_has_active_response"});
  pass(3000ms);
  CAF_CHECK_EQUAL(creates().size(), 1u); // Not while the other is active.
  tell(response_finished{1, "resp_own", "completed", ""});
  CAF_REQUIRE_EQUAL(creates().size(), 2u);
  CAF_CHECK_EQUAL(creates()[1].purpose, "greeting");
  CAF_CHECK_NOT_EQUAL(creates()[1].create_id, creates()[0].create_id);
  tell(response_started{1, "resp_b", creates()[1].create_id});
  tell(response_finished{1, "resp_b", "completed", ""});
  pass(10'000ms);
  CAF_CHECK_EQUAL(creates().size(), 2u);
}

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

CAF_TEST(an agent that takes over waits for functions that run) {
  connect();
  tell(response_started{1, "resp_a", 0});
  tell(response_finished{1,
                         "resp_a",
                         "completed",
                         "",
                         {{"i1", "call_1", "look_up", "{}"},
                          {"i2", "call_2", "set_agent", "{}"}}});
  tell(call_order{actors::orders::set_agent{"call_2", "sales", "", 2}});
  auto second = std::make_shared<tests::openai_record>();
  auto heir = sys.spawn(tests::fake_openai, second);
  tell(session_ready{2, heir});
  pass(500ms);
  CAF_CHECK_EQUAL(events->adopted.size(), 1u); // The first one was.
  tell(call_order{actors::orders::answer_tool{"call_1", "7"}});
  CAF_REQUIRE_EQUAL(second->all<put_tool_result>().size(), 1u);
  CAF_CHECK_EQUAL(events->adopted.size(), 1u);
  tell(item_created{2, second->all<put_tool_call>()[0].item_id, "",
                    "function_call", ""});
  tell(item_created{2, second->all<put_tool_result>()[0].item_id, "",
                    "function_call", ""});
  CAF_CHECK(events->adopted == (std::vector<std::uint32_t>{1, 2}));
  self->send_exit(heir, caf::exit_reason::user_shutdown);
}

CAF_TEST(a turn whose session was lost is answered by the next one) {
  connect();
  barge_in();
  end_of_turn();
  tell(session_lost{1});
  attach_session(2);
  CAF_REQUIRE_EQUAL(creates().size(), 1u);
  CAF_CHECK_EQUAL(creates()[0].purpose, "answer");
}

CAF_TEST(a limit that ends the call is not taken back by a goodbye) {
  connect();
  tell(call_order{actors::orders::hang_up{{}, 10'000, true}});
  CAF_CHECK_EQUAL(events->farewells, 1); // Nothing was being said.
  tell(response_started{1, "resp_a", 0});
  deliver("resp_a", "item_a", 3000, a);
  tell(call_order{actors::orders::hang_up{{}, 10'000, true}});
  tell(audio_done{1, "resp_a", "item_a"});
  tell(response_finished{
    1, "resp_a", "completed", "", {{"item_f", "call_1", "end_call", "{}"}}});
  tell(call_order{actors::orders::hang_up{"call_1", 10'000}});
  auto results = openai->all<put_tool_result>();
  CAF_REQUIRE_EQUAL(results.size(), 1u);
  CAF_CHECK_EQUAL(results[0].call_id, "call_1");
  barge_in();
  end_of_turn();
  CAF_CHECK_EQUAL(events->farewells, 1);
  tell(response_started{1, "resp_b", 0});
  tell(response_finished{1, "resp_b", "completed", ""});
  CAF_CHECK_EQUAL(events->farewells, 2);
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
  stall(600ms); // Timers come first, and then what waited in the socket.
  for (int i = 0; i < 30; ++i, timestamp += 20)
    tell(media_chunk{1, timestamp, frame(4000)});
  line(200ms, 4000);
  auto got = openai->appended();
  CAF_CHECK_EQUAL(got.size(), 1000u * 8);
  CAF_CHECK_EQUAL(std::count(got.begin(), got.end(), protocol::g711::silence),
                  0);
  // A line that is gone after that is found out all the same.
  stall(600ms);
  pass(600ms);
  CAF_CHECK_GREATER_OR_EQUAL(openai->appended().size(), (1000u + 900) * 8);
}

CAF_TEST(scenario_17_confirmed_goodbye) {
  connect();
  goodbye();
  auto calls = events->all<actors::events::tool_called>();
  CAF_REQUIRE_EQUAL(calls.size(), 1u);
  CAF_CHECK_EQUAL(calls[0].call.name, "end_call");
  pass(2800ms);
  CAF_CHECK_EQUAL(events->farewells, 0);
  pass(400ms); // The terminal mark.
  CAF_CHECK_EQUAL(events->farewells, 1);
  CAF_CHECK_EQUAL(twilio->heard[a], 3000u * 8);
  pass(20'000ms);
  CAF_CHECK_EQUAL(events->farewells, 1);
}

CAF_TEST(scenario_17_the caller speaks before the end) {
  connect();
  goodbye();
  pass(1000ms);
  barge_in();
  auto results = openai->all<put_tool_result>();
  CAF_REQUIRE_EQUAL(results.size(), 1u);
  CAF_CHECK_EQUAL(results[0].call_id, "call_1");
  CAF_CHECK_NOT_EQUAL(results[0].output.find("the caller spoke"),
                      std::string::npos);
  CAF_CHECK_EQUAL(creates().size(), 0u); // The server answers the caller.
  pass(20'000ms);
  CAF_CHECK_EQUAL(events->farewells, 0);
}

CAF_TEST(scenario_17_the mark never comes) {
  twilio->loses_marks = true;
  connect();
  goodbye();
  pass(9900ms);
  CAF_CHECK_EQUAL(events->farewells, 0);
  pass(200ms);
  CAF_CHECK_EQUAL(events->farewells, 1);
}

CAF_TEST(one reply follows all results of a response) {
  connect();
  tell(response_started{1, "resp_a", 0});
  tell(response_finished{1,
                         "resp_a",
                         "completed",
                         "",
                         {{"i1", "call_1", "x", "{}"},
                          {"i2", "call_2", "y", "{}"}}});
  CAF_CHECK_EQUAL(events->all<actors::events::tool_called>().size(), 2u);
  tell(call_order{actors::orders::answer_tool{"call_2", "two"}});
  tell(call_order{actors::orders::answer_tool{"call_2", "again"}});
  CAF_CHECK_EQUAL(creates().size(), 0u);
  tell(call_order{actors::orders::answer_tool{"call_1", "one"}});
  CAF_REQUIRE_EQUAL(creates().size(), 1u);
  CAF_CHECK_EQUAL(creates()[0].purpose, "tools");
  CAF_CHECK_EQUAL(openai->all<put_tool_result>().size(), 2u);
  // None is run from a response that was cut short, and all are answered.
  tell(response_started{1, "resp_b", creates()[0].create_id});
  tell(response_finished{1,
                         "resp_b",
                         "incomplete",
                         "max_output_tokens",
                         {{"i3", "call_3", "x", "{\"a\":"}}});
  CAF_CHECK_EQUAL(events->all<actors::events::tool_called>().size(), 2u);
  CAF_CHECK_EQUAL(openai->all<put_tool_result>().size(), 3u);
  CAF_CHECK_EQUAL(creates().size(), 1u);
  // What comes when its session is gone is for the next one, with its call.
  tell(response_started{1, "resp_c", 0});
  tell(response_finished{
    1, "resp_c", "completed", "", {{"i4", "call_4", "x", "{}"}}});
  tell(session_lost{1});
  attach_session(2);
  tell(call_order{actors::orders::answer_tool{"call_4", "late"}});
  CAF_CHECK_EQUAL(openai->all<put_tool_result>().back().output, "late");
  CAF_CHECK_EQUAL(openai->all<put_tool_call>().back().call_id, "call_4");
}

CAF_TEST(behaviours are told when the agent is heard) {
  connect();
  tell(response_started{1, "resp_a", 0});
  deliver("resp_a", "item_a", 2000, a);
  tell(response_finished{1, "resp_a", "completed", ""});
  auto heard = [this] { return events->all<actors::events::agent_speech>(); };
  CAF_REQUIRE_EQUAL(heard().size(), 1u);
  CAF_CHECK(heard()[0].begins);
  pass(1900ms);
  CAF_CHECK_EQUAL(heard().size(), 1u); // Generated long ago, and still heard.
  pass(200ms);
  CAF_REQUIRE_EQUAL(heard().size(), 2u);
  CAF_CHECK(!heard()[1].begins);
  // An order to speak, and its end by the caller.
  tell(call_order{actors::orders::speak{"Ask.", "silence"}});
  CAF_REQUIRE_EQUAL(creates().size(), 1u);
  CAF_CHECK_EQUAL(creates()[0].instructions, "Ask.");
  tell(response_started{1, "resp_b", creates()[0].create_id});
  deliver("resp_b", "item_b", 2000, a);
  barge_in();
  CAF_CHECK_EQUAL(events->all<actors::events::interrupted>().size(), 1u);
  CAF_CHECK_EQUAL(heard().size(), 4u);
  tell(dtmf_pressed{1, "7"});
  CAF_REQUIRE_EQUAL(events->all<actors::events::key_pressed>().size(), 1u);
  CAF_CHECK_EQUAL(events->all<actors::events::key_pressed>()[0].key, '7');
}

CAF_TEST(scenario_18_protected_greeting) {
  env->agent.greeting = "This call is recorded.";
  env->agent.greeting_protected = true;
  connect();
  agent_speaks("resp_a", creates().at(0).create_id, 3000, 6000);
  line(400ms);
  auto before = openai->appended().size();
  onset();
  line(600ms, 8000);
  CAF_CHECK_EQUAL(twilio->clears, 0u);
  CAF_CHECK_EQUAL(openai->all<truncate_item>().size(), 0u);
  CAF_CHECK_EQUAL(openai->all<cancel_response>().size(), 0u);
  CAF_CHECK_EQUAL(openai->appended().size(), before + 600 * 8);
  end_of_turn();
  // The server did not answer, as it may while it must not interrupt: we do.
  line(1000ms);
  CAF_REQUIRE_EQUAL(creates().size(), 2u);
  CAF_CHECK_EQUAL(creates()[1].purpose, "");
  agent_speaks("resp_b", creates()[1].create_id, 1000, 6000);
  line(1200ms); // The greeting is over.
  CAF_CHECK_EQUAL(twilio->clears, 0u);
  // From now on the caller may interrupt.
  onset();
  CAF_CHECK_EQUAL(twilio->clears, 1u);
  auto cuts = openai->all<truncate_item>();
  CAF_REQUIRE_EQUAL(cuts.size(), 1u);
  CAF_CHECK_EQUAL(cuts[0].item_id, "item_resp_b");
}

CAF_TEST(scenario_18_the answer of the server is enough) {
  env->agent.greeting = "This call is recorded.";
  env->agent.greeting_protected = true;
  connect();
  agent_speaks("resp_a", creates().at(0).create_id, 3000, 6000);
  line(400ms);
  onset();
  line(400ms, 8000);
  end_of_turn();
  tell(response_started{1, "resp_own", 0});
  line(2000ms);
  CAF_CHECK_EQUAL(creates().size(), 1u);
}

CAF_TEST(scenario_19_barge_in_gate_and_echo) {
  env->agent.interruption = {300, 6, true};
  connect();
  agent_speaks("resp_a", 0, 8000, 8000);
  line(500ms);
  // A burst of 100 ms.
  onset();
  line(100ms, 8000);
  line(400ms);
  end_of_turn();
  CAF_CHECK_EQUAL(twilio->clears, 0u);
  // Our own voice, attenuated, for longer than any interruption takes.
  onset();
  line(1000ms, 2500);
  end_of_turn();
  CAF_CHECK_EQUAL(twilio->clears, 0u);
  CAF_CHECK_EQUAL(openai->all<truncate_item>().size(), 0u);
  // Neither was anything that wants an answer.
  line(1000ms);
  CAF_CHECK_EQUAL(creates().size(), 0u);
  // Somebody speaks.
  onset();
  line(280ms, 8000);
  CAF_CHECK_EQUAL(twilio->clears, 0u);
  line(220ms, 8000);
  CAF_CHECK_EQUAL(twilio->clears, 1u);
  CAF_CHECK_EQUAL(openai->all<truncate_item>().size(), 1u);
  // And is answered, by us where the server does not.
  end_of_turn();
  line(1000ms);
  CAF_CHECK_EQUAL(creates().size(), 1u);
}

CAF_TEST(scenario_19_speech before the server says so counts) {
  env->agent.interruption = {300, 0, true};
  connect();
  agent_speaks("resp_a", 0, 8000, 8000);
  line(500ms);
  auto onset_ms = openai->appended().size() / 8;
  line(400ms, 8000); // The server takes its time to tell.
  tell(speech_started{1, onset_ms - 300, "item_user"});
  CAF_CHECK_EQUAL(twilio->clears, 1u);
}

CAF_TEST(scenario_28_transcript_truth) {
  connect();
  using protocol::openai::token_usage;
  // The greeting, heard whole.
  tell(response_started{1, "resp_a", 0});
  tell(item_created{1, "item_a", "", "message", "assistant"});
  deliver("resp_a", "item_a", 1000, a);
  tell(agent_transcript{1, "resp_a", "item_a", "How can I help you?", true});
  tell(response_finished{1,
                         "resp_a",
                         "completed",
                         "",
                         {},
                         token_usage{100, 0, 0, 0, 0, 0, 10, 20},
                         true});
  pass(1500ms);
  // The answer is there, and cut, before the question is transcribed.
  tell(item_created{1, "item_q", "item_a", "message", "user"});
  tell(response_started{1, "resp_b", 0});
  tell(item_created{1, "item_b", "item_q", "message", "assistant"});
  deliver("resp_b", "item_b", 4000, a);
  tell(agent_transcript{1, "resp_b", "item_b", "We are open from nine", false});
  tell(agent_transcript{1, "resp_b", "item_b", " to five on weekdays.", false});
  pass(2000ms);
  barge_in();
  tell(item_created{1, "item_q2", "item_b", "message", "user"});
  tell(caller_transcript{1, "item_q2", "And on Sunday?", {0, 0, 1000}});
  tell(caller_transcript{1, "item_q", "When do you open?", {0, 0, 2000}});
  tell(response_finished{1,
                         "resp_b",
                         "cancelled",
                         "turn_detected",
                         {},
                         token_usage{150, 40, 0, 128, 0, 0, 12, 80},
                         true});
  auto said = document_of("CA1", *record, env->prices);
  CAF_REQUIRE_EQUAL(said.entries.size(), 4u);
  CAF_CHECK_EQUAL(said.entries[0].text, "How can I help you?");
  CAF_CHECK_EQUAL(said.entries[0].unheard, "");
  CAF_CHECK_EQUAL(said.entries[1].text, "When do you open?");
  CAF_CHECK_EQUAL(said.entries[2].text, "We are open from nine");
  CAF_CHECK_EQUAL(said.entries[2].unheard, "to five on weekdays.");
  CAF_CHECK_EQUAL(said.entries[3].text, "And on Sunday?");
  CAF_CHECK(said.tokens == (token_usage{250, 40, 0, 128, 0, 0, 22, 100}));
  CAF_CHECK_EQUAL(said.transcriptions.milliseconds, 3000u);
}

CAF_TEST(scenario_28_what was under way when the caller hung up) {
  connect();
  tell(response_started{1, "resp_a", 0});
  deliver("resp_a", "item_a", 4000, a);
  tell(agent_transcript{1, "resp_a", "item_a", "We are open from nine to five.",
                        true});
  tell(response_finished{1, "resp_a", "completed", ""});
  pass(2000ms);
  tell(stream_lost{1});
  auto said = document_of("CA1", *record, env->prices);
  CAF_REQUIRE_EQUAL(said.entries.size(), 1u);
  CAF_CHECK_EQUAL(said.entries[0].text, "We are open");
  CAF_CHECK_EQUAL(said.entries[0].unheard, "from nine to five.");
}

CAF_TEST(where we decide the response is cancelled by us) {
  env->agent.interruption = {200, 0, true};
  connect();
  tell(response_started{1, "resp_a", 0});
  deliver("resp_a", "item_a", 4000, a); // Still being generated.
  line(300ms);
  onset();
  line(200ms, 8000);
  auto cancels = openai->all<cancel_response>();
  CAF_REQUIRE_EQUAL(cancels.size(), 1u);
  CAF_CHECK_EQUAL(cancels[0].response_id, "resp_a");
  CAF_CHECK_EQUAL(twilio->clears, 1u);
}

CAF_TEST(a pressed key interrupts) {
  connect();
  tell(response_started{1, "resp_a", 0});
  deliver("resp_a", "item_a", 4000, a);
  line(300ms);
  tell(dtmf_pressed{1, "5"});
  CAF_CHECK_EQUAL(twilio->clears, 1u);
  CAF_CHECK_EQUAL(openai->all<cancel_response>().size(), 1u);
  CAF_CHECK_EQUAL(openai->all<truncate_item>().size(), 1u);
}

CAF_TEST(a pressed key does not where it must not ) {
  env->agent.interruption.by_keys = false;
  connect();
  tell(response_started{1, "resp_a", 0});
  deliver("resp_a", "item_a", 4000, a);
  tell(dtmf_pressed{1, "5"});
  CAF_CHECK_EQUAL(twilio->clears, 0u);
}

CAF_TEST_FIXTURE_SCOPE_END()
