// How often a stream is waited for, and which of two that come is taken.
#define CAF_SUITE actors.call_streams

#include "actors/call_token.hpp"
#include "tests/fakes/streams.hpp"

using namespace offhook;
using namespace offhook::actors;
using namespace std::chrono_literals;

namespace {

using kind = next_step::kind;
using tests::second_sid;

} // namespace

CAF_TEST_FIXTURE_SCOPE(stream_attempts, tests::streams_fixture)

CAF_TEST(streams that do not last are tried a bounded number of times) {
  env->limits.reattach_attempts = 3;
  begin();
  for (auto i = 2; i < 5; ++i) {
    reset(stream);
    CAF_REQUIRE_EQUAL(state(), "reattaching");
    CAF_CHECK_EQUAL(ask_next().attempt, static_cast<std::uint32_t>(i));
    stream = open("t" + std::to_string(i), second_sid, i);
  }
  reset(stream);
  CAF_CHECK_EQUAL(outcome(), "stream_lost");
  CAF_CHECK(session->close_code.has_value());
  auto step = ask_next();
  CAF_CHECK(step.what == kind::hang_up);
  CAF_CHECK(step.say_failure);
}

CAF_TEST(a stream that lasted gives the attempts back) {
  env->limits.reattach_attempts = 1;
  begin();
  for (auto i = 2; i < 8; ++i) {
    pass(30s);
    reset(stream);
    CAF_REQUIRE_EQUAL(state(), "reattaching");
    ask_next();
    stream = open("t" + std::to_string(i), second_sid, i);
  }
  pass(29s);
  reset(stream);
  CAF_CHECK_EQUAL(outcome(), "stream_lost");
}

CAF_TEST(streams that cannot be opened are tried a bounded number of times) {
  env->limits.reattach_attempts = 3;
  begin();
  reset(stream);
  for (auto i = 2u; i < 5; ++i) {
    pass(5s);
    auto step
      = ask_next({.retry_token = "q" + std::to_string(i), .attempt = i - 1});
    CAF_CHECK(step.what == kind::connect);
    CAF_CHECK_EQUAL(step.attempt, i);
  }
  auto step = ask_next({.retry_token = "q5", .attempt = 4});
  CAF_CHECK(step.what == kind::hang_up);
  CAF_CHECK(step.say_failure);
  CAF_CHECK_EQUAL(outcome(), "stream_lost");
}

CAF_TEST(a first stream that cannot be opened is tried again) {
  supervisor = admit();
  session = open_session();
  auto step = ask_next({.retry_token = "q1", .attempt = 1});
  CAF_CHECK(step.what == kind::connect);
  CAF_CHECK_EQUAL(step.attempt, 2u);
  CAF_CHECK_EQUAL(state(), "waiting_for_stream");
  open("second", second_sid, 2);
  CAF_CHECK_EQUAL(state(), "talking");
  CAF_CHECK_EQUAL(told("The line broke off"), 0u);
}

CAF_TEST(no attempts at all) {
  env->limits.reattach_attempts = 0;
  begin();
  reset(stream);
  CAF_CHECK_EQUAL(outcome(), "stream_lost");
}

CAF_TEST(the newest stream with a token of its own wins) {
  begin();
  auto none = open("", second_sid, 2);
  auto used = open("first", second_sid, 2);
  for (const auto& x : {none, used})
    CAF_CHECK(x->close_code == net::close_code::policy_violation);
  CAF_CHECK(!stream->close_code);
  CAF_CHECK_EQUAL(env->metrics->refused_streams->value(), 2);
  agent_says("r1", "i1", 2000, "We are open.");
  auto newest = open("second", second_sid, 2);
  CAF_CHECK(stream->close_code == net::close_code::going_away);
  CAF_CHECK(newest->started);
  CAF_CHECK_EQUAL(info().stream_sid, second_sid);
  CAF_CHECK_EQUAL(info().children[0].last_reason, "stream_replaced");
  CAF_CHECK_EQUAL(told("conversation.item.delete"), 1u);
  media(newest, second_sid);
  CAF_CHECK_EQUAL(told("append"), 1u);
  // It costs no attempt: nothing was lost.
  for (auto i = 0; i < 10; ++i)
    open("more" + std::to_string(i), second_sid, 3);
  CAF_CHECK_EQUAL(state(), "talking");
  // And none of their tokens is good for another.
  for (const auto* token : {"first", "second", "more3", "more9"})
    CAF_CHECK(open(token, second_sid, 3)->close_code
              == net::close_code::policy_violation);
  CAF_CHECK_EQUAL(state(), "talking");
}

CAF_TEST(a stream without a token is not the one that a lost one waits for) {
  begin();
  reset(stream);
  CAF_CHECK_EQUAL(state(), "reattaching");
  auto none = open("", second_sid, 2);
  CAF_CHECK(none->close_code == net::close_code::policy_violation);
  CAF_CHECK_EQUAL(env->metrics->refused_streams->value(), 1);
  CAF_CHECK_EQUAL(state(), "reattaching");
  auto second = open("second", second_sid, 2);
  CAF_CHECK(!second->close_code);
  CAF_CHECK_EQUAL(state(), "talking");
}

CAF_TEST(scenario_15_two webhooks and two streams are one call) {
  auto key = [this](int i) {
    return call_token::make(env->token_key, sid, env->wall_clock() + i, 60);
  };
  ask(admit_call{sid, "+15017122661", "+15558675310", {}, {}, "w1"})
    .receive([&](const call_home& x) { supervisor = x.supervisor; },
             [](const caf::error& x) { CAF_FAIL(caf::to_string(x)); });
  for (const auto* token : {"w1", "w2", ""})
    ask(admit_call{sid, "+15017122661", "+15558675310", {}, {}, token})
      .receive([&](
                 const call_home& x) { CAF_CHECK(x.supervisor == supervisor); },
               [](const caf::error& x) { CAF_FAIL(caf::to_string(x)); });
  session = open_session();
  auto first = arrive(key(0), true);
  auto second = arrive(key(1), true);
  CAF_CHECK_EQUAL(env->metrics->calls_started->value(), 1);
  CAF_CHECK_EQUAL(env->metrics->active_calls->value(), 1);
  CAF_CHECK_EQUAL(dials.size(), 1u);
  CAF_CHECK(first->close_code == net::close_code::going_away);
  CAF_CHECK(!second->close_code);
  CAF_CHECK_EQUAL(state(), "talking");
  media(second, stream_sid);
  CAF_CHECK_EQUAL(told("append"), 1u);
  pass(1min);
  CAF_CHECK_EQUAL(state(), "talking");
}

CAF_TEST(scenario_15_a webhook that is tried again after its call) {
  auto began = [this](const std::string& token) {
    auto result = false;
    ask(admit_call{sid, "", "", {}, {}, token})
      .receive(
        [&](const call_home& x) {
          result = true;
          supervisor = x.supervisor;
        },
        [](const caf::error&) {});
    return result;
  };
  CAF_CHECK(began("w1"));
  self->send(registry, end_call{call_outcome::ended_by_us}, sid);
  pass(10s);
  CAF_CHECK(!began("w1"));
  CAF_CHECK_EQUAL(env->metrics->calls_started->value(), 1);
  CAF_CHECK(began("w2"));
}

CAF_TEST_FIXTURE_SCOPE_END()
