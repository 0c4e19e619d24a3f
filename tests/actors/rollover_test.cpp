// A session is replaced before it grows too old: beside the other one, at a
// silence.
#define CAF_SUITE actors.rollover

#include "actors/rollover.hpp"
#include "tests/fakes/talk.hpp"

using namespace offhook;
using namespace offhook::actors;
using namespace std::chrono_literals;

namespace {

struct fixture : tests::talk_fixture {
  fixture() {
    env->agent.session.transcription_model = "gpt-4o-mini-transcribe";
    env->agent.greeting = "Greet the caller.";
    env->rollover.age = 60s;
    begin_talk();
    agent_greets("Hello.");
    caller_says(first, "i1", "Who are you?");
    agent_says(first, "r1", "Your assistant.");
    hear();
  }
};

} // namespace

CAF_TEST(a session is replaced before its end or at its age) {
  const rollover_rules rules{50min, 3min};
  const std::int64_t now = 1'700'000'000;
  auto wait = [&](const rollover_rules& by, std::optional<std::int64_t> at) {
    auto result = rollover_wait(by, at, now);
    return result ? result->count() / 1000 : -1;
  };
  CAF_CHECK_EQUAL(wait(rules, std::nullopt), 50 * 60);
  CAF_CHECK_EQUAL(wait(rules, now + 3600), 50 * 60);
  CAF_CHECK_EQUAL(wait(rules, now + 1800), 27 * 60);
  CAF_CHECK_EQUAL(wait(rules, now + 60), 30);      // A short life.
  CAF_CHECK_EQUAL(wait(rules, now + 2), 10);       // No faster than this.
  CAF_CHECK_EQUAL(wait(rules, now - 60), 50 * 60); // A clock is wrong.
  CAF_CHECK_EQUAL(wait(rules, INT64_MAX), 50 * 60);
  CAF_CHECK_EQUAL(wait(rules, INT64_MIN), 50 * 60);
  CAF_CHECK_EQUAL(wait({0ms, 3min}, now + 3600), 57 * 60);
  CAF_CHECK_EQUAL(wait({0ms, 3min}, std::nullopt), -1);
}

CAF_TEST_FIXTURE_SCOPE(rollover, fixture)

CAF_TEST(the next one is told all and takes over at a silence) {
  pass(58s);
  CAF_CHECK_EQUAL(dials.size(), 1u);
  say(first, R"({"type":"input_audio_buffer.speech_started","event_id":"e",)"
             R"("audio_start_ms":0,"item_id":"i2"})");
  pass(4s);
  CAF_REQUIRE_EQUAL(dials.size(), 2u);
  auto second = open_session();
  pass(2s);
  CAF_CHECK(items(second).empty()); // The caller speaks.
  say(stream, caller_frame(20, 5));
  CAF_CHECK_EQUAL(tests::count(second->sent, "append"), 0u);
  CAF_CHECK(!first->close_code);
  caller_says(first, "i2", "Where are you?");
  agent_says(first, "r2", "Here.");
  hear();
  acknowledge(second);
  CAF_CHECK(first->close_code == net::close_code::normal);
  std::string told;
  for (const auto& x : items(second)) {
    auto at = x.find(R"("text":")") + 8;
    told += x.substr(at, x.find('"', at) - at) + '|';
  }
  CAF_CHECK_EQUAL(told,
                  "Hello.|Who are you?|Your assistant.|Where are you?|Here.|");
  // Nobody speaks because of it, and nothing is heard twice.
  CAF_CHECK_EQUAL(tests::count(second->sent, "response.create"), 0u);
  say(stream, caller_frame(40, 6));
  CAF_CHECK(audio_in(second).back() == std::byte{6});
  auto old = audio_in(first);
  CAF_CHECK_EQUAL(std::count(old.begin(), old.end(), std::byte{6}), 0);
  CAF_CHECK_EQUAL(info().children[1].restarts, 0u);
  CAF_CHECK(metrics_text().find(R"(offhook_rollovers_total{result="done"} 1)")
            != std::string::npos);
  // ... and so on.
  pass(61s);
  CAF_CHECK_EQUAL(dials.size(), 3u);
}

CAF_TEST(one that cannot be had is tried again while the other one works) {
  pass(60s);
  CAF_REQUIRE_EQUAL(dials.size(), 2u);
  fail_dial({net::connect_error::kind::connect, 0, "refused"});
  say(stream, caller_frame(20, 5));
  CAF_CHECK(audio_in(first).back() == std::byte{5});
  pass(15s);
  CAF_REQUIRE_EQUAL(dials.size(), 3u);
  auto third = open_session();
  acknowledge(third);
  CAF_CHECK(first->close_code.has_value());
}

CAF_TEST(one that is lost meanwhile is replaced by the one under way) {
  pass(60s);
  CAF_REQUIRE_EQUAL(dials.size(), 2u);
  lose(first);
  consume_messages();
  auto second = open_session();
  acknowledge(second);
  say(stream, caller_frame(20, 5));
  CAF_CHECK(audio_in(second).back() == std::byte{5});
  pass(5s);
  CAF_CHECK_EQUAL(dials.size(), 2u);
}

CAF_TEST(a call is not over before the session it left has ended) {
  first->auto_confirm = false;
  pass(60s);
  acknowledge(open_session());
  CAF_REQUIRE(first->close_code == net::close_code::normal);
  self->send(registry, end_call{call_outcome::ended_by_us}, sid);
  consume_messages();
  CAF_CHECK_EQUAL(env->metrics->active_calls->value(), 1);
  pass(env->limits.close_grace); // It is killed, as any other socket.
  CAF_CHECK_EQUAL(env->metrics->active_calls->value(), 0);
}

CAF_TEST(another agent goes before another session of the same) {
  env->agents["sales"] = std::make_shared<agent_profile>(env->agent);
  pass(60s);
  auto second = open_session();
  self->send(supervisor,
             call_order{actors::orders::set_agent{"", "sales", ""}});
  consume_messages();
  CAF_CHECK(second->close_code.has_value() || first->close_code.has_value());
  CAF_REQUIRE_EQUAL(dials.size(), 3u);
  acked = 0;
  auto third = open_session();
  acknowledge(third);
  say(stream, caller_frame(20, 5));
  CAF_CHECK(audio_in(third).back() == std::byte{5});
}

CAF_TEST_FIXTURE_SCOPE_END()
