// The whole gateway on real sockets.
#define CAF_SUITE app.server

#include "tests/app/server_fixture.hpp"
#include "tests/text.hpp"

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <fstream>
#include <iterator>

#include <caf/test/dsl.hpp>

#include "app/sounds.hpp"
#include "protocol/signature.hpp"

using namespace offhook;
using namespace offhook::app;
namespace steps = offhook::app::standins::steps;

namespace {

using tests::has;
using fixture = tests::server_fixture;

constexpr const char* form = "CallSid=CA0123456789abcdef0123456789abcdef"
                             "&From=%2B15017122661&To=%2B15558675310";

/// A caller who hears the greeting and hangs up.
standins::script short_call() {
  return {{steps::hear{500}}, {steps::hang_up{}}};
}

/// The first frame that a stream cannot do without, for a call of that number.
std::string start_frame(const std::string& number) {
  return R"({"event":"start","sequenceNumber":"1","start":{"streamSid":"MZ)"
         + number + R"(","accountSid":"AC0","callSid":"CA)" + number
         + R"(","tracks":["inbound"],"mediaFormat":{"encoding":)"
           R"("audio/x-mulaw","sampleRate":8000,"channels":1},)"
           R"("customParameters":{}},"streamSid":"MZ)"
         + number + "\"}";
}

std::size_t count_open_files() {
  std::filesystem::directory_iterator files{"/proc/self/fd"};
  return static_cast<std::size_t>(std::distance(begin(files), end(files)));
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
  CAF_CHECK(has(unknown.body, R"({"error":{"code":"not_found")"));
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
  CAF_CHECK(has(answer.body, "<Response><Say>Hold on &amp; listen.</Say>"
                             "<Connect "));
  auto host = url("").substr(7);
  CAF_CHECK(has(answer.body, "<Stream url=\"ws://" + host + "/ai-stream\">"));
  CAF_CHECK(
    has(answer.body, "<Connect action=\"http://" + host + "/stream-ended\">"));
  CAF_CHECK(has(answer.body, "<Parameter name=\"token\" value=\""));
  auto calls = get("/v1/calls").body;
  CAF_CHECK(has(calls, "CA0123456789abcdef0123456789abcdef"));
  CAF_CHECK(has(calls, "waiting_for_stream"));
}

CAF_TEST(a call over real sockets) {
  start();
  auto result = call(short_call());
  CAF_CHECK_EQUAL(result.failure, "");
  CAF_CHECK_EQUAL(result.stats.violation_count, 0u);
  CAF_CHECK(result.stats.first_agent_ms.has_value());
  auto metrics = get("/metrics").body;
  CAF_CHECK(has(metrics, "offhook_calls_started_total 1\n"));
  CAF_CHECK(has(metrics, "offhook_active_calls "));
  CAF_CHECK(has(metrics, "caf_system_queued_messages "));
  CAF_CHECK(!has(metrics, "caf_system_queued_messages_total"));
  CAF_CHECK(has(metrics, "caf_actor_mailbox_time_seconds_count{name="
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
  CAF_CHECK(has(during, "offhook_active_calls 1\n"));
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

CAF_TEST(streams are refused before anything is spent) {
  keys.twilio_auth_token = "0123456789abcdef0123456789abcdef";
  start();
  CAF_CHECK_EQUAL(upgrade("/ai-stream"), 403u); // unsigned
  auto signed_url = "wss" + url("/ai-stream").substr(4);
  auto sign = [&](const std::string& what) {
    return std::pair<std::string, std::string>{
      "X-Twilio-Signature",
      protocol::signature::sign(keys.twilio_auth_token, what)};
  };
  CAF_CHECK_EQUAL(upgrade("/ai-stream", {sign(signed_url + "x")}), 403u);
  CAF_CHECK_EQUAL(upgrade("/elsewhere", {sign(signed_url)}), 404u);
  CAF_CHECK_EQUAL(upgrade("/ai-stream",
                          {sign(signed_url), {"Origin", "https://x.example"}}),
                  403u);
  CAF_CHECK_EQUAL(upgrade("/ai-stream", {sign(signed_url)}), 101u);
  CAF_CHECK_EQUAL(agent->open_sessions(), 0u);
  CAF_CHECK_EQUAL(agent->stats().sessions, 0u);
}

CAF_TEST(a web page cannot place calls) {
  start();
  CAF_CHECK_EQUAL(upgrade("/ai-stream", {{"Origin", "https://evil.example"}}),
                  403u);
  const auto webhook = std::string{"/incoming-call?"} + form;
  CAF_CHECK_EQUAL(get(webhook, {{"Origin", "https://evil.example"}}).status,
                  403u);
  // An image on a page says no Origin.
  CAF_CHECK_EQUAL(get(webhook, {{"Sec-Fetch-Site", "cross-site"}}).status,
                  403u);
  CAF_CHECK_EQUAL(get("/v1/calls").body, R"({"calls":[]})");
}

CAF_TEST(the control API is not for those behind a proxy) {
  keys.api_token = "let me in";
  start();
  CAF_CHECK_EQUAL(get("/v1/calls").status, 200u);
  const std::pair<std::string, std::string> forwarded{"X-Forwarded-For",
                                                      "192.0.2.1"};
  for (const auto* path : {"/v1/calls", "/v1/calls/CA1"}) {
    CAF_CHECK_EQUAL(get(path, {forwarded}).status, 401u);
    CAF_CHECK_EQUAL(
      get(path, {forwarded, {"Authorization", "Bearer wrong"}}).status, 401u);
  }
  CAF_CHECK_EQUAL(
    get("/v1/calls", {forwarded, {"Authorization", "Bearer let me in"}}).status,
    200u);
}

CAF_TEST(an open line does not start) {
  set("http.address", "0.0.0.0");
  std::string why;
  try {
    start();
  } catch (const std::exception& x) {
    why = x.what();
  }
  CAF_CHECK(has(why, "TWILIO_AUTH_TOKEN"));
  CAF_CHECK(has(why, "http.address=0.0.0.0"));
}

CAF_TEST(a model that refuses the key is told to the caller) {
  agent_options.agent.faults.refuse_upgrade = 401;
  start();
  auto result = call({{steps::await_close{}}});
  CAF_CHECK(to_string(result.ending) == "hung_up");
  CAF_REQUIRE(!result.documents.empty());
  // By us, over the stream; so that Twilio has nothing more to say.
  auto heard = result.tape.audio(standins::call_tape::track::agent);
  auto words = sound("outage-goodbye");
  CAF_CHECK(std::search(heard.begin(), heard.end(), words.begin(), words.end())
            != heard.end());
  CAF_CHECK(!has(result.documents.back().body, "<Say>"));
  CAF_CHECK(has(result.documents.back().body, "<Hangup/>"));
}

CAF_TEST(a call that is cut off by the end of the process gets a sentence) {
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
  CAF_REQUIRE(!result.documents.empty());
  CAF_CHECK(has(result.documents.back().body, "<Say>I am sorry"));
  CAF_CHECK_EQUAL(agent->open_sessions(), 0u);
}

CAF_TEST(many starts and stops under open calls leave nothing behind) {
  set("call.last-words", "0ms"); // Nobody here asks what comes next.
  start();
  constexpr std::size_t calls = 4;
  constexpr int rounds = tests::sanitized ? 25 : 100;
  std::size_t open_files = 0;
  for (int round = 0; round < rounds; ++round) {
    std::vector<net::web_socket_ptr> streams(calls);
    std::vector<std::uint16_t> codes(calls, 0);
    std::promise<void> all_closed;
    std::atomic<std::size_t> closed = 0;
    for (std::size_t i = 0; i < calls; ++i) {
      CAF_REQUIRE_EQUAL(open_socket("/ai-stream", {}, streams[i]), 101u);
      on_loop([&] {
        streams[i]->start({.on_text = {},
                           .on_binary = {},
                           .on_dropped = {},
                           .on_closed = [&, i](const net::ws_closed& how) {
                             codes[i] = how.code;
                             if (++closed == calls)
                               all_closed.set_value();
                           }});
        // One of them never says which call it is of.
        if (i > 0)
          streams[i]->send(start_frame(std::to_string(i)),
                           net::frame_class::control);
      });
    }
    while (agent->open_sessions() < calls - 1)
      get("/v1/calls");
    while (!has(get("/metrics").body, "offhook_active_calls 3\n")
           || has(get("/v1/calls").body, "waiting_for_stream"))
      get("/healthz");
    gateway->stop();
    all_closed.get_future().wait();
    CAF_CHECK_EQUAL(codes[0], net::close_code::policy_violation);
    for (std::size_t i = 1; i < calls; ++i)
      CAF_CHECK_EQUAL(codes[i], net::close_code::service_restart);
    on_loop([&] { streams.clear(); });
    gateway = std::make_unique<app::server>(cfg, keys);
    gateway->start();
    while (agent->open_sessions() > 0)
      get("/healthz");
    if (round == 9)
      open_files = count_open_files();
  }
  CAF_CHECK_LESS_OR_EQUAL(count_open_files(), open_files + 4);
}

CAF_TEST_FIXTURE_SCOPE_END()
