// Acceptance scenarios of the interruption, on virtual time: what is one, and
// what of the agent's words was heard by then.
#define CAF_SUITE actors.scenarios_conversation

#include "tests/fakes/spoken.hpp"

using namespace offhook;
using namespace offhook::actors;
using namespace std::chrono_literals;

namespace {

constexpr auto a = tests::agent_byte;

} // namespace

CAF_TEST_FIXTURE_SCOPE(scenarios_interruption, tests::spoken_fixture)

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

CAF_TEST(the end of what was being said answers nobody who spoke meanwhile) {
  env->agent.interruption.min_speech_ms = 400;
  connect();
  tell(response_started{1, "resp_a", 0});
  deliver("resp_a", "item_a", 200, a);
  line(300ms);
  line(200ms, 8000);
  onset();
  deliver("resp_a", "item_a", 200, a); // It is not known yet whether it counts.
  tell(response_finished{1, "resp_a", "completed", ""});
  line(400ms, 8000);
  auto given = openai->appended().size();
  tell(session_lost{1});
  attach_session(2);
  // The turn is heard again from its onset on.
  CAF_CHECK_GREATER_OR_EQUAL(openai->appended().size(), given + 600 * 8);
}

CAF_TEST(a greeting that is protected answers nobody) {
  env->agent.greeting = "Say hello.";
  env->agent.greeting_protected = true;
  connect();
  CAF_REQUIRE_EQUAL(creates().size(), 1u);
  tell(response_started{1, "resp_a", creates()[0].create_id});
  deliver("resp_a", "item_a", 1000, a);
  onset();
  end_of_turn();
  tell(response_finished{1, "resp_a", "completed", ""});
  tell(session_lost{1});
  attach_session(2);
  pass(2000ms); // How much of the greeting is heard has to be known.
  CAF_REQUIRE_EQUAL(creates().size(), 2u);
  CAF_CHECK_EQUAL(creates()[1].purpose, "answer");
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
