// Acceptance scenarios of the conversation, on virtual time: who may speak
// when, and who ends it. Each is named by its number.
#define CAF_SUITE actors.scenarios_conversation

#include "tests/fakes/spoken.hpp"

using namespace offhook;
using namespace offhook::actors;
using namespace std::chrono_literals;

namespace {

constexpr auto a = tests::agent_byte;

} // namespace

CAF_TEST_FIXTURE_SCOPE(scenarios_conversation, tests::spoken_fixture)

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

CAF_TEST_FIXTURE_SCOPE_END()
