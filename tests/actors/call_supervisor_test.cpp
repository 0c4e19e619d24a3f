#define CAF_SUITE actors.call_supervisor

#include "actors/call_token.hpp"
#include "tests/fakes/call.hpp"

#include <algorithm>
#include <utility>

#include <caf/event_based_actor.hpp>

using namespace offhook;
using namespace offhook::actors;
using namespace std::chrono_literals;

namespace {

struct fixture : tests::call_fixture {
  void reset(const std::shared_ptr<tests::fake_socket>& socket) {
    socket->end({net::ws_closed::cause::lost, 1006, {}, "reset"});
    consume_messages();
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(call_supervisor_tests, fixture)

CAF_TEST(the session is dialled when the webhook arrives) {
  admit();
  CAF_REQUIRE_EQUAL(dials.size(), 1u);
  auto session = answer_dial();
  CAF_CHECK(session->sent.empty()); // First the server speaks.
  say(session, created());
  CAF_REQUIRE_EQUAL(session->sent.size(), 1u);
  CAF_CHECK_EQUAL(tests::count(session->sent, "session.update"), 1u);
  CAF_CHECK_EQUAL(state(), "waiting_for_stream");
}

CAF_TEST(no audio passes before the session is confirmed) {
  auto supervisor = admit();
  auto stream = open_stream(supervisor);
  auto session = answer_dial();
  say(session, created());
  for (int i = 0; i < 5; ++i)
    say(stream, media_frame());
  CAF_CHECK_EQUAL(tests::count(session->sent, "append"), 0u);
  say(session, updated());
  // All of the first words, as one piece, none twice.
  CAF_REQUIRE_EQUAL(tests::count(session->sent, "append"), 1u);
  CAF_CHECK_EQUAL(tests::count(session->sent, "AAECAwABAgMAAQIDAAECAwABAgM="),
                  1u);
  say(stream, media_frame());
  CAF_CHECK_EQUAL(tests::count(session->sent, "append"), 2u);
}

CAF_TEST(a lost session is dialled again after its delay and not before) {
  auto supervisor = admit();
  auto stream = open_stream(supervisor);
  auto session = open_session();
  reset(session);
  CAF_CHECK_EQUAL(info().children[1].state, "restarting");
  pass(249ms);
  CAF_CHECK_EQUAL(dials.size(), 1u);
  pass(1ms);
  CAF_CHECK_EQUAL(dials.size(), 2u);
  auto second = open_session();
  CAF_CHECK_EQUAL(tests::count(second->sent, "session.update"), 1u);
  say(stream, media_frame());
  CAF_CHECK_GREATER_OR_EQUAL(tests::count(second->sent, "append"), 1u);
  CAF_CHECK(!stream->close_code); // Twilio's socket never noticed.
  CAF_CHECK_EQUAL(info().children[1].restarts, 1u);
  CAF_CHECK_EQUAL(info().children[1].last_reason, "connection_lost");
}

CAF_TEST(the greeting is asked for until some of it came) {
  env->agent.greeting = "Say hello.";
  open_stream(admit());
  auto session = open_session();
  CAF_CHECK_EQUAL(tests::count(session->sent, "response.create"), 1u);
  reset(session);
  pass(250ms);
  // Nobody has spoken yet, and both would wait for each other.
  session = open_session();
  CAF_CHECK_EQUAL(tests::count(session->sent, "response.create"), 1u);
  say(session, R"({"type":"response.created","event_id":"e","response":{)"
               R"("id":"r","metadata":{"create":"2","purpose":"greeting"}}})");
  say(session, R"({"type":"response.output_audio.delta","event_id":"e",)"
               R"("response_id":"r","item_id":"i","output_index":0,)"
               R"("content_index":0,"delta":"AAECAw=="})");
  reset(session);
  pass(250ms);
  // Then it is gone on with.
  session = open_session();
  CAF_CHECK_EQUAL(tests::count(session->sent, "Say hello."), 0u);
}

CAF_TEST(a session that was confirmed gives the budget back) {
  open_stream(admit());
  for (int i = 0; i < 20; ++i) {
    reset(open_session());
    CAF_REQUIRE_EQUAL(state(), "talking");
    pass(250ms); // Always the first delay.
    CAF_REQUIRE_EQUAL(dials.size(), static_cast<std::size_t>(i) + 2);
  }
}

CAF_TEST(attempts that never reach a session spend the budget) {
  env->limits.max_session_gap = 1h;
  auto stream = open_stream(admit());
  for (std::uint32_t i = 0; i < env->budget.attempts; ++i) {
    fail_dial({net::connect_error::kind::connect, 0, "refused"});
    CAF_REQUIRE_EQUAL(state(), "talking");
    pass(env->budget.max_delay);
  }
  CAF_CHECK_EQUAL(dials.size(), env->budget.attempts + 1);
  fail_dial({net::connect_error::kind::connect, 0, "refused"});
  pass(60s);
  CAF_CHECK_EQUAL(dials.size(), env->budget.attempts + 1);
  CAF_CHECK_EQUAL(outcome(), "model_failed");
  CAF_CHECK(stream->close_code == net::close_code::internal_error);
  CAF_CHECK(says_failure());
}

CAF_TEST(a refused key is not tried twice) {
  auto stream = open_stream(admit());
  fail_dial({net::connect_error::kind::refused, 401, "invalid key"});
  pass(60s);
  CAF_CHECK_EQUAL(dials.size(), 1u);
  CAF_CHECK_EQUAL(outcome(), "model_failed");
  CAF_CHECK(stream->close_code.has_value());
  CAF_CHECK(says_failure());
}

CAF_TEST(a call that failed before its stream takes it and says so) {
  auto supervisor = admit();
  fail_dial({net::connect_error::kind::refused, 401, "invalid key"});
  CAF_CHECK_EQUAL(state(), "waiting_for_stream");
  auto stream = open_stream(supervisor);
  CAF_CHECK(stream->close_code.has_value());
  CAF_CHECK(says_failure());
  CAF_CHECK_EQUAL(dials.size(), 1u);
}

CAF_TEST(a session with other audio than asked for is refused) {
  auto stream = open_stream(admit());
  auto session = answer_dial();
  say(session, created());
  say(session, updated("audio/pcm"));
  say(stream, media_frame());
  CAF_CHECK_EQUAL(tests::count(session->sent, "append"), 0u);
  pass(60s);
  CAF_CHECK_EQUAL(dials.size(), 1u);
  CAF_CHECK_EQUAL(info().children[1].last_reason, "session_mismatch");
}

CAF_TEST(a rejected update ends the call and an unrelated error does not ) {
  open_stream(admit());
  auto session = answer_dial();
  say(session, created());
  say(session, R"({"type":"error","event_id":"e3","error":{"type":)"
               R"("invalid_request_error","code":"odd","message":"m",)"
               R"("event_id":"someone_else"}})");
  CAF_CHECK_EQUAL(state(), "talking");
  say(session, R"({"type":"error","event_id":"e3","error":{"type":)"
               R"("invalid_request_error","code":"unknown_parameter",)"
               R"("message":"m","param":"session.x","event_id":"cl_1_1"}})");
  CAF_CHECK_EQUAL(info().children[1].last_reason, "session_rejected");
  CAF_CHECK_EQUAL(outcome(), "model_failed");
}

CAF_TEST(a session that is never confirmed times out and is tried again) {
  open_stream(admit());
  pass(5s); // The dial has a time of its own.
  answer_dial();
  pass(env->limits.session_timeout - 1ms);
  CAF_CHECK_EQUAL(info().children[1].last_reason, "");
  pass(1ms);
  CAF_CHECK_EQUAL(info().children[1].last_reason, "session_timeout");
  pass(250ms);
  CAF_CHECK_EQUAL(dials.size(), 2u);
}

CAF_TEST(scenario_07_benign_errors) {
  open_stream(admit());
  auto session = open_session();
  auto error = [](const std::string& code, const std::string& message) {
    return R"({"type":"error","event_id":"e","error":{"type":)"
           R"("invalid_request_error","code":)"
           + code + R"(,"message":")" + message
           + R"(","param":null,"event_id":"cl_1_2"}})";
  };
  say(session, error(R"("response_cancel_not_active")", "Nothing to cancel."));
  say(session, error(R"("conversation_already_has_active_response")", "Busy."));
  say(session, error("null", "Audio content of 3700ms is already shorter than "
                             "3760ms"));
  say(session, error(R"("unsupported_content_type")", "No audio yet."));
  CAF_CHECK_EQUAL(state(), "talking");
  CAF_CHECK_EQUAL(info().children[1].restarts, 0u);
  CAF_CHECK_EQUAL(dials.size(), 1u);
  CAF_CHECK(
    metrics_text().find("offhook_realtime_errors_total{class=\"benign\"} 4")
    != std::string::npos);
}

CAF_TEST(scenario_27_session_mismatch) {
  // Another format: noticed before any audio passes, and the call takes its
  // exit.
  auto stream = open_stream(admit());
  auto session = answer_dial();
  say(session, created());
  say(stream, media_frame());
  say(session, updated("audio/pcm"));
  say(stream, media_frame(40));
  CAF_CHECK_EQUAL(tests::count(session->sent, "append"), 0u);
  CAF_CHECK_EQUAL(info().children[1].last_reason, "session_mismatch");
  CAF_CHECK(stream->close_code.has_value());
  CAF_CHECK(says_failure());
  CAF_CHECK_EQUAL(env->metrics->session_differences->value(), 2);
}

CAF_TEST(scenario_27_another voice is counted and can be heard) {
  auto stream = open_stream(admit());
  auto session = answer_dial();
  say(session, created());
  say(session, R"({"type":"session.no_such_event","event_id":"e"})");
  say(session,
      R"({"type":"session.updated","event_id":"e2","session":{"id":)"
      R"("sess_1","audio":{"input":{"format":{"type":"audio/pcmu"},)"
      R"("turn_detection":{"type":"server_vad","threshold":0.5,)"
      R"("silence_duration_ms":200,"interrupt_response":true}},)"
      R"("output":{"format":{"type":"audio/pcmu"},"voice":"alloy"}}}})");
  CAF_CHECK_EQUAL(env->metrics->session_differences->value(), 2);
  say(stream, media_frame());
  CAF_CHECK_EQUAL(tests::count(session->sent, "append"), 1u);
  CAF_CHECK_EQUAL(state(), "talking");
}

CAF_TEST(a call without a session for too long gives up) {
  auto stream = open_stream(admit());
  reset(open_session());
  pass(250ms);
  CAF_CHECK_EQUAL(dials.size(), 2u); // It hangs.
  pass(env->limits.max_session_gap - 251ms);
  CAF_CHECK_EQUAL(outcome(), "none");
  pass(1ms);
  CAF_CHECK_EQUAL(outcome(), "model_failed");
  CAF_CHECK(stream->close_code == net::close_code::internal_error);
  CAF_CHECK(says_failure());
}

CAF_TEST(sessions that do not last do not keep a call waiting for ever) {
  auto stream = open_stream(admit());
  auto passed = ms{0};
  for (; outcome() == "none" && passed < 1min; passed += 400ms) {
    reset(open_session());
    pass(400ms);
  }
  CAF_CHECK_EQUAL(outcome(), "model_failed");
  CAF_CHECK_GREATER_OR_EQUAL(passed, env->limits.max_session_gap);
  CAF_CHECK_LESS_OR_EQUAL(passed, env->limits.max_session_gap + 6s);
}

CAF_TEST(one that came at last is given the time to last) {
  auto stream = open_stream(admit());
  for (ms passed{0}; passed < env->limits.max_session_gap - 500ms;
       passed += 500ms) {
    reset(open_session());
    pass(500ms);
  }
  auto session = open_session();
  for (auto i = 0; i < 100; ++i)
    pass(100ms);
  CAF_CHECK_EQUAL(outcome(), "none");
  // The next outage is one of its own.
  reset(session);
  pass(env->limits.max_session_gap - 1ms);
  CAF_CHECK_EQUAL(outcome(), "none");
  pass(1ms);
  CAF_CHECK_EQUAL(outcome(), "model_failed");
}

CAF_TEST(one that is given up as it comes takes nobody in) {
  env->agents["sales"] = std::make_shared<agent_profile>(env->agent);
  env->agent.greeting = "Say hello.";
  auto supervisor = admit();
  auto stream = open_stream(supervisor);
  auto first = answer_dial();
  say(first, created());
  // Its confirmation is on its way to the bridge as the order is obeyed.
  first->say(updated());
  self->send(supervisor,
             call_order{actors::orders::set_agent{"", "sales", ""}});
  consume_messages();
  auto second = open_session();
  say(stream, media_frame());
  CAF_CHECK_EQUAL(tests::count(second->sent, "append"), 1u);
}

CAF_TEST(a failed response that no retry can mend ends the call) {
  auto stream = open_stream(admit());
  auto session = open_session();
  auto failed = [](const std::string& code) {
    return R"({"type":"response.done","event_id":"e","response":{"id":"r",)"
           R"("status":"failed","status_details":{"type":"failed","error":{)"
           R"("type":"invalid_request_error","code":")"
           + code + R"("}}}})";
  };
  say(session, failed("server_error"));
  CAF_CHECK_EQUAL(state(), "talking");
  say(session, failed("insufficient_quota"));
  CAF_CHECK_EQUAL(info().children[1].last_reason, "quota_exhausted");
  CAF_CHECK_EQUAL(outcome(), "model_failed");
  pass(60s);
  CAF_CHECK_EQUAL(dials.size(), 1u);
}

CAF_TEST(an update that failed by the way is tried again) {
  open_stream(admit());
  auto session = answer_dial();
  say(session, created());
  say(session, R"({"type":"error","event_id":"e3","error":{"type":)"
               R"("server_error","code":null,"message":"m",)"
               R"("event_id":"cl_1_1"}})");
  CAF_CHECK_EQUAL(info().children[1].last_reason, "session_failed");
  pass(250ms);
  CAF_CHECK_EQUAL(dials.size(), 2u);
}

CAF_TEST(what Twilio is told next) {
  // Of a call that another process had, or that nobody knows.
  CAF_CHECK(ask_next({.of = "CAunknown"}).say_failure);
  // The caller hung up, and `stop` is still on its way.
  open_stream(admit());
  CAF_CHECK(!ask_next({.caller_gone = true}).say_failure);
  consume_messages();
  CAF_CHECK_EQUAL(outcome(), "completed");
}

CAF_TEST(a shutdown waits for the last questions and not for ever) {
  auto stream = open_stream(admit());
  open_session();
  auto down = self->request(registry, caf::infinite, shut_down{});
  consume_messages();
  CAF_CHECK(stream->close_code == net::close_code::service_restart);
  CAF_CHECK(says_failure()); // And with that it is over.
  auto over = false;
  down.receive([&] { over = true; },
               [](const caf::error& x) { CAF_FAIL(caf::to_string(x)); });
  CAF_CHECK(over);
}

CAF_TEST(a shutdown ends though nobody asks) {
  open_stream(admit());
  open_session();
  auto over = false;
  auto asker = sys.spawn([&](caf::event_based_actor* me) {
    me->request(registry, caf::infinite, shut_down{}).then([&] {
      over = true;
    });
  });
  consume_messages();
  pass(env->limits.last_words - 1ms);
  CAF_CHECK(!over);
  pass(1ms);
  CAF_CHECK(over);
}

CAF_TEST(stop ends the call on both sides) {
  auto stream = open_stream(admit());
  auto session = open_session();
  say(stream, R"({"event":"stop","sequenceNumber":"29","stop":{"accountSid":)"
              R"("AC0","callSid":")"
                + sid + R"("},"streamSid":")" + stream_sid + "\"}");
  CAF_CHECK(session->close_code == net::close_code::normal);
  CAF_CHECK(stream->close_code == net::close_code::normal);
  CAF_CHECK_EQUAL(outcome(), "completed");
  CAF_CHECK(!says_failure());
  CAF_CHECK_EQUAL(env->metrics->active_calls->value(), 0);
}

CAF_TEST(sockets that do not close are killed after the grace) {
  auto stream = open_stream(admit());
  auto session = open_session();
  stream->auto_confirm = session->auto_confirm = false;
  self->send(registry, end_call{call_outcome::ended_by_us}, sid);
  consume_messages();
  CAF_CHECK_EQUAL(env->metrics->active_calls->value(), 1);
  pass(env->limits.close_grace);
  CAF_CHECK_EQUAL(env->metrics->active_calls->value(), 0);
}

CAF_TEST(a webhook whose stream never comes is swept) {
  admit();
  auto session = open_session();
  pass(env->limits.stream_grace - 1ms);
  CAF_CHECK_EQUAL(env->metrics->active_calls->value(), 1);
  pass(1ms);
  CAF_CHECK_EQUAL(env->metrics->active_calls->value(), 0);
  CAF_CHECK(session->close_code == net::close_code::normal);
  CAF_CHECK_EQUAL(outcome(), "no_stream");
}

CAF_TEST(a token opens one stream) {
  auto supervisor = admit();
  auto token = call_token::make(env->token_key, sid, env->wall_clock(), 60);
  auto stream = open_stream(supervisor, {{"token", token}});
  CAF_CHECK(stream->started);
  auto second = open_stream(supervisor, {{"token", token}});
  CAF_CHECK(second->close_code == net::close_code::policy_violation);
  CAF_CHECK(!stream->close_code);
  CAF_CHECK_EQUAL(env->metrics->refused_streams->value(), 1);
}

CAF_TEST(the end of one call leaves the other alone) {
  open_stream(admit());
  open_session();
  call_supervisor_actor other;
  ask(admit_call{"CAother", "", ""})
    .receive([&](const call_home& x) { other = x.supervisor; },
             [](const caf::error& x) { CAF_FAIL(caf::to_string(x)); });
  self->send_exit(other, caf::exit_reason::kill);
  consume_messages();
  CAF_CHECK_EQUAL(env->metrics->active_calls->value(), 1);
  CAF_CHECK_EQUAL(state(), "talking");
}

CAF_TEST(a supervisor that dies takes its sockets along) {
  auto supervisor = admit();
  auto stream = open_stream(supervisor);
  auto session = open_session();
  self->send_exit(supervisor, caf::exit_reason::kill);
  consume_messages();
  CAF_CHECK(stream->close_code == net::close_code::internal_error);
  CAF_CHECK(session->close_code.has_value());
  CAF_CHECK_EQUAL(outcome(), "failed");
  CAF_CHECK(says_failure());
}

CAF_TEST(no timer holds a call that is over) {
  // The clock of tests keeps those that were taken back until they are due.
  auto pending = [&] {
    const auto& all = sched.clock().schedule;
    return std::count_if(all.begin(), all.end(),
                         [](const auto& x) { return !x.second.f.disposed(); });
  };
  auto before = pending();
  for (bool dies : {false, true}) {
    auto supervisor = admit();
    open_stream(supervisor);
    open_session();
    CAF_CHECK_GREATER(pending(), before);
    if (dies)
      self->send_exit(std::exchange(supervisor, nullptr),
                      caf::exit_reason::kill);
    else
      self->send(registry, end_call{call_outcome::ended_by_us}, sid);
    consume_messages();
    CAF_CHECK_EQUAL(env->metrics->active_calls->value(), 0);
    if (dies) // The registry reads its record later.
      pass(env->limits.close_grace);
    CAF_CHECK_EQUAL(pending(), before);
  }
}

CAF_TEST(bad frames are counted and the call goes on) {
  auto stream = open_stream(admit());
  auto session = open_session();
  auto before = session->sent.size();
  for (const auto* text :
       {"", "{", "[]", R"({"event":"media"})", R"({"event":"surprise"})",
        R"({"event":"media","streamSid":"MZother","media":{"payload":""}})"})
    say(stream, text);
  for (const auto* text : {"", "{", "[]", R"({"type":"no.such.event"})",
                           R"({"type":"response.output_audio.delta"})"})
    say(session, text);
  CAF_CHECK_EQUAL(session->sent.size(), before);
  CAF_CHECK(!stream->close_code);
  say(stream, media_frame());
  CAF_CHECK_EQUAL(session->sent.size(), before + 1);
}

CAF_TEST_FIXTURE_SCOPE_END()
