// The whole gateway on real sockets.
#define CAF_SUITE app.server

#include "tests/app/server_fixture.hpp"

#include <fstream>

#include <caf/test/dsl.hpp>

#include "protocol/signature.hpp"

using namespace offhook;
using namespace offhook::app;
namespace steps = offhook::app::standins::steps;

namespace {

using fixture = tests::server_fixture;

bool contains(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

constexpr const char* form = "CallSid=CA0123456789abcdef0123456789abcdef"
                             "&From=%2B15017122661&To=%2B15558675310";

/// A caller who hears the greeting and hangs up.
standins::script short_call() {
  return {{steps::hear{500}}, {steps::hang_up{}}};
}

} // namespace

CAF_TEST_FIXTURE_SCOPE(server_tests, fixture)

CAF_TEST(the routes answer as they must) {
  start();
  CAF_CHECK_EQUAL(get("/healthz").status, 200u);
  CAF_CHECK_EQUAL(get("/readyz").status, 200u);
  CAF_CHECK_EQUAL(get("/").status, 200u);
  auto unknown = get("/no/such/route");
  CAF_CHECK_EQUAL(unknown.status, 404u);
  CAF_CHECK(contains(unknown.body, R"({"error":{"code":"not_found")"));
  auto wrong = post("/healthz", "");
  CAF_CHECK_EQUAL(wrong.status, 405u);
  CAF_CHECK_EQUAL(wrong.header("allow"), "GET");
  auto plain = get("/ai-stream");
  CAF_CHECK_EQUAL(plain.status, 426u);
  CAF_CHECK_EQUAL(plain.header("upgrade"), "websocket");
  CAF_CHECK_EQUAL(post("/incoming-call", "CallSid=").status, 400u);
  CAF_CHECK_EQUAL(post("/incoming-call", "CallSid=%zz").status, 400u);
  CAF_CHECK_EQUAL(get("/v1/calls/CAnone").status, 404u);
  CAF_CHECK_EQUAL(get("/v1/calls").body, R"({"calls":[]})");
}

CAF_TEST(the webhook answers with a stream of its own) {
  set("twiml.greeting", "Hold on & listen.");
  start();
  auto answer = post("/incoming-call", form);
  CAF_CHECK_EQUAL(answer.status, 200u);
  CAF_CHECK_EQUAL(answer.header("content-type"), "text/xml");
  CAF_CHECK(contains(answer.body, "<Response><Say>Hold on &amp; listen.</Say>"
                                  "<Connect "));
  auto host = url("").substr(7);
  CAF_CHECK(
    contains(answer.body, "<Stream url=\"ws://" + host + "/ai-stream\">"));
  CAF_CHECK(contains(answer.body,
                     "<Connect action=\"http://" + host + "/stream-ended\">"));
  CAF_CHECK(contains(answer.body, "<Parameter name=\"token\" value=\""));
  auto calls = get("/v1/calls").body;
  CAF_CHECK(contains(calls, "CA0123456789abcdef0123456789abcdef"));
  CAF_CHECK(contains(calls, "waiting_for_stream"));
}

CAF_TEST(a call over real sockets) {
  start();
  auto result = call(short_call());
  CAF_CHECK_EQUAL(result.failure, "");
  CAF_CHECK_EQUAL(result.stats.violation_count, 0u);
  CAF_CHECK(result.stats.first_agent_ms.has_value());
  auto metrics = get("/metrics").body;
  CAF_CHECK(contains(metrics, "offhook_calls_started_total 1\n"));
  CAF_CHECK(contains(metrics, "offhook_active_calls "));
  CAF_CHECK(contains(metrics, "caf_system_queued_messages "));
  CAF_CHECK(!contains(metrics, "caf_system_queued_messages_total"));
  CAF_CHECK(contains(metrics, "caf_actor_mailbox_time_seconds_count{name="
                              "\"bridge\"}"));
}

CAF_TEST(metrics during a call) {
  start();
  std::string during;
  std::thread asker;
  auto result = call({{steps::hear{200}},
                      {steps::cue{"ask"}},
                      {steps::pause{1500}},
                      {steps::hang_up{}}},
                     [&](const standins::timeline_event& event) {
                       if (event.what == standins::timeline_event::kind::cue)
                         asker = std::thread{[&] {
                           // A connection of its own: the caller's loop is
                           // busy with the call.
                           tests::server_fixture* self = this;
                           during = self->get("/metrics").body;
                         }};
                     });
  asker.join();
  CAF_CHECK_EQUAL(result.failure, "");
  CAF_CHECK(contains(during, "offhook_active_calls 1\n"));
  // For the test `app.promtool`.
  std::ofstream{OFFHOOK_BINARY_DIR "/metrics.txt"} << during;
}

CAF_TEST(signed calls pass and others do not ) {
  keys.twilio_auth_token = "0123456789abcdef0123456789abcdef";
  start();
  CAF_CHECK_EQUAL(post("/incoming-call", form).status, 403u);
  CAF_CHECK_EQUAL(post("/stream-ended", form).status, 403u);
  CAF_CHECK_EQUAL(agent->open_sessions(), 0u); // Nothing was dialled.
  auto result = call(short_call());
  CAF_CHECK_EQUAL(result.failure, "");
  CAF_CHECK(result.stats.first_agent_ms.has_value());
}

CAF_TEST(a model that refuses the key is told to the caller) {
  agent_options.agent.faults.refuse_upgrade = 401;
  start();
  auto result = call({{steps::await_close{}}});
  CAF_CHECK(to_string(result.ending) == "hung_up");
  CAF_REQUIRE(!result.documents.empty());
  CAF_CHECK(contains(result.documents.back().body, "<Say>I am sorry"));
  CAF_CHECK(contains(result.documents.back().body, "<Hangup/>"));
}

CAF_TEST(the gateway stops under open calls) {
  start();
  std::promise<void> heard;
  auto told = false;
  std::thread stopper{[&] {
    heard.get_future().wait();
    gateway->stop();
  }};
  auto result
    = call({{steps::hear{200}}, {steps::await_close{}}},
           [&](const standins::timeline_event& event) {
             if (event.what == standins::timeline_event::kind::agent_began
                 && !std::exchange(told, true))
               heard.set_value();
           });
  stopper.join();
  CAF_CHECK_EQUAL(result.stats.violation_count, 0u);
  CAF_CHECK_EQUAL(agent->open_sessions(), 0u);
}

CAF_TEST(the gateway starts and stops again and again) {
  start();
  for (int i = 0; i < 10; ++i) {
    gateway = std::make_unique<app::server>(cfg, keys);
    gateway->start();
    CAF_REQUIRE_EQUAL(get("/readyz").status, 200u);
  }
}

CAF_TEST_FIXTURE_SCOPE_END()
