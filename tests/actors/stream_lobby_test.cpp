// From an accepted socket to its call, or to its refusal.
#define CAF_SUITE actors.stream_lobby

#include "actors/call_token.hpp"
#include "tests/fakes/call.hpp"

using namespace offhook;
using namespace offhook::actors;
using namespace std::literals;

namespace {

struct fixture : tests::call_fixture {
  std::string token(std::int64_t age_s = 0) {
    return token_of(sid, age_s);
  }

  /// A token that is good for a minute from when it was made.
  std::string token_of(const std::string& call_sid, std::int64_t age_s = 0) {
    return call_token::make(env->token_key, call_sid, env->wall_clock() - age_s,
                            60);
  }

  void check_refused(const std::shared_ptr<tests::fake_socket>& socket) {
    CAF_CHECK(socket->close_code == net::close_code::policy_violation);
    // Whoever has not shown that Twilio sent them spends nothing.
    CAF_CHECK_EQUAL(dials.size(), 0u);
    CAF_CHECK_EQUAL(env->metrics->calls_started->value(), 0);
  }

  void hang_up(const std::shared_ptr<tests::fake_socket>& stream) {
    say(stream, R"({"event":"stop","sequenceNumber":"9","stop":{},)"
                R"("streamSid":")"
                  + stream_sid + "\"}");
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(stream_lobby_tests, fixture)

CAF_TEST(a genuine token begins a call without a webhook) {
  auto stream = arrive(token(), true);
  CAF_CHECK(!stream->close_code);
  CAF_CHECK_EQUAL(dials.size(), 1u);
  CAF_CHECK_EQUAL(state(), "talking");
}

CAF_TEST(a local stream begins a call without a token) {
  auto stream = arrive("", false);
  CAF_CHECK(!stream->close_code);
  CAF_CHECK_EQUAL(dials.size(), 1u);
  CAF_CHECK_EQUAL(state(), "talking");
}

CAF_TEST(a stream that proves nothing opens no session) {
  check_refused(arrive("", true));
  check_refused(arrive("1800000000.aa.bb", false));
  check_refused(arrive(token_of("CAother"), true));
  check_refused(arrive(token(61), true));
  CAF_CHECK_EQUAL(env->metrics->refused_streams->value(), 4);
}

CAF_TEST(a stream joins the call of its webhook) {
  admit();
  auto stream = arrive(token(), true);
  CAF_CHECK(!stream->close_code);
  CAF_CHECK_EQUAL(dials.size(), 1u);
  CAF_CHECK_EQUAL(env->metrics->calls_started->value(), 1);
}

CAF_TEST(a token cannot begin its call a second time) {
  auto shown = token();
  auto stream = arrive(shown, true);
  open_session();
  hang_up(stream);
  CAF_CHECK_EQUAL(env->metrics->active_calls->value(), 0);
  auto again = arrive(shown, true);
  CAF_CHECK(again->close_code == net::close_code::policy_violation);
  CAF_CHECK_EQUAL(dials.size(), 1u);
  CAF_CHECK_EQUAL(env->metrics->calls_started->value(), 1);
  // A new webhook for the same CallSid does.
  admit();
  CAF_CHECK(!arrive(token(), true)->close_code);
}

CAF_TEST(a socket without start is closed after a while) {
  auto socket = std::make_shared<tests::fake_socket>();
  receive_stream(sys, env, registry, socket, {&socket->loop()}, false);
  consume_messages();
  say(socket, R"({"event":"connected","protocol":"Call","version":"1.0.0"})");
  for (const auto* text : {"", "{", R"({"event":"surprise"})"})
    say(socket, text);
  pass(env->limits.start_timeout - 1ms);
  CAF_CHECK(!socket->close_code);
  pass(1ms);
  CAF_CHECK(socket->close_code == net::close_code::policy_violation);
  CAF_CHECK_EQUAL(env->metrics->refused_streams->value(), 1);
}

CAF_TEST(nothing of a lobby stays when its stream has gone on) {
  caf::weak_actor_ptr lobby;
  auto stream = arrive(token(), true, [&] {
    auto& newest = dynamic_cast<caf::scheduled_actor&>(*sched.jobs.back());
    CAF_CHECK_EQUAL(newest.name(), "stream-lobby"s);
    lobby = newest.ctrl();
  });
  CAF_CHECK(!stream->close_code);
  pass(env->limits.start_timeout); // What its timers hold goes with them.
  CAF_CHECK_EQUAL(lobby->strong_refs.load(), 0u);
  CAF_CHECK_EQUAL(lobby->weak_refs.load(), 1u); // The one of this test.
}

CAF_TEST(a stream of other audio is refused at once) {
  auto socket = std::make_shared<tests::fake_socket>();
  receive_stream(sys, env, registry, socket, {&socket->loop()}, false);
  consume_messages();
  say(socket, R"({"event":"start","sequenceNumber":"1","start":{"streamSid":)"
              R"("MZ1","callSid":"CA1","mediaFormat":{"encoding":"audio/l16",)"
              R"("sampleRate":16000,"channels":1}},"streamSid":"MZ1"})");
  CAF_CHECK(socket->close_code == net::close_code::policy_violation);
  CAF_CHECK_EQUAL(dials.size(), 0u);
}

CAF_TEST_FIXTURE_SCOPE_END()
