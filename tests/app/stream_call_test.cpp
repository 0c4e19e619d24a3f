// Calls whose Media Streams socket is lost or comes twice, over real sockets
// and with the documents that Twilio gets.
#define CAF_SUITE app.stream_call

#include "tests/app/server_fixture.hpp"
#include "tests/app/tone.hpp"
#include "tests/text.hpp"

#include <caf/test/dsl.hpp>

#include "protocol/g711.hpp"

using namespace offhook;
using namespace offhook::app;
namespace steps = offhook::app::standins::steps;
using kind = offhook::app::standins::timeline_event::kind;

namespace {

using tests::has;
using tests::tone;

steps::say please() {
  steps::say result;
  result.name = "please";
  result.audio = tone(400);
  return result;
}

struct fixture : tests::server_fixture {
  fixture() {
    agent_options.agent.script.answer = [](const standins::turn_info&) {
      standins::agent_reply reply;
      reply.outputs.push_back(standins::spoken_line{"A line.", tone(900)});
      return reply;
    };
    twilio.speech_factor = 0;
    keys.twilio_auth_token = "0123456789abcdef0123456789abcdef";
  }

  ~fixture() {
    stop_servers();
  }

  bool counted(const std::string& line) {
    return has(get("/metrics").body, line + "\n");
  }

  /// One phone call, begun on the callers' loop.
  std::future<standins::demo_caller_result>
  place(standins::script script,
        std::function<void(const standins::timeline_event&)> on_event = {}) {
    standins::demo_caller_options options;
    options.twilio = twilio;
    options.twilio.url = url("/incoming-call");
    options.twilio.auth_token = keys.twilio_auth_token;
    options.person.steps = std::move(script);
    options.person.on_event = std::move(on_event);
    auto over = std::make_shared<std::promise<standins::demo_caller_result>>();
    auto result = over->get_future();
    loop.post([this, over, options = std::move(options)]() mutable {
      start_demo_call(loop, std::move(options),
                      [over](standins::demo_caller_result x) {
                        over->set_value(std::move(x));
                      });
    });
    return result;
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(stream_call_tests, fixture)

CAF_TEST(scenario_14_a stream that is lost is brought again) {
  start();
  auto result = call({{steps::hear_end{}},
                      {please()},
                      {steps::hear{300}},
                      {steps::lose_stream{}},
                      {steps::hear_end{}},
                      {please()},
                      {steps::hear_end{}},
                      {steps::hang_up{}}});
  CAF_CHECK_EQUAL(result.failure, "");
  CAF_CHECK_EQUAL(result.stats.violation_count, 0u);
  CAF_CHECK(result.ending == standins::call_ending::caller_hung_up);
  CAF_CHECK_EQUAL(result.stats.streams, 2u);
  CAF_REQUIRE_EQUAL(result.documents.size(), 2u);
  auto origin = url("");
  CAF_CHECK(has(result.documents[0].body,
                "<Connect action=\"" + origin + "/stream-ended\"><Stream "));
  CAF_CHECK(
    has(result.documents[0].body, "<Parameter name=\"attempt\" value=\"1\"/>"));
  CAF_CHECK(has(result.documents[0].body,
                "</Connect><Redirect method=\"POST\">" + origin
                  + "/stream-ended</Redirect></Response>"));
  CAF_CHECK_EQUAL(result.documents[1].url, origin + "/stream-ended");
  CAF_CHECK(
    has(result.documents[1].body, "<Response><Connect action=\"" + origin
                                    + "/stream-ended?attempt=2\"><Stream "));
  CAF_CHECK(
    has(result.documents[1].body, "<Parameter name=\"attempt\" value=\"2\"/>"));
  CAF_CHECK(has(result.documents[1].body,
                "<Redirect method=\"POST\">" + origin
                  + "/stream-ended?attempt=2</Redirect></Response>"));
  auto metrics = get("/metrics").body;
  CAF_CHECK(has(metrics, "offhook_calls_started_total 1\n"));
  CAF_CHECK(has(metrics, "socket=\"twilio\""));
  CAF_CHECK(has(metrics, "reason=\"connection_lost\""));
  CAF_CHECK(!has(metrics, "socket=\"openai\""));
  auto page = get("/v1/calls/" + result.call_sid).body;
  CAF_CHECK(has(page, "\"completed\""));
  CAF_CHECK(has(page, "\"restarts\":1"));
}

CAF_TEST(scenario_15_two webhooks and two streams are one call) {
  twilio.call_sid = "CA00112233445566778899aabbccddeeff";
  start();
  std::promise<void> talks;
  auto first
    = place({{steps::hear{200}}, {steps::cue{"talks"}}, {steps::await_close{}}},
            [&talks](const standins::timeline_event& x) {
              if (x.what == kind::cue)
                talks.set_value();
            });
  talks.get_future().wait();
  auto second = place(
    {{steps::hear_end{}}, {please()}, {steps::hear_end{}}, {steps::hang_up{}}});
  auto older = first.get();
  CAF_CHECK_EQUAL(older.failure, "");
  // What the one is told that was replaced leaves the other alone.
  CAF_CHECK(older.ending == standins::call_ending::hung_up);
  auto newer = second.get();
  CAF_CHECK_EQUAL(newer.failure, "");
  CAF_CHECK(newer.ending == standins::call_ending::caller_hung_up);
  CAF_CHECK_EQUAL(newer.stats.streams, 1u);
  CAF_CHECK(counted("offhook_calls_started_total 1"));
  CAF_CHECK(counted("offhook_refused_streams_total 0"));
  CAF_CHECK(has(get("/metrics").body, "reason=\"stream_replaced\""));
  CAF_CHECK(has(get("/v1/calls/" + newer.call_sid).body, "\"completed\""));
}

CAF_TEST_FIXTURE_SCOPE_END()
