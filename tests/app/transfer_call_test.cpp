// Calls whose caller is connected with somebody else for a while, over real
// sockets and with the documents that Twilio gets.
#define CAF_SUITE app.transfer_call

#include "tests/app/server_fixture.hpp"
#include "tests/app/tone.hpp"
#include "tests/text.hpp"

#include <mutex>

#include <caf/test/dsl.hpp>

#include "protocol/g711.hpp"

using namespace offhook;
using namespace offhook::app;
namespace steps = offhook::app::standins::steps;

namespace {

using tests::has;
using tests::tone;

struct fixture : tests::server_fixture {
  fixture() {
    set("agents.default.tools", "transfer_call,send_digits");
    set("agents.default.transfer.targets", "desk=sip:desk@pbx.example.com");
    set("agents.default.transfer.timeout", "7s");
    set("agents.default.transfer.caller-id", "+15550199");
    agent_options.agent.script.answer = [this](
                                          const standins::turn_info& turn) {
      std::lock_guard guard{mutex};
      for (const auto& [id, output] : turn.tool_outputs)
        results.push_back(output);
      standins::agent_reply reply;
      reply.outputs.push_back(standins::spoken_line{"A line.", tone(line_ms)});
      if (!turn.greeting && turn.tool_outputs.empty())
        reply.outputs.push_back(called);
      return reply;
    };
    called = {"transfer_call", R"({"target":"desk"})"};
    twilio.dial_ms = 100;
    twilio.speech_factor = 0;
  }

  ~fixture() {
    stop_servers();
  }

  /// The caller asks for something, and the line is used for it.
  standins::demo_caller_result call_and(standins::script more) {
    steps::say please;
    please.name = "please";
    please.audio = tone(400);
    standins::script script{{steps::hear_end{}},
                            {please},
                            {steps::hear_end{}},
                            {steps::await_close{}}};
    script.insert(script.end(), more.begin(), more.end());
    return call(std::move(script));
  }

  bool counted(const std::string& line) {
    return has(get("/metrics").body, line + "\n");
  }

  /// Whether one session had the whole call: what it was told of its function
  /// call it took, and no other was begun.
  bool kept_session() {
    auto metrics = get("/metrics").body;
    return !has(metrics, "offhook_socket_restarts_total{")
           && !has(metrics, "offhook_realtime_errors_total{")
           && counted("offhook_calls_started_total 1");
  }

  std::mutex mutex;
  std::size_t line_ms = 700;
  standins::called_function called;
  std::vector<std::string> results;
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(transfer_call_tests, fixture)

CAF_TEST(a caller is transferred) {
  start();
  auto result = call_and({});
  CAF_CHECK_EQUAL(result.failure, "");
  CAF_CHECK_EQUAL(result.stats.violation_count, 0u);
  CAF_CHECK(result.ending == standins::call_ending::hung_up);
  CAF_REQUIRE_EQUAL(result.documents.size(), 3u);
  auto origin = url("");
  CAF_CHECK(has(result.documents[1].body,
                "<Response><Dial action=\"" + origin
                  + "/transfer-ended\" timeout=\"7\" callerId=\"+15550199\">"
                    "<Sip>sip:desk@pbx.example.com</Sip></Dial></Response>"));
  CAF_CHECK_EQUAL(result.documents[2].url, origin + "/transfer-ended");
  CAF_CHECK(has(result.documents[2].body, "<Response><Hangup/></Response>"));
  // Greeting and goodbye were heard to their ends.
  CAF_CHECK_EQUAL(result.stats.bytes_played, 2 * 700u * 8);
  CAF_CHECK_EQUAL(result.stats.bytes_unplayed, 0u);
  CAF_CHECK(has(get("/v1/calls/" + result.call_sid).body, "\"transferred\""));
  CAF_CHECK(results.empty());
}

CAF_TEST(a caller whom nobody answers comes back) {
  keys.twilio_auth_token = "0123456789abcdef0123456789abcdef";
  twilio.dial_status = "busy";
  start();
  auto result = call_and({{steps::hear_end{}}, {steps::hang_up{}}});
  CAF_CHECK_EQUAL(result.failure, "");
  CAF_CHECK_EQUAL(result.stats.violation_count, 0u);
  CAF_CHECK(result.ending == standins::call_ending::caller_hung_up);
  CAF_CHECK_EQUAL(result.stats.streams, 2u);
  CAF_REQUIRE_GREATER_OR_EQUAL(result.documents.size(), 3u);
  CAF_CHECK(has(result.documents[2].body, "<Response><Connect action="));
  CAF_REQUIRE_EQUAL(results.size(), 1u);
  CAF_CHECK(has(results[0], "busy"));
  CAF_CHECK_EQUAL(result.stats.bytes_played, 3 * 700u * 8);
  CAF_CHECK(kept_session());
}

CAF_TEST(tones are played and the agent goes on) {
  called = {"send_digits", R"({"digits":"w12#"})"};
  start();
  auto result = call_and({{steps::hear_end{}}, {steps::hang_up{}}});
  CAF_CHECK_EQUAL(result.failure, "");
  CAF_CHECK_EQUAL(result.stats.violation_count, 0u);
  CAF_REQUIRE_GREATER_OR_EQUAL(result.documents.size(), 2u);
  CAF_CHECK(has(result.documents[1].body,
                "<Response><Play digits=\"w12#\"/><Connect action="));
  CAF_CHECK_EQUAL(result.stats.streams, 2u);
  CAF_REQUIRE_EQUAL(results.size(), 1u);
  CAF_CHECK(has(results[0], "sent"));
  CAF_CHECK(kept_session());
}

CAF_TEST(a caller who speaks first stays) {
  line_ms = 3000;
  start();
  steps::say please;
  please.name = "please";
  please.audio = tone(400);
  steps::say wait;
  wait.name = "wait";
  wait.audio = tone(400);
  auto result = call({{steps::hear_end{}},
                      {please},
                      {steps::hear{700}},
                      {wait},
                      {steps::hear_end{}},
                      {steps::hang_up{}}});
  CAF_CHECK_EQUAL(result.failure, "");
  CAF_CHECK_EQUAL(result.stats.streams, 1u);
  CAF_REQUIRE_EQUAL(results.size(), 1u);
  CAF_CHECK(has(results[0], "the caller spoke"));
}

CAF_TEST(a caller who hangs up while it rings) {
  twilio.dial_ms = 20'000;
  start();
  auto result = call_and({{steps::pause{200}}, {steps::hang_up{}}});
  CAF_CHECK_EQUAL(result.failure, "");
  CAF_CHECK(has(get("/v1/calls/" + result.call_sid).body, "\"away\""));
  // Twilio says so by the action of the dial.
  auto ended = post("/transfer-ended", "CallSid=" + result.call_sid
                                         + "&CallStatus=completed"
                                           "&DialCallStatus=canceled");
  CAF_CHECK(has(ended.body, "<Response><Hangup/></Response>"));
  CAF_CHECK(has(get("/v1/calls/" + result.call_sid).body, "\"completed\""));
}

CAF_TEST(webhooks of a transfer that nobody asked for) {
  keys.twilio_auth_token = "0123456789abcdef0123456789abcdef";
  start();
  CAF_CHECK_EQUAL(post("/transfer-ended", "CallSid=CA1").status, 403u);
  keys.twilio_auth_token = "";
}

CAF_TEST_FIXTURE_SCOPE_END()
