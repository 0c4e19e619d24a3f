#define CAF_SUITE actors.webhook_tool

#include "actors/tool_board.hpp"
#include "actors/tool_runs.hpp"
#include "protocol/tool_webhook.hpp"
#include "tests/fakes/fake_http.hpp"

#include <caf/test/dsl.hpp>

#include <set>

using namespace offhook;
using namespace offhook::actors;

namespace {

using kind = net::http_client_error::kind;

tool_runs::time_point at(int ms) {
  return tool_runs::time_point{} + std::chrono::milliseconds{ms};
}

webhook_tool_ptr tool(std::uint32_t deadline_ms, std::string filler = {},
                      bool cancels = false) {
  auto result = tests::make_tool("look_up");
  result.deadline_ms = deadline_ms;
  result.filler = std::move(filler);
  result.filler_after_ms = 1000;
  result.cancel_on_interruption = cancels;
  return std::make_shared<const webhook_tool>(std::move(result));
}

tool_outcome outcome_of(kind x) {
  return read_tool_response(net::http_client_error{x, "why"}).outcome;
}

tool_result response(unsigned status, std::string body) {
  return read_tool_response(
    net::http_client_response{status, {}, std::move(body)});
}

} // namespace

CAF_TEST(a request says who calls and is signed) {
  auto look_up = tests::make_tool("look_up");
  look_up.deadline_ms = 3000;
  look_up.max_response_bytes = 5000;
  auto made = make_tool_request(look_up, {"CA1", "+1501", "+1555", "sales"},
                                {"item_1", "call_1", "look_up", R"({"a":1})"},
                                "secret", 1'700'000'000);
  const auto* x = std::get_if<net::http_client_request>(&made);
  CAF_REQUIRE(x != nullptr);
  CAF_CHECK_EQUAL(x->method, "POST");
  CAF_CHECK_EQUAL(x->url, "https://tools.example.com/look_up");
  CAF_CHECK_EQUAL(x->timeout_ms, 3000u);
  CAF_CHECK_EQUAL(x->max_body_bytes, 5000u);
  CAF_CHECK_EQUAL(x->body,
                  R"({"call_sid":"CA1","caller":"+1501","called":"+1555",)"
                  R"("agent":"sales","tool":"look_up","tool_call_id":"call_1",)"
                  R"("arguments":{"a":1}})");
  std::map<std::string, std::string> headers{x->headers.begin(),
                                             x->headers.end()};
  CAF_CHECK_EQUAL(headers["Content-Type"], "application/json");
  CAF_CHECK_EQUAL(headers["Idempotency-Key"], "CA1:call_1");
  CAF_CHECK_EQUAL(headers["Offhook-Signature"],
                  protocol::tool_webhook::sign("secret", 1'700'000'000,
                                               x->body));
}

CAF_TEST(arguments that are not as they must be make no request) {
  auto made = make_tool_request(tests::make_tool("look_up"), {},
                                {"item_1", "call_1", "look_up", "{"}, "s", 0);
  const auto* x = std::get_if<tool_result>(&made);
  CAF_REQUIRE(x != nullptr);
  CAF_CHECK(x->outcome == tool_outcome::invalid_arguments);
  CAF_CHECK(x->output.starts_with(R"({"error":")"));
}

CAF_TEST(every answer has its meaning) {
  CAF_CHECK_EQUAL(response(200, R"({"a":1})").output, R"({"a":1})");
  CAF_CHECK_EQUAL(response(204, "").output, R"({"status":"done"})");
  CAF_CHECK(response(201, "[]").outcome == tool_outcome::done);
  CAF_CHECK(response(200, "hello").outcome == tool_outcome::not_json);
  CAF_CHECK(response(200, "\"\xff\"").outcome == tool_outcome::not_json);
  for (auto status : {302u, 400u, 404u, 500u, 503u}) {
    auto x = response(status, R"({"secret":"of the server"})");
    CAF_CHECK(x.outcome == tool_outcome::bad_status);
    CAF_CHECK_NOT_EQUAL(x.output.find(std::to_string(status)), x.output.npos);
    CAF_CHECK_EQUAL(x.output.find("secret"), x.output.npos);
  }
  CAF_CHECK(outcome_of(kind::timeout) == tool_outcome::timeout);
  CAF_CHECK(outcome_of(kind::too_large) == tool_outcome::too_large);
  CAF_CHECK(outcome_of(kind::malformed) == tool_outcome::not_json);
  for (auto x : {kind::forbidden, kind::redirect, kind::bad_request})
    CAF_CHECK(outcome_of(x) == tool_outcome::forbidden);
  for (auto x :
       {kind::resolve, kind::connect, kind::tls, kind::lost, kind::busy})
    CAF_CHECK(outcome_of(x) == tool_outcome::unreachable);
}

CAF_TEST(every outcome has its spelling) {
  std::set<std::string_view> names;
  for (int i = 0; i <= static_cast<int>(tool_outcome::cancelled); ++i)
    names.insert(to_string(static_cast<tool_outcome>(i)));
  CAF_CHECK_EQUAL(names.size(), 10u);
  CAF_CHECK_EQUAL(names.count("unknown"), 0u);
}

CAF_TEST(each function has its own time) {
  tool_runs runs;
  CAF_CHECK(!runs.next_time());
  auto one = runs.begin("call_1", tool(2000), at(0));
  auto two = runs.begin("call_2", tool(1000), at(500));
  CAF_CHECK_NOT_EQUAL(one, two);
  CAF_CHECK(runs.next_time() == at(1500));
  CAF_CHECK(runs.expire(at(1499)).empty());
  auto over = runs.expire(at(1500));
  CAF_REQUIRE_EQUAL(over.size(), 1u);
  CAF_CHECK_EQUAL(over[0].second.call_id, "call_2");
  CAF_CHECK(!runs.finish(two));
  CAF_CHECK(runs.finish(one));
  CAF_CHECK(!runs.finish(one));
  CAF_CHECK_EQUAL(runs.size(), 0u);
}

CAF_TEST(an interruption ends those that say so) {
  tool_runs runs;
  runs.begin("call_1", tool(2000, "", true), at(0));
  runs.begin("call_2", tool(2000), at(0));
  auto ended = runs.interrupt();
  CAF_REQUIRE_EQUAL(ended.size(), 1u);
  CAF_CHECK_EQUAL(ended[0].second.call_id, "call_1");
  CAF_CHECK(runs.interrupt().empty());
  CAF_CHECK_EQUAL(runs.size(), 1u);
}

CAF_TEST(words are due once after a silence) {
  tool_runs runs;
  runs.begin("call_1", tool(9000), at(0)); // It has none.
  CAF_CHECK(runs.next_time() == at(9000));
  runs.begin("call_2", tool(9000, "second"), at(200));
  runs.begin("call_3", tool(9000, "third"), at(300));
  CAF_CHECK(runs.filler(at(1199)) == nullptr);
  CAF_CHECK(runs.next_time() == at(1200));
  const auto* words = runs.filler(at(1200));
  CAF_REQUIRE(words != nullptr);
  CAF_CHECK_EQUAL(words->filler, "second");
  CAF_CHECK(runs.filler(at(5000)) == nullptr);
  CAF_CHECK(runs.next_time() == at(9000));
}

CAF_TEST(words wait for the agent and give way to the caller) {
  tool_runs runs;
  runs.agent(true, at(0));
  auto id = runs.begin("call_1", tool(20'000, "words"), at(0));
  CAF_CHECK(runs.filler(at(5000)) == nullptr);
  runs.agent(false, at(5000));
  CAF_CHECK(runs.filler(at(5999)) == nullptr);
  CAF_CHECK(runs.filler(at(6000)) != nullptr);
  runs.finish(id);
  // All was answered: the next one has words of its own, unless somebody
  // speaks when they are due.
  runs.begin("call_2", tool(20'000, "words"), at(7000));
  runs.caller(true, at(7500));
  CAF_CHECK(runs.filler(at(8000)) == nullptr);
  runs.caller(false, at(9000));
  CAF_CHECK(runs.filler(at(12'000)) == nullptr);
}

CAF_TEST(what was answered before an interruption needs no reply) {
  tool_board board;
  board.called(1, "r", {"c1", "c2"});
  board.answered("c1", true);
  board.interrupted();
  CAF_CHECK(!board.answered("c2", false).last);
  board.called(1, "r", {"c3", "c4"});
  board.answered("c3", true);
  board.interrupted();
  CAF_CHECK(board.answered("c4", true).last);
}
