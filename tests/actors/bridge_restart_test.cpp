// A bridge fails: another one goes on with both sockets, and with what was
// said.
#define CAF_SUITE actors.bridge_restart

#include "tests/fakes/talk.hpp"

using namespace offhook;
using namespace offhook::actors;
using namespace std::chrono_literals;

namespace {

struct fixture : tests::talk_fixture {
  fixture() {
    env->agent.session.transcription_model = "gpt-4o-mini-transcribe";
    env->agent.greeting = "Greet the caller.";
    env->faults_allowed = true;
    run_functions_by_hand();
    begin_talk();
    agent_greets("Hello.");
    caller_says(first, "i1", "Who are you?");
    agent_says(first, "r1", "One two three four five six.", "", 3000);
  }

  void fail(const std::string& where) {
    self->send(supervisor, raise_fault{where});
    consume_messages();
  }

  std::uint32_t restarts() {
    return info().children[2].restarts;
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(bridge_restart, fixture)

CAF_TEST(both sockets stay open and the call goes on) {
  hear(1000ms);
  auto creates = tests::count(first->sent, "response.create");
  fail("bridge");
  CAF_CHECK_EQUAL(restarts(), 1u);
  CAF_CHECK(!stream->close_code);
  CAF_CHECK(!first->close_code);
  CAF_CHECK_EQUAL(dials.size(), 1u);
  // What sounds without anybody knowing of it ends, and the model is told how
  // far it was heard.
  CAF_CHECK_EQUAL(tests::count(stream->sent, "clear"), 1u);
  CAF_CHECK_EQUAL(tests::count(first->sent, "conversation.item.truncate"), 1u);
  CAF_CHECK_EQUAL(tests::count(first->sent, "The connection failed"), 1u);
  CAF_CHECK_EQUAL(tests::count(first->sent, "response.create"), creates + 1);
  CAF_CHECK_EQUAL(tests::count(first->sent, "Greet the caller."), 1u);
  // Nothing is told again: the session was there.
  CAF_CHECK_EQUAL(tests::count(items(first), "Who are you?"), 0u);
  auto heard = audio_in(stream, R"("payload":")").size();
  agent_says(first, "r2", "three four five six.");
  hear(1000ms);
  CAF_CHECK_EQUAL(audio_in(stream, R"("payload":")").size(), heard + 4000);
  say(stream, caller_frame(40, 9));
  CAF_CHECK(audio_in(first).back() == std::byte{9});
  std::string text;
  for (const auto& x : document().entries)
    text += x.text + '|';
  CAF_CHECK_EQUAL(text.find("Hello.|Who are you?|One two"), 0u);
  CAF_CHECK(text.find("six.|") != std::string::npos);
  CAF_CHECK_EQUAL(text.find("five six.|The"), std::string::npos);
}

CAF_TEST(marks of before say nothing) {
  hear(1000ms);
  fail("bridge");
  auto stale = env->metrics->stale_marks->value();
  hear(200ms); // Twilio returns all it has.
  say(stream, R"({"event":"mark","sequenceNumber":"9","streamSid":")"
                + stream_sid + R"(","mark":{"name":"g1:1"}})");
  CAF_CHECK_GREATER(env->metrics->stale_marks->value(), stale);
}

CAF_TEST(late audio of before is not heard) {
  say(first, R"({"type":"response.created","event_id":"e","response":{)"
             R"("id":"r9"}})");
  hear(4000ms);
  fail("bridge");
  CAF_CHECK_EQUAL(tests::count(first->sent, R"("response_id":"r9")"), 1u);
  auto heard = audio_in(stream, R"("payload":")").size();
  say(first, R"({"type":"response.output_audio.delta","event_id":"e",)"
             R"("response_id":"r9","item_id":"item_r9","output_index":0,)"
             R"("content_index":0,"delta":"AAAAAAAA"})");
  hear(500ms);
  CAF_CHECK_EQUAL(audio_in(stream, R"("payload":")").size(), heard);
}

CAF_TEST(an answer that came to nobody is forgotten by the model all the same) {
  hear(4000ms);
  say(first, R"({"type":"response.created","event_id":"e","response":{)"
             R"("id":"r9"}})");
  // The caller is quicker than its first sound.
  say(first, R"({"type":"input_audio_buffer.speech_started","event_id":"e",)"
             R"("audio_start_ms":0,"item_id":"i2"})");
  say(first, R"({"type":"response.output_audio.delta","event_id":"e",)"
             R"("response_id":"r9","item_id":"item_r9","output_index":0,)"
             R"("content_index":0,"delta":"AAAAAAAA"})");
  fail("bridge");
  CAF_CHECK_EQUAL(tests::count(first->sent, "conversation.item.delete"), 0u);
  say(first, R"({"type":"response.done","event_id":"e","response":{"id":"r9",)"
             R"("status":"cancelled","output":[]}})");
  CAF_CHECK_EQUAL(tests::count(first->sent, R"("item_id":"item_r9")"), 1u);
  CAF_CHECK_EQUAL(tests::count(first->sent, "conversation.item.delete"), 1u);
}

CAF_TEST(a turn that was not answered is) {
  hear(4000ms);
  say(first, R"({"type":"input_audio_buffer.speech_started","event_id":"e",)"
             R"("audio_start_ms":0,"item_id":"i2"})");
  say(first, R"({"type":"input_audio_buffer.speech_stopped","event_id":"e",)"
             R"("audio_end_ms":200,"item_id":"i2"})");
  auto creates = tests::count(first->sent, "response.create");
  fail("bridge");
  CAF_CHECK_EQUAL(tests::count(first->sent, "response.create"), creates + 1);
}

CAF_TEST(a function that runs is answered all the same) {
  agent_says(first, "r2", "Let me see.", call("opening_hours", "{}"));
  hear(5000ms);
  fail("bridge");
  auto creates = tests::count(first->sent, "response.create");
  answer("call_1", "9 to 5");
  CAF_CHECK_EQUAL(tests::count(first->sent, "9 to 5"), 1u);
  CAF_CHECK_EQUAL(tests::count(first->sent, "response.create"), creates + 1);
}

CAF_TEST(one that fails while no session is there waits for it) {
  hear(4000ms);
  lose(first);
  consume_messages();
  fail("bridge");
  pass(300ms);
  CAF_REQUIRE_EQUAL(dials.size(), 2u);
  auto second = open_session();
  acked = 0;
  acknowledge(second);
  CAF_CHECK_EQUAL(tests::count(items(second), "Who are you?"), 1u);
  CAF_CHECK_EQUAL(tests::count(second->sent, "Greet the caller."), 0u);
  say(stream, caller_frame(40, 9));
  CAF_CHECK(audio_in(second).back() == std::byte{9});
}

CAF_TEST(a session that was being told of the past is opened anew) {
  hear(4000ms);
  lose(first);
  consume_messages();
  pass(300ms);
  auto second = open_session(); // It has not acknowledged what it was told.
  CAF_CHECK_EQUAL(tests::count(items(second), "Who are you?"), 1u);
  fail("bridge");
  CAF_CHECK(second->close_code.has_value());
  CAF_REQUIRE_EQUAL(dials.size(), 3u);
  auto third = open_session();
  acked = 0;
  acknowledge(third);
  CAF_CHECK_EQUAL(tests::count(items(third), "Who are you?"), 1u);
}

CAF_TEST(an agent that is to take over after it comes all the same) {
  env->agents["sales"] = std::make_shared<agent_profile>(env->agent);
  hear(4000ms);
  lose(first);
  consume_messages();
  self->send(supervisor,
             call_order{actors::orders::set_agent{"", "sales", ""}});
  consume_messages();
  fail("bridge");
  CAF_REQUIRE_EQUAL(dials.size(), 2u);
  auto second = open_session();
  acked = 0;
  acknowledge(second);
  CAF_CHECK_EQUAL(tests::count(second->sent, "You have taken over"), 1u);
}

CAF_TEST(one that fails again and again ends the call) {
  for (int i = 0; i < 3; ++i) {
    fail("bridge");
    CAF_CHECK_EQUAL(state(), "talking");
  }
  fail("bridge");
  CAF_CHECK_EQUAL(outcome(), "failed");
  CAF_CHECK(stream->close_code.has_value());
  CAF_CHECK(first->close_code.has_value());
}

CAF_TEST(one that fails now and then does not ) {
  for (int i = 0; i < 8; ++i) {
    fail("bridge");
    CAF_CHECK_EQUAL(state(), "talking");
    pass(61s);
  }
  CAF_CHECK_EQUAL(restarts(), 8u);
  CAF_CHECK_EQUAL(metrics_text().find("offhook_bridge_restarts_total 0"),
                  std::string::npos);
}

CAF_TEST(nobody may ask for faults unless tests do) {
  env->faults_allowed = false;
  fail("bridge");
  fail("supervisor");
  CAF_CHECK_EQUAL(restarts(), 0u);
  CAF_CHECK_EQUAL(state(), "talking");
}

CAF_TEST(a supervisor that fails ends its call and no other) {
  auto other = sid;
  fail("supervisor");
  CAF_CHECK_EQUAL(outcome(), "failed");
  CAF_CHECK(stream->close_code.has_value());
  CAF_CHECK(first->close_code.has_value());
  CAF_CHECK(says_failure());
}

CAF_TEST(what was asked for and did not begin is asked for again) {
  agent_says(first, "r2", "Let me see.", call("opening_hours", "{}"));
  hear(5000ms);
  answer("call_1", "9 to 5");
  say(first, R"({"type":"response.created","event_id":"e","response":{)"
             R"("id":"r3","metadata":{"create":"2","purpose":"tools"}}})");
  auto creates = tests::count(first->sent, "response.create");
  fail("bridge");
  CAF_CHECK_EQUAL(tests::count(first->sent, "response.create"), creates + 1);
  CAF_CHECK_EQUAL(tests::count(first->sent, R"("purpose":"tools")"), 2u);
}

CAF_TEST(one that fails as the caller comes back listens all the same) {
  hear(5000ms);
  lose(stream);
  consume_messages();
  fail("bridge");
  stream = open_stream(supervisor, {{"token", "another"}});
  marked = 0;
  agent_says(first, "r5", "Here I am.");
  hear(1000ms);
  CAF_CHECK(!audio_in(stream, R"("payload":")").empty());
}

CAF_TEST(a function of an older session keeps its call) {
  agent_says(first, "r2", "Let me see.", call("opening_hours", "{}"));
  hear(5000ms);
  lose(first);
  consume_messages();
  pass(300ms);
  auto second = open_session();
  acked = 0;
  acknowledge(second);
  CAF_CHECK_EQUAL(tests::count(items(second), "opening_hours"), 0u);
  fail("bridge");
  answer("call_1", "9 to 5");
  CAF_CHECK_EQUAL(tests::count(items(second), "opening_hours"), 1u);
  CAF_CHECK_EQUAL(tests::count(items(second), "9 to 5"), 1u);
}

CAF_TEST_FIXTURE_SCOPE_END()
