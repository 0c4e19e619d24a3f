// The bridge of a call whose caller is to be with somebody else: when it lets
// go of the stream, and what the model is told. On virtual time.
#define CAF_SUITE actors.departure

#include "protocol/g711.hpp"
#include "tests/fakes/conversation.hpp"
#include "tests/text.hpp"

using namespace offhook;
using namespace offhook::actors;
using namespace std::chrono_literals;

namespace {

using protocol::openai::function_call;
using tests::has;

constexpr std::uint8_t a = 0x11;
constexpr std::uint8_t b = 0x22;

struct fixture : tests::conversation {
  /// The model says for three seconds what it does, and does it.
  void agent_calls(std::vector<function_call> calls) {
    tell(response_started{1, "resp_a", 0});
    deliver("resp_a", "item_a", 3000, a);
    tell(audio_done{1, "resp_a", "item_a"});
    tell(response_finished{1, "resp_a", "completed", "", std::move(calls)});
  }

  void transfer(std::string call_id = "call_1") {
    tell(call_order{actors::orders::transfer{call_id, "desk", 10'000}});
  }

  void agent_transfers() {
    agent_calls({{"item_f", "call_1", "transfer_call", "{}"}});
    transfer();
  }

  void come_back(const std::string& call_id = "call_1") {
    attach_stream(2);
    tell(caller_returned{call_id, R"({"status":"failed"})"});
  }

  std::vector<put_tool_result> results() {
    return openai->all<put_tool_result>();
  }

  std::size_t creates() {
    return openai->all<create_response>().size();
  }

  std::size_t departures() {
    return events->departures.size();
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(departure_tests, fixture)

CAF_TEST(the line is left when the words were heard) {
  connect();
  agent_transfers();
  pass(2800ms);
  CAF_CHECK_EQUAL(departures(), 0u);
  pass(400ms);
  CAF_REQUIRE_EQUAL(departures(), 1u);
  auto* what
    = std::get_if<actors::orders::transfer>(&events->departures[0].what);
  CAF_REQUIRE(what);
  CAF_CHECK_EQUAL(what->target, "desk");
  CAF_CHECK_EQUAL(twilio->heard[a], 3000u * 8);
  CAF_CHECK_EQUAL(events->farewells, 0);
  CAF_CHECK_EQUAL(results().size(), 0u); // It is answered when it is known.
  // What the line still says is for nobody.
  auto fed = openai->appended().size();
  tell(media_chunk{1, 3000, protocol::audio_bytes(160, std::byte{0x55})});
  CAF_CHECK_EQUAL(openai->appended().size(), fed);
  pass(20'000ms);
  CAF_CHECK_EQUAL(departures(), 1u);
}

CAF_TEST(the caller speaks before) {
  connect();
  agent_transfers();
  pass(1000ms);
  barge_in();
  CAF_REQUIRE_EQUAL(results().size(), 1u);
  CAF_CHECK_EQUAL(results()[0].call_id, "call_1");
  CAF_CHECK(has(results()[0].output, "the caller spoke"));
  CAF_CHECK_EQUAL(creates(), 0u); // The server answers the caller.
  pass(20'000ms);
  CAF_CHECK_EQUAL(departures(), 0u);
}

CAF_TEST(the caller speaks before the order is there) {
  connect();
  agent_calls({{"item_f", "call_1", "transfer_call", "{}"}});
  pass(1000ms);
  barge_in();
  transfer(); // Its behaviour took its time.
  CAF_REQUIRE_EQUAL(results().size(), 1u);
  CAF_CHECK(has(results()[0].output, "the caller spoke"));
  pass(20'000ms);
  CAF_CHECK_EQUAL(departures(), 0u);
}

CAF_TEST(the mark never comes) {
  twilio->loses_marks = true;
  connect();
  agent_transfers();
  pass(9900ms);
  CAF_CHECK_EQUAL(departures(), 0u);
  pass(200ms);
  CAF_CHECK_EQUAL(departures(), 1u);
}

CAF_TEST(what was not heard at the deadline never is) {
  connect();
  agent_calls({{"item_f", "call_1", "transfer_call", "{}"}});
  tell(response_started{1, "resp_b", 0});
  deliver("resp_b", "item_b", 60'000, b);
  transfer();
  pass(10'100ms);
  CAF_CHECK_EQUAL(departures(), 1u);
  auto cancels = openai->all<cancel_response>();
  CAF_REQUIRE_EQUAL(cancels.size(), 1u);
  CAF_CHECK_EQUAL(cancels[0].response_id, "resp_b");
  tell(response_finished{1, "resp_b", "cancelled", "client_cancelled"});
  auto cuts = openai->all<truncate_item>();
  CAF_REQUIRE_EQUAL(cuts.size(), 1u);
  CAF_CHECK_EQUAL(cuts[0].item_id, "item_b");
  CAF_CHECK(!stream || twilio->clears == 1);
  auto heard = twilio->heard[b];
  come_back();
  pass(5000ms);
  CAF_CHECK_EQUAL(twilio->heard[b], heard);
}

CAF_TEST(only one thing is done with the line) {
  connect();
  agent_calls({{"item_f", "call_1", "transfer_call", "{}"},
               {"item_g", "call_2", "end_call", "{}"}});
  transfer();
  tell(call_order{actors::orders::hang_up{"call_2", 10'000}});
  CAF_REQUIRE_EQUAL(results().size(), 1u);
  CAF_CHECK_EQUAL(results()[0].call_id, "call_2");
  CAF_CHECK(has(results()[0].output, "already"));
  pass(3200ms);
  CAF_CHECK_EQUAL(departures(), 1u);
  CAF_CHECK_EQUAL(events->farewells, 0);
}

CAF_TEST(who looks after the call knows better than the model) {
  connect();
  agent_transfers();
  tell(call_order{actors::orders::hang_up{"", 10'000}});
  CAF_REQUIRE_EQUAL(results().size(), 1u);
  CAF_CHECK_EQUAL(results()[0].call_id, "call_1");
  pass(3200ms);
  CAF_CHECK_EQUAL(departures(), 0u);
  CAF_CHECK_EQUAL(events->farewells, 1);
}

CAF_TEST(a limit holds while the caller is away) {
  connect();
  agent_transfers();
  pass(3200ms);
  tell(call_order{actors::orders::hang_up{"", 10'000, true}});
  CAF_CHECK_EQUAL(events->farewells, 1);
}

CAF_TEST(the agent learns why the caller is back and speaks) {
  connect();
  agent_transfers();
  pass(3200ms);
  come_back();
  CAF_REQUIRE_EQUAL(results().size(), 1u);
  CAF_CHECK_EQUAL(results()[0].call_id, "call_1");
  CAF_CHECK(has(results()[0].output, "failed"));
  CAF_REQUIRE_EQUAL(creates(), 1u);
  tell(
    response_started{1, "resp_b", openai->all<create_response>()[0].create_id});
  deliver("resp_b", "item_b", 1000, b);
  tell(response_finished{1, "resp_b", "completed", ""});
  pass(1200ms);
  CAF_CHECK_EQUAL(twilio->heard[b], 1000u * 8);
  // Its marks are those of the new stream.
  CAF_CHECK_EQUAL(env->metrics->stale_marks->value(), 0);
  tell(media_chunk{2, 20, protocol::audio_bytes(160, std::byte{0x55})});
  CAF_CHECK_GREATER(openai->appended().size(), 0u);
}

CAF_TEST(nobody speaks to a caller who is away) {
  connect();
  agent_calls({{"item_f", "call_1", "transfer_call", "{}"},
               {"item_g", "call_2", "look_up", "{}"}});
  transfer();
  pass(3200ms);
  CAF_REQUIRE_EQUAL(departures(), 1u);
  tell(call_order{actors::orders::answer_tool{"call_2", "found", true}});
  tell(call_order{actors::orders::speak{"Are you there?", "silence"}});
  tell(call_order{actors::orders::hang_up{"", 10'000}});
  CAF_CHECK_EQUAL(creates(), 0u);
  CAF_CHECK_EQUAL(env->metrics->orders_dropped->value(), 2);
  // The server answers what the caller said at last.
  tell(turn_committed{1, "item_user"});
  tell(response_started{1, "resp_c", 0});
  auto cancels = openai->all<cancel_response>();
  CAF_REQUIRE_EQUAL(cancels.size(), 1u);
  CAF_CHECK_EQUAL(cancels[0].response_id, "resp_c");
  deliver("resp_c", "item_c", 1000, b);
  tell(response_finished{1, "resp_c", "cancelled", "client_cancelled"});
  pass(20'000ms);
  CAF_CHECK_EQUAL(departures(), 1u);
  CAF_CHECK_EQUAL(events->farewells, 0);
  come_back();
  CAF_CHECK_EQUAL(results().size(), 2u);
  CAF_CHECK_EQUAL(creates(), 1u); // One for both.
  pass(5000ms);
  CAF_CHECK_EQUAL(twilio->heard[b], 0u);
}

CAF_TEST(a function of before that ends now waits for the caller too) {
  connect();
  tell(response_started{1, "resp_0", 0});
  tell(response_finished{
    1, "resp_0", "completed", "", {{"item_g", "call_2", "look_up", "{}"}}});
  agent_transfers();
  pass(3200ms);
  CAF_REQUIRE_EQUAL(departures(), 1u);
  tell(call_order{actors::orders::answer_tool{"call_2", "found", true}});
  CAF_CHECK_EQUAL(results().size(), 1u); // The model knows it ...
  CAF_CHECK_EQUAL(creates(), 0u);        // ... and says nothing to nobody.
  come_back();
  CAF_CHECK_EQUAL(creates(), 1u);
}

CAF_TEST(a session of its own time is told all the same) {
  connect();
  agent_transfers();
  pass(3200ms);
  tell(session_lost{1});
  attach_session(2);
  pass(10'000ms);
  CAF_CHECK(openai->all<put_tool_call>().empty()); // Half of it is nothing.
  come_back();
  CAF_CHECK_EQUAL(openai->all<put_tool_call>().size(), 1u);
  CAF_REQUIRE_EQUAL(openai->all<put_tool_result>().size(), 1u);
  CAF_CHECK(has(openai->all<put_tool_result>()[0].output, "failed"));
  CAF_CHECK_EQUAL(creates(), 1u);
}

CAF_TEST(who is to move after a goodbye moves though it was taken back) {
  connect();
  agent_calls({{"item_f", "call_1", "end_call", "{}"}});
  tell(call_order{actors::orders::hang_up{"call_1", 10'000}});
  tell(call_order{actors::orders::hand_over{"", 5'000}});
  pass(1000ms);
  barge_in();
  CAF_CHECK_EQUAL(departures(), 0u); // The caller has to be answered first.
  tell(speech_stopped{1, 0, "item_user"});
  tell(response_started{1, "resp_b", 0});
  deliver("resp_b", "item_b", 500, b);
  tell(audio_done{1, "resp_b", "item_b"});
  tell(response_finished{1, "resp_b", "completed", ""});
  pass(1000ms);
  CAF_CHECK_EQUAL(departures(), 1u);
  CAF_CHECK_EQUAL(events->farewells, 0);
}

CAF_TEST(an order without a function is told as a note) {
  connect();
  transfer("");
  CAF_REQUIRE_EQUAL(departures(), 1u); // Nothing was to be heard.
  come_back("");
  CAF_CHECK_EQUAL(openai->all<put_text>().size(), 1u);
  CAF_CHECK_EQUAL(creates(), 1u);
}

CAF_TEST(what needs the line waits for it) {
  start_bridge();
  attach_session();
  agent_transfers();
  pass(20'000ms);
  CAF_CHECK_EQUAL(departures(), 0u);
  attach_stream();
  pass(4'000ms); // What was said before is heard first.
  CAF_CHECK_EQUAL(departures(), 1u);
}

CAF_TEST_FIXTURE_SCOPE_END()
