// A whole call whose caller is with somebody else for a while, as the registry
// and Twilio see it. On virtual time.
#define CAF_SUITE actors.call_transfer

#include "actors/call_tools.hpp"
#include "tests/fakes/call.hpp"

using namespace offhook;
using namespace offhook::actors;
using namespace std::chrono_literals;

namespace {

using kind = next_step::kind;
using socket_ptr = std::shared_ptr<tests::fake_socket>;

struct fixture : tests::call_fixture {
  fixture() {
    env->behaviours = built_in_behaviours();
    env->agent.behaviours = {"tools", "silence"};
    env->agent.silence.after_ms = 5000;
    env->agent.transfer.targets = {{"desk", "+15550100"}};
    env->agent.transfer.timeout_s = 20;
    env->agent.transfer.caller_id = "+15550199";
    for (const auto* name : {"transfer_call", "send_digits"})
      env->agent.session.tools.push_back(*built_in_tool(name, env->agent));
    supervisor = admit();
    stream = open_stream(supervisor, {{"token", "first"}});
    session = open_session();
  }

  ~fixture() {
    // Whatever happened, nothing is left of the call.
    self->send(registry, end_call{call_outcome::ended_by_us}, sid);
    pass(10s);
    ask(list_calls{})
      .receive([](const call_list& x) { CAF_CHECK_EQUAL(x.calls.size(), 0u); },
               [](const caf::error& x) { CAF_FAIL(caf::to_string(x)); });
    CAF_CHECK_EQUAL(env->metrics->active_calls->value(), 0);
  }

  /// The model calls a function, and says nothing.
  void agent_calls(const std::string& name, const std::string& arguments) {
    std::string quoted;
    for (auto c : arguments)
      quoted += c == '"' ? "\\\"" : std::string(1, c);
    respond(R"({"id":"i","type":"function_call","call_id":"call_1",)"
            R"("name":")"
            + name + R"(","arguments":")" + quoted + R"("})");
  }

  /// A response with these items: that which we asked for, if we did.
  void respond(const std::string& items) {
    auto asked = std::to_string(creates());
    say(session, R"({"type":"response.created","event_id":"e","response":{)"
                 R"("id":"r)"
                   + asked + R"(","metadata":{"create":")" + asked + R"("}}})");
    say(session, R"({"type":"response.done","event_id":"e","response":{)"
                 R"("id":"r)"
                   + asked + R"(","status":"completed","output":[)" + items
                   + "]}}");
  }

  void agent_transfers() {
    agent_calls("transfer_call", R"({"target":"desk"})");
  }

  std::size_t creates() {
    return tests::count(session->sent, "response.create");
  }

  call_supervisor_actor supervisor;
  socket_ptr stream;
  socket_ptr session;
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(call_transfer_tests, fixture)

CAF_TEST(a transfer that is answered ends the call) {
  agent_transfers();
  CAF_CHECK(stream->close_code == net::close_code::normal);
  CAF_CHECK_EQUAL(state(), "away");
  CAF_CHECK(!session->close_code);
  auto step = ask_next();
  CAF_CHECK(step.what == kind::dial);
  CAF_CHECK_EQUAL(step.target, "+15550100");
  CAF_CHECK_EQUAL(step.caller_id, "+15550199");
  CAF_CHECK_EQUAL(step.timeout_s, 20u);
  pass(10s);
  CAF_CHECK_EQUAL(state(), "away");
  CAF_CHECK_EQUAL(creates(), 0u); // Nobody asks a line that is not there.
  CAF_CHECK_EQUAL(env->metrics->orders_dropped->value(), 0);
  CAF_CHECK(ask_next({.dial_status = "completed"}) == next_step{});
  CAF_CHECK_EQUAL(outcome(), "transferred");
  CAF_CHECK(session->close_code.has_value());
  CAF_CHECK(counted(R"(offhook_transfers_total{result="completed"} 1)"));
}

CAF_TEST(a transfer that fails brings the caller back) {
  agent_transfers();
  ask_next();
  pass(8s);
  auto step = ask_next({.dial_status = "busy"});
  CAF_CHECK(step.what == kind::connect);
  CAF_CHECK(!step.say_failure);
  auto second = open_stream(supervisor, {{"token", "second"}});
  CAF_CHECK_EQUAL(state(), "talking");
  CAF_CHECK_EQUAL(info().children[0].state, "running");
  CAF_CHECK_EQUAL(dials.size(), 1u); // The session was there all the time.
  CAF_CHECK_EQUAL(tests::count(session->sent, R"(\"reason\":\"busy\")"), 1u);
  CAF_CHECK_EQUAL(creates(), 1u);
  say(second, media_frame());
  CAF_CHECK_EQUAL(tests::count(session->sent, "append"), 1u);
  // From now on it is a call as any other.
  pass(env->limits.stream_grace + 1s);
  CAF_CHECK_EQUAL(state(), "talking");
  say(second, R"({"event":"stop","sequenceNumber":"9","stop":{"accountSid":)"
              R"("AC0","callSid":")"
                + sid + R"("},"streamSid":")" + stream_sid + "\"}");
  CAF_CHECK_EQUAL(outcome(), "completed");
}

CAF_TEST(a bridge that fails as the caller comes back tells it all the same) {
  env->faults_allowed = true;
  agent_transfers();
  ask_next();
  ask_next({.dial_status = "busy"});
  self->send(supervisor, raise_fault{"bridge"}); // Before it hears of anything.
  open_stream(supervisor, {{"token", "second"}});
  CAF_CHECK_EQUAL(info().children[2].restarts, 1u);
  CAF_CHECK_EQUAL(tests::count(session->sent, R"(\"reason\":\"busy\")"), 1u);
  CAF_CHECK_EQUAL(creates(), 1u);
}

CAF_TEST(a stream that comes as the other one is left) {
  auto leave = leave_line{actors::orders::transfer{"call_1", "desk", 0}};
  leave.stream = 1;
  open_stream(supervisor, {{"token", "second"}});
  self->send(supervisor, leave);
  consume_messages();
  CAF_CHECK_EQUAL(state(), "talking");
  CAF_CHECK_EQUAL(tests::count(session->sent, "the line broke off"), 1u);
}

CAF_TEST(a caller may be sent away twice) {
  for (auto i = 0; i < 2; ++i) {
    agent_transfers();
    CAF_CHECK(ask_next().what == kind::dial);
    CAF_CHECK(ask_next({.dial_status = "no-answer"}).what == kind::connect);
    open_stream(supervisor, {{"token", "again" + std::to_string(i)}});
    CAF_CHECK_EQUAL(state(), "talking");
  }
  CAF_CHECK_EQUAL(tests::count(session->sent, R"(\"reason\":\"no-answer\")"),
                  2u);
}

CAF_TEST(what Twilio does not say in time is a talk) {
  agent_transfers();
  ask_next();
  pass(20s + env->limits.transfer_grace - 10ms);
  CAF_CHECK_EQUAL(state(), "away");
  pass(10ms);
  CAF_CHECK_EQUAL(outcome(), "transferred");
  CAF_CHECK(!ask_next({.dial_status = "completed"}).say_failure);
  // And should it fail after all, the caller is not left without a word.
  CAF_CHECK(ask_next({.dial_status = "busy"}).say_failure);
  CAF_CHECK(
    !ask_next({.caller_gone = true, .dial_status = "busy"}).say_failure);
}

CAF_TEST(who hangs up while it rings ends the call) {
  agent_transfers();
  ask_next();
  CAF_CHECK(ask_next({.caller_gone = true, .dial_status = "canceled"})
            == next_step{});
  CAF_CHECK_EQUAL(outcome(), "completed");
  CAF_CHECK(session->close_code.has_value());
}

CAF_TEST(who hangs up after the talk was transferred) {
  agent_transfers();
  ask_next();
  ask_next({.caller_gone = true, .dial_status = "completed"});
  CAF_CHECK_EQUAL(outcome(), "transferred");
}

CAF_TEST(who hangs up at once ends the call) {
  agent_transfers();
  CAF_CHECK(ask_next({.caller_gone = true}) == next_step{});
  CAF_CHECK_EQUAL(outcome(), "completed");
}

CAF_TEST(a stream that is closed and not asked about is lost) {
  agent_transfers();
  pass(env->limits.action_grace - 10ms);
  CAF_CHECK_EQUAL(state(), "away");
  pass(10ms);
  CAF_CHECK_EQUAL(outcome(), "stream_lost");
}

CAF_TEST(a stop while the stream closes is a caller who hung up) {
  stream->auto_confirm = false;
  agent_transfers();
  say(stream, R"({"event":"stop","sequenceNumber":"9","stop":{"accountSid":)"
              R"("AC0","callSid":")"
                + sid + R"("},"streamSid":")" + stream_sid + "\"}");
  stream->confirm_close();
  consume_messages();
  CAF_CHECK_EQUAL(state(), "away"); // Twilio may say so of a close as well.
  pass(env->limits.action_grace);
  CAF_CHECK_EQUAL(outcome(), "completed");
}

CAF_TEST(a stream that does not come back is lost) {
  agent_transfers();
  ask_next();
  ask_next({.dial_status = "failed"});
  pass(env->limits.stream_grace - 10ms);
  CAF_CHECK_EQUAL(state(), "away");
  pass(10ms);
  CAF_CHECK_EQUAL(outcome(), "stream_lost");
}

CAF_TEST(a stream that cannot be opened again is lost) {
  agent_transfers();
  ask_next();
  CAF_CHECK_EQUAL(ask_next({.dial_status = "failed"}).attempt, 2u);
  for (auto i = 0u; i < env->limits.reattach_attempts; ++i) {
    auto step = ask_next();
    CAF_CHECK(step.what == kind::connect);
    CAF_CHECK_EQUAL(step.attempt, i + 3);
    CAF_CHECK_EQUAL(state(), "away");
  }
  auto step = ask_next();
  CAF_CHECK(step.what == kind::hang_up);
  CAF_CHECK(step.say_failure);
  CAF_CHECK_EQUAL(outcome(), "stream_lost");
}

CAF_TEST(no stream is taken before the caller is to come back) {
  agent_transfers();
  for (const auto* status : {"", "busy"}) {
    auto early = open_stream(supervisor,
                             {{"token", std::string{"t"} + status}});
    CAF_CHECK(early->close_code == net::close_code::policy_violation);
    CAF_CHECK_EQUAL(state(), "away");
    ask_next({.dial_status = status});
  }
  auto used = open_stream(supervisor, {{"token", "first"}});
  CAF_CHECK(used->close_code == net::close_code::policy_violation);
  CAF_CHECK_EQUAL(state(), "away");
  open_stream(supervisor, {{"token", "second"}});
  CAF_CHECK_EQUAL(state(), "talking");
}

CAF_TEST(a question that is asked twice has one answer) {
  agent_transfers();
  CAF_CHECK(ask_next({.retry_token = "t1"}).what == kind::dial);
  CAF_CHECK(ask_next({.retry_token = "t1"}).what == kind::dial);
  CAF_CHECK(ask_next({.dial_status = "busy", .retry_token = "t2"}).what
            == kind::connect);
  CAF_CHECK(ask_next({.dial_status = "busy", .retry_token = "t2"}).what
            == kind::connect);
  CAF_CHECK(ask_next({.dial_status = "busy"}).what == kind::connect);
  CAF_CHECK(tests::count({metrics_text()},
                         "offhook_transfers_total{result=\"busy\"} 1\n")
            == 1);
  open_stream(supervisor, {{"token", "second"}});
  CAF_CHECK_EQUAL(state(), "talking");
}

CAF_TEST(a call ends at its longest while the caller is away) {
  self->send(registry, end_call{call_outcome::ended_by_us}, sid);
  consume_messages();
  env->agent.transfer.timeout_s = 600;
  env->limits.max_duration = 5min;
  supervisor = admit();
  stream = open_stream(supervisor, {{"token", "other"}});
  session = open_session();
  agent_transfers();
  ask_next();
  pass(5min);
  CAF_CHECK_EQUAL(outcome(), "ended_by_us");
  CAF_CHECK(session->close_code.has_value());
}

CAF_TEST(a session that cannot be had does not take the caller back) {
  env->limits.max_session_gap = 2s;
  pass(5s); // The session has lasted.
  agent_transfers();
  ask_next();
  session->end({net::ws_closed::cause::lost, 1006, {}, "reset"});
  consume_messages();
  for (auto i = 0; i < 30; ++i)
    pass(100ms);
  CAF_CHECK_EQUAL(outcome(), "none"); // Perhaps nobody will need it.
  CAF_CHECK(ask_next({.dial_status = "busy"}).say_failure);
  CAF_CHECK_EQUAL(outcome(), "model_failed");
  CAF_CHECK(!ask_next({.dial_status = "completed"}).say_failure);
}

CAF_TEST(targets and digits that there are not ) {
  agent_calls("transfer_call", R"({"target":"moon"})");
  CAF_CHECK(!stream->close_code);
  CAF_CHECK_EQUAL(tests::count(session->sent, "target must be one of"), 1u);
  CAF_CHECK_EQUAL(creates(), 1u); // The agent goes on.
  CAF_CHECK_EQUAL(state(), "talking");
}

CAF_TEST(arguments that are none) {
  agent_calls("transfer_call", "[1,");
  CAF_CHECK(!stream->close_code);
  CAF_CHECK_EQUAL(tests::count(session->sent, "target must be one of"), 1u);
}

CAF_TEST(only tones can be sent) {
  for (const auto* bad : {R"({"digits":"12a"})", R"({"digits":""})", "{}",
                          R"({"digits":"012345678901234567890123456789012"})"})
    agent_calls("send_digits", bad);
  CAF_CHECK(!stream->close_code);
  CAF_CHECK_EQUAL(tests::count(session->sent, "digits must be 1 to 32"), 4u);
}

CAF_TEST(tones are sent and the agent goes on) {
  agent_calls("send_digits", R"({"digits":"w12#"})");
  CAF_CHECK(stream->close_code == net::close_code::normal);
  auto step = ask_next({.retry_token = "t1"});
  CAF_CHECK(step.what == kind::send_digits);
  CAF_CHECK_EQUAL(step.digits, "w12#");
  CAF_CHECK(ask_next({.retry_token = "t1"}) == step);
  open_stream(supervisor, {{"token", "second"}});
  CAF_CHECK_EQUAL(state(), "talking");
  CAF_CHECK_EQUAL(tests::count(session->sent, R"(\"status\":\"sent\")"), 1u);
  CAF_CHECK_EQUAL(creates(), 1u);
}

CAF_TEST(tones are not sent again and again) {
  agent_calls("send_digits", R"({"digits":"1"})");
  CAF_CHECK(ask_next().what == kind::send_digits);
  // The stream behind them was not opened.
  CAF_CHECK(ask_next().what == kind::connect);
  open_stream(supervisor, {{"token", "second"}});
  CAF_CHECK_EQUAL(state(), "talking");
  CAF_CHECK_EQUAL(tests::count(session->sent, R"(\"status\":\"sent\")"), 1u);
}

CAF_TEST(silence is counted from the return ) {
  agent_transfers();
  ask_next();
  pass(19s);
  ask_next({.dial_status = "busy"});
  open_stream(supervisor, {{"token", "second"}});
  respond("");
  auto before = creates();
  pass(4900ms);
  CAF_CHECK_EQUAL(creates(), before);
  pass(200ms);
  CAF_CHECK_EQUAL(creates(), before + 1);
}

CAF_TEST_FIXTURE_SCOPE_END()
