// Functions that a real HTTPS server runs, in whole calls over real sockets:
// whatever it does, no call ends by it.
#define CAF_SUITE app.tools

#include "tests/app/server_fixture.hpp"

#include <algorithm>
#include <fstream>
#include <mutex>

#include <caf/test/dsl.hpp>

#include "protocol/g711.hpp"
#include "protocol/json.hpp"
#include "tests/app/tone.hpp"
#include "tests/net/certificates.hpp"
#include "tests/net/harness.hpp"
#include "tests/net/name_server.hpp"
#include "tests/text.hpp"

using namespace offhook;
using namespace offhook::app;
using namespace offhook::net;
namespace steps = offhook::app::standins::steps;

namespace {

using tests::has;
using tests::tone;

constexpr auto secret = "a secret of the operator's";

struct fixture : tests::server_fixture {
  net::test::test_ca ca;
  net::test::name_server names;
  net::test::running_loops tool_loops{1};
  std::unique_ptr<net::test::test_server> tools;

  std::mutex mutex;
  std::vector<http_request> requests;            ///< that the server got
  std::vector<http_reply_ptr> held;              ///< and did not answer
  std::vector<std::string> outputs;              ///< that the model was told of
  std::vector<standins::called_function> wanted; ///< what it calls once
  std::promise<void> arrived; ///< the first request that is held

  fixture() {
    auto files = ca.issue("DNS:tools.test,DNS:private.test");
    listener_options options;
    options.tls_cert_file = files.cert_file;
    options.tls_key_file = files.key_file;
    tools = std::make_unique<net::test::test_server>(tool_loops, options);
    tools->on_request = [this](http_request x, http_reply_ptr way) {
      serve(std::move(x), std::move(way));
    };
    names.set("tools.test", {"127.0.0.1"}, 60);
    names.set("private.test", {"127.0.0.1"}, 60);
    keys.tool_secret = secret;
    set("http-client.name-servers", names.address());
    set("http-client.ca-file", ca.file());
    set("http-client.allow-origins",
        origin("tools.test") + ", " + origin("private.test"));
    set("http-client.allow-private", "tools.test");
    set("tools.default.deadline", "5s");
    set("agents.default.greeting", "Say hello.");
    agent_options.agent.script.answer = [this](const auto& turn) {
      return reply(turn);
    };
  }

  ~fixture() {
    stop_servers();
    release();
    tools->stop();
  }

  std::string origin(const std::string& host) const {
    return "https://" + host + ":" + std::to_string(tools->port());
  }

  /// A function of that name, at that path and host.
  void add(const std::string& name, const std::string& host = "tools.test") {
    set("tools." + name + ".url", origin(host) + '/' + name);
    auto all = cfg.values().text("agents.default.tools");
    set("agents.default.tools", all.empty() ? name : all + ',' + name);
    wanted.push_back({name, R"({"question":"secret of the caller"})"});
  }

  void serve(http_request x, http_reply_ptr way) {
    std::lock_guard guard{mutex};
    auto path = x.path;
    requests.push_back(std::move(x));
    if (path == "/slow" || path == "/after") {
      held.push_back(std::move(way));
      if (held.size() == 1)
        arrived.set_value();
      return;
    }
    if (path == "/failing")
      way->send({500, "application/json", R"({"trace":"of the server"})", {}});
    else if (path == "/big")
      way->send(
        {200, "application/json", '"' + std::string(100'000, 'a') + '"', {}});
    else if (path == "/garbage")
      way->send({200, "application/json", "<html>", {}});
    else if (path == "/bytes")
      way->send({200, "application/json", "\"\xff\xfe\"", {}});
    else if (path == "/away")
      way->send(
        {307, "text/plain", "", {{"Location", origin("elsewhere.test")}}});
    else
      way->send({200, "application/json", R"({"path":")" + path + "\"}", {}});
  }

  void release() {
    std::lock_guard guard{mutex};
    for (auto& x : held)
      x->send({200, "application/json", R"({"late":true})", {}});
    held.clear();
  }

  standins::agent_reply reply(const standins::turn_info& turn) {
    std::lock_guard guard{mutex};
    for (const auto& [id, output] : turn.tool_outputs)
      outputs.push_back(output);
    standins::agent_reply result;
    if (!turn.greeting && !wanted.empty())
      for (auto& x : std::exchange(wanted, {}))
        result.outputs.emplace_back(std::move(x));
    else
      result.outputs.emplace_back(standins::spoken_line{"words", tone(400)});
    return result;
  }

  /// When no call is left, or the test runs into its limit.
  std::string metrics_afterwards() {
    for (;;)
      if (auto text = get("/metrics").body;
          has(text, "offhook_active_calls 0\n"))
        return text;
  }

  std::size_t told(std::string_view part) {
    std::lock_guard guard{mutex};
    return static_cast<std::size_t>(
      std::count_if(outputs.begin(), outputs.end(),
                    [part](const auto& x) { return has(x, part); }));
  }

  static standins::step say() {
    steps::say result;
    result.name = "question";
    result.audio = tone(400);
    return {result};
  }

  static bool counted(const std::string& metrics, const std::string& tool,
                      const std::string& outcome) {
    return has(metrics, "offhook_tool_calls_total{outcome=\"" + outcome
                          + "\",tool=\"" + tool + "\"} 1\n");
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(tools_tests, fixture)

CAF_TEST(whatever a server does the call goes on) {
  add("good");
  add("slow");
  set("tools.slow.deadline", "500ms");
  for (auto name : {"failing", "big", "garbage", "bytes", "away"})
    add(name);
  add("private", "private.test");
  start();
  auto result = call({{steps::hear_end{}},
                      say(),
                      {steps::hear_end{}},
                      say(),
                      {steps::hear_end{}},
                      {steps::hang_up{}}});
  CAF_CHECK_EQUAL(result.failure, "");
  CAF_CHECK_EQUAL(result.stats.violation_count, 0u);
  auto metrics = metrics_afterwards();
  CAF_CHECK(has(metrics, "offhook_calls_ended_total{outcome=\"completed\"} "
                         "1\n"));
  const std::pair<const char*, const char*> outcomes[]
    = {{"good", "done"},          {"slow", "timeout"},
       {"failing", "bad_status"}, {"big", "too_large"},
       {"garbage", "not_json"},   {"bytes", "not_json"},
       {"away", "forbidden"},     {"private", "forbidden"}};
  for (const auto& [tool, outcome] : outcomes) {
    CAF_MESSAGE(tool);
    CAF_CHECK(counted(metrics, tool, outcome));
  }
  // Each call has its result, all of them in one reply.
  CAF_CHECK_EQUAL(outputs.size(), 8u);
  CAF_CHECK_EQUAL(told(R"({"path":"/good"})"), 1u);
  CAF_CHECK_EQUAL(told("did not answer in time"), 1u);
  CAF_CHECK_EQUAL(told("HTTP status 500"), 1u);
  CAF_CHECK_EQUAL(told("cannot be used"), 3u);
  CAF_CHECK_EQUAL(told("the function failed\""), 2u);
  CAF_CHECK_EQUAL(told("of the server"), 0u);
  // Nothing came by way of the name that leads to a private address.
  CAF_CHECK_EQUAL(requests.size(), 7u);
  // For the test `peers.tool-signature`.
  std::ofstream out{OFFHOOK_BINARY_DIR "/tool-requests.jsonl"};
  for (const auto& x : requests) {
    CAF_CHECK_EQUAL(x.method, "POST");
    CAF_CHECK_EQUAL(x.header("Content-Type"), "application/json");
    CAF_CHECK(has(x.body, R"("call_sid":"CA)"));
    CAF_CHECK(has(x.body, R"("tool":")" + x.path.substr(1) + '"'));
    CAF_CHECK(has(x.body, R"("arguments":{"question":)"));
    CAF_CHECK(std::string{x.header("Idempotency-Key")}.starts_with("CA"));
    std::string line = R"({"secret":)";
    protocol::json::append_quoted(line, secret);
    line += R"(,"signature":)";
    protocol::json::append_quoted(line, x.header("Offhook-Signature"));
    line += R"(,"body":)";
    protocol::json::append_quoted(line, x.body);
    out << line << "}\n";
  }
}

CAF_TEST(a server that answers after the call is not heard) {
  add("after");
  start();
  auto result = call(
    {{steps::hear_end{}}, say(), {steps::pause{1500}}, {steps::hang_up{}}});
  CAF_CHECK_EQUAL(result.failure, "");
  CAF_REQUIRE(arrived.get_future().wait_for(std::chrono::seconds{10})
              == std::future_status::ready);
  release();
  CAF_CHECK_EQUAL(outputs.size(), 0u);
  auto metrics = metrics_afterwards();
  CAF_CHECK(has(metrics, "offhook_calls_ended_total{outcome=\"completed\"} "
                         "1\n"));
  // The next one finds everything as it should be.
  CAF_CHECK_EQUAL(call({{steps::hear_end{}}, {steps::hang_up{}}}).failure, "");
}

CAF_TEST(functions need a secret) {
  add("good");
  keys.tool_secret.clear();
  std::string why;
  try {
    start();
  } catch (const std::exception& error) {
    why = error.what();
  }
  CAF_CHECK(has(why, "OFFHOOK_TOOL_SECRET"));
  CAF_CHECK(has(why, "agents.default.tools"));
}

CAF_TEST_FIXTURE_SCOPE_END()
