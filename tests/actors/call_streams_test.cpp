// A whole call whose Media Streams sockets come and go, as the registry and
// Twilio see it. On virtual time.
#define CAF_SUITE actors.call_streams

#include "tests/fakes/streams.hpp"

using namespace offhook;
using namespace offhook::actors;
using namespace std::chrono_literals;

namespace {

using kind = next_step::kind;
using tests::second_sid;

} // namespace

CAF_TEST_FIXTURE_SCOPE(call_streams_tests, tests::streams_fixture)

CAF_TEST(scenario_14_a new stream has the same session and the agent goes on) {
  begin();
  media(stream, stream_sid);
  agent_says("r1", "i1", 2000, "We are open from nine to five on weekdays.");
  pass(200ms);
  auto heard = return_mark(stream, stream_sid);
  CAF_CHECK_GREATER(heard, 100u);
  CAF_CHECK_LESS(heard, 600u);
  pass(400ms); // Whatever sounded since: nobody has confirmed it.
  reset(stream);
  CAF_CHECK_EQUAL(state(), "reattaching");
  CAF_CHECK_EQUAL(info().children[0].restarts, 1u);
  CAF_CHECK_EQUAL(info().children[0].state, "restarting");
  CAF_CHECK_EQUAL(info().children[0].last_reason, "connection_lost");
  CAF_CHECK(counted("offhook_socket_restarts_total{reason=\"connection_lost\","
                    "socket=\"twilio\"} 1")
            || counted("offhook_socket_restarts_total{socket=\"twilio\","
                       "reason=\"connection_lost\"} 1"));
  // The model says no more to an empty line, and learns what was heard.
  CAF_CHECK_EQUAL(told("response.cancel"), 1u);
  CAF_CHECK_EQUAL(told("conversation.item.truncate"), 1u);
  CAF_CHECK_EQUAL(told("\"audio_end_ms\":" + std::to_string(heard)), 1u);
  response_done("r1", "cancelled");
  auto entries = said();
  CAF_REQUIRE_EQUAL(entries.size(), 1u);
  CAF_CHECK(!entries[0].text.empty());
  CAF_CHECK(!entries[0].unheard.empty());
  pass(2s);
  auto step = ask_next();
  CAF_CHECK(step.what == kind::connect);
  CAF_CHECK_EQUAL(step.attempt, 2u);
  CAF_CHECK_EQUAL(told("response.create"), 0u);
  auto second = open("second", second_sid, 2);
  CAF_CHECK_EQUAL(state(), "talking");
  CAF_CHECK_EQUAL(info().stream_sid, second_sid);
  CAF_CHECK_EQUAL(info().children[0].state, "running");
  CAF_CHECK_EQUAL(dials.size(), 1u);
  CAF_CHECK(!session->close_code);
  CAF_CHECK_EQUAL(told("The line broke off"), 1u);
  CAF_CHECK_EQUAL(told("response.create"), 1u);
  // Nothing of the old stream's is played again; what comes now is.
  CAF_CHECK_EQUAL(tests::count(second->sent, R"("event":"media")"), 0u);
  agent_says("r2", "i2", 500, "I said nine to five.");
  CAF_CHECK_GREATER(tests::count(second->sent, R"("event":"media")"), 0u);
  CAF_CHECK_EQUAL(tests::count(second->sent, second_sid), second->sent.size());
  // The caller is heard, once.
  media(second, second_sid);
  CAF_CHECK_EQUAL(told("append"), 2u);
  // A mark of the old stream's says nothing about this one's audio.
  auto stale = env->metrics->stale_marks->value();
  say_mark(second, second_sid, last_mark);
  CAF_CHECK_EQUAL(env->metrics->stale_marks->value(), stale + 1);
  pass(env->limits.reattach_grace + 1s);
  CAF_CHECK_EQUAL(state(), "talking");
  stop(second, second_sid);
  CAF_CHECK_EQUAL(outcome(), "completed");
  CAF_CHECK(session->close_code.has_value());
}

CAF_TEST(scenario_14_without a new stream all is torn down) {
  begin();
  reset(stream);
  pass(env->limits.reattach_grace - 1ms);
  CAF_CHECK_EQUAL(state(), "reattaching");
  CAF_CHECK(!session->close_code);
  pass(1ms);
  CAF_CHECK_EQUAL(outcome(), "stream_lost");
  CAF_CHECK(session->close_code.has_value());
  CAF_CHECK_EQUAL(env->metrics->active_calls->value(), 0);
  CAF_CHECK(says_failure());
  // Nobody takes a stream of it any more.
  auto late = open("second", second_sid, 2);
  CAF_CHECK(!late->started);
}

CAF_TEST(scenario_14_a stream that Twilio was told of and does not bring) {
  begin();
  reset(stream);
  pass(5s);
  CAF_CHECK(ask_next().what == kind::connect);
  pass(env->limits.reattach_grace - 1ms);
  CAF_CHECK_EQUAL(state(), "reattaching");
  pass(1ms);
  CAF_CHECK_EQUAL(outcome(), "stream_lost");
  CAF_CHECK(session->close_code.has_value());
}

CAF_TEST(scenario_14_an item of which no mark came is deleted) {
  begin();
  agent_says("r1", "i1", 2000, "We are open.");
  response_done("r1");
  pass(500ms);
  reset(stream);
  CAF_CHECK_EQUAL(told("conversation.item.delete"), 1u);
  CAF_CHECK_EQUAL(told("conversation.item.truncate"), 0u);
  open("second", second_sid, 2); // Twilio may be faster than its question.
  CAF_CHECK_EQUAL(state(), "talking");
  CAF_CHECK_EQUAL(told("response.create"), 1u);
}

CAF_TEST(scenario_14_the half open stream is given up when Twilio asks) {
  begin();
  stream->auto_confirm = false; // Nobody is there.
  auto step = ask_next({.retry_token = "t1", .attempt = 1});
  CAF_CHECK(step.what == kind::connect);
  CAF_CHECK(stream->close_code == net::close_code::going_away);
  CAF_CHECK_EQUAL(state(), "reattaching");
  auto second = open("second", second_sid, 2);
  CAF_CHECK_EQUAL(state(), "talking");
  // What the old one still has to say is of the past.
  auto late = env->metrics->late_messages->value();
  media(stream, stream_sid);
  CAF_CHECK_EQUAL(told("append"), 0u);
  CAF_CHECK_EQUAL(env->metrics->late_messages->value(), late + 1);
  stop(stream, stream_sid);
  stream->confirm_close();
  consume_messages();
  CAF_CHECK_EQUAL(state(), "talking");
  CAF_CHECK(!second->close_code);
  // So is the question: tried again, it has the answer that it had.
  CAF_CHECK(ask_next({.retry_token = "t1", .attempt = 1}) == step);
  CAF_CHECK(ask_next({.attempt = 1}) == step);
  CAF_CHECK_EQUAL(state(), "talking");
  CAF_CHECK_EQUAL(info().children[0].restarts, 1u);
  // About the new one it is a question like the first.
  step = ask_next({.retry_token = "t2", .attempt = 2});
  CAF_CHECK_EQUAL(step.attempt, 3u);
  CAF_CHECK(second->close_code.has_value());
  CAF_CHECK_EQUAL(state(), "reattaching");
}

CAF_TEST(scenario_14_a stop of the stream that was given up) {
  begin();
  stream->auto_confirm = false;
  env->limits.media_timeout = 2s;
  reset(stream);
  auto second = open("second", second_sid, 2);
  second->auto_confirm = false;
  wait(3s);
  CAF_CHECK_EQUAL(state(), "reattaching");
  CAF_CHECK_EQUAL(info().children[0].last_reason, "media_timeout");
  stop(second, second_sid); // It was not half-open after all.
  CAF_CHECK_EQUAL(state(), "reattaching");
  pass(env->limits.reattach_grace);
  CAF_CHECK_EQUAL(outcome(), "completed"); // Nobody asked: they hung up.
}

CAF_TEST(scenario_14_no media is a lost stream) {
  env->limits.media_timeout = 4s;
  begin();
  for (auto i = 0; i < 100; ++i) {
    pass(100ms);
    media(stream, stream_sid, 20 * i);
  }
  CAF_CHECK_EQUAL(state(), "talking");
  wait(4s - 50ms);
  CAF_CHECK_EQUAL(state(), "talking");
  wait(1050ms); // It is looked four times.
  CAF_CHECK_EQUAL(state(), "reattaching");
  CAF_CHECK(stream->close_code == net::close_code::going_away);
  CAF_CHECK_EQUAL(info().children[0].last_reason, "media_timeout");
  open("second", second_sid, 2);
  CAF_CHECK_EQUAL(state(), "talking");
}

CAF_TEST(a thread that stood still does not blame the peer) {
  env->limits.media_timeout = 4s;
  begin();
  pass(1min); // In one step.
  CAF_CHECK_EQUAL(state(), "talking");
}

CAF_TEST(the turn of a caller whose line breaks off is closed) {
  begin();
  media(stream, stream_sid);
  say(session, R"({"type":"input_audio_buffer.speech_started","event_id":"e",)"
               R"("audio_start_ms":0,"item_id":"u1"})");
  reset(stream);
  auto before = told("append");
  wait(1000ms);
  CAF_CHECK_GREATER(told("append"), before);
  say(session, R"({"type":"input_audio_buffer.speech_stopped","event_id":"e",)"
               R"("audio_end_ms":500,"item_id":"u1"})");
  before = told("append");
  wait(1s);
  CAF_CHECK_EQUAL(told("append"), before);
  // What the server says to half a sentence is for nobody.
  say(session, R"({"type":"response.created","event_id":"e","response":{)"
               R"("id":"r1"}})");
  CAF_CHECK_EQUAL(told("response.cancel"), 1u);
  response_done("r1", "cancelled");
  open("second", second_sid, 2);
  CAF_CHECK_EQUAL(told("response.create"), 1u);
}

CAF_TEST(a greeting that nobody heard anything of is said again) {
  env->agent.greeting = "Say hello.";
  begin();
  CAF_CHECK_EQUAL(told("\"purpose\":\"greeting\""), 1u);
  reset(stream);
  open("second", second_sid, 2);
  say(session, R"({"type":"response.created","event_id":"e","response":{)"
               R"("id":"r1","metadata":{"create":"1"}}})");
  response_done("r1", "cancelled");
  CAF_CHECK_EQUAL(told("\"purpose\":\"greeting\""), 2u);
}

CAF_TEST_FIXTURE_SCOPE_END()
