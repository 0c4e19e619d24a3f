#define CAF_SUITE actors.response_flow

#include "actors/response_flow.hpp"

#include <caf/test/dsl.hpp>

using namespace offhook::actors;
using namespace std::chrono_literals;

namespace {

using flow = response_flow;

const response_request greeting{"Say hello.", "greeting"};
const response_request tools{"", "tools"};

struct fixture {
  flow::time_point at(std::chrono::milliseconds x) const {
    return flow::time_point{} + x;
  }

  static std::uint64_t created_id(const flow::orders& x) {
    CAF_REQUIRE_EQUAL(x.size(), 1u);
    const auto* create = std::get_if<flow::create>(&x[0]);
    return create ? create->id : 0;
  }

  static std::string cancelled_id(const flow::orders& x) {
    CAF_REQUIRE_EQUAL(x.size(), 1u);
    const auto* cancel = std::get_if<flow::cancel>(&x[0]);
    return cancel ? cancel->response_id : "";
  }

  static flow with_session() {
    flow result{flow::limits{}};
    result.session_ready(flow::time_point{});
    return result;
  }

  flow f = with_session();
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(response_flow_tests, fixture)

CAF_TEST(one at a time and in order) {
  auto first = created_id(f.want(greeting, at(0ms)));
  CAF_CHECK(f.want(tools, at(0ms)).empty());
  CAF_CHECK(f.created("r1", first, at(10ms)).empty());
  CAF_CHECK_EQUAL(f.active(), "r1");
  CAF_CHECK(f.active_request() == greeting);
  auto second = f.done("r1", "completed", "", at(20ms));
  CAF_CHECK_NOT_EQUAL(created_id(second), first);
  CAF_CHECK(std::get<flow::create>(second[0]).what == tools);
}

CAF_TEST(a response of the server is waited for too) {
  CAF_CHECK(f.created("own", 0, at(0ms)).empty());
  CAF_CHECK(f.want(tools, at(0ms)).empty());
  CAF_CHECK(f.done("other", "completed", "", at(1ms)).empty());
  CAF_CHECK_EQUAL(f.done("own", "completed", "", at(2ms)).size(), 1u);
}

CAF_TEST(a cancel waits for the response to have a name) {
  auto id = created_id(f.want(greeting, at(0ms)));
  CAF_CHECK(f.interrupt(true).empty());
  CAF_CHECK_EQUAL(cancelled_id(f.created("r1", id, at(1ms))), "r1");
  // Nobody cancels it twice.
  CAF_CHECK(f.interrupt(false).empty());
  CAF_CHECK(f.done("r1", "cancelled", "client_cancelled", at(2ms)).empty());
  CAF_CHECK(!f.busy());
}

CAF_TEST(what was wanted is dropped by an interruption) {
  f.created("own", 0, at(0ms));
  f.want(tools, at(0ms));
  CAF_CHECK(f.interrupt(true).empty());
  CAF_CHECK(f.done("own", "cancelled", "turn_detected", at(1ms)).empty());
  f.created("own2", 0, at(2ms));
  CAF_CHECK_EQUAL(cancelled_id(f.interrupt(false)), "own2");
}

CAF_TEST(a create that was refused comes again after the one in its way) {
  auto id = created_id(f.want(tools, at(0ms)));
  const auto* code = "conversation_already_has_active_response";
  CAF_CHECK(f.refused(99, code, at(0ms)).empty());
  CAF_CHECK(f.refused(id, code, at(0ms)).empty());
  CAF_CHECK(f.due(at(100ms)).empty());
  // Its end is told, although its beginning was not.
  CAF_CHECK_EQUAL(f.done("unseen", "completed", "", at(200ms)).size(), 1u);
}

CAF_TEST(a response that is never told of blocks for a while only) {
  auto id = created_id(f.want(tools, at(0ms)));
  f.refused(id, "conversation_already_has_active_response", at(0ms));
  CAF_REQUIRE(f.next_time());
  CAF_CHECK(f.due(*f.next_time() - 1ms).empty());
  CAF_CHECK_EQUAL(f.due(*f.next_time()).size(), 1u);
}

CAF_TEST(a create that is wrong is given up) {
  auto id = created_id(f.want(tools, at(0ms)));
  f.want(greeting, at(0ms));
  auto next = f.refused(id, "invalid_value", at(0ms));
  CAF_CHECK(std::get<flow::create>(next.at(0)).what == greeting);
  CAF_CHECK_EQUAL(f.given_up(), 1u);
}

CAF_TEST(failures are retried by their rule) {
  auto id = created_id(f.want(tools, at(0ms)));
  f.created("r1", id, at(0ms));
  CAF_CHECK(f.done("r1", "failed", "server_error", at(10ms)).empty());
  id = created_id(f.due(at(10ms)));
  f.created("r2", id, at(10ms));
  CAF_CHECK(f.done("r2", "failed", "server_error", at(20ms)).empty());
  CAF_CHECK(!f.next_time()); // Once is enough.
  CAF_CHECK_EQUAL(f.given_up(), 1u);
  // A rate limit goes by, and takes longer each time.
  f.created("own", 0, at(0ms));
  f.done("own", "failed", "rate_limit_exceeded", at(0ms));
  CAF_CHECK(f.due(at(999ms)).empty());
  id = created_id(f.due(at(1000ms)));
  f.created("r3", id, at(1000ms));
  f.done("r3", "failed", "rate_limit_exceeded", at(1000ms));
  CAF_CHECK(f.due(at(2999ms)).empty());
  CAF_CHECK_EQUAL(f.due(at(3000ms)).size(), 1u);
  // Nothing helps against the other causes.
  f.created("own", 0, at(0ms));
  f.done("own", "failed", "content_filter", at(0ms));
  CAF_CHECK_EQUAL(f.given_up(), 2u);
}

CAF_TEST(a turn that the server leaves is answered by us) {
  f.expect_answer(at(0ms));
  CAF_CHECK(f.due(at(599ms)).empty());
  auto answer = f.due(at(600ms));
  CAF_CHECK(std::get<flow::create>(answer.at(0)).what == response_request{});
  // Not where it does answer.
  flow g = with_session();
  g.expect_answer(at(0ms));
  g.created("own", 0, at(100ms));
  g.done("own", "completed", "", at(200ms));
  CAF_CHECK(g.due(at(10s)).empty());
  // Nor before it has its hands free.
  flow h = with_session();
  h.created("own", 0, at(0ms));
  h.expect_answer(at(100ms));
  CAF_CHECK(h.due(at(700ms)).empty());
  h.done("own", "completed", "", at(5s));
  CAF_CHECK(h.due(at(5599ms)).empty());
  CAF_CHECK_EQUAL(h.due(at(5600ms)).size(), 1u);
}

CAF_TEST(a new session gets what the old one did not answer) {
  auto id = created_id(f.want(greeting, at(0ms)));
  f.session_lost(false);
  CAF_CHECK(f.due(at(1s)).empty());
  auto again = f.session_ready(at(1s));
  CAF_CHECK_NOT_EQUAL(created_id(again), id);
  CAF_CHECK(std::get<flow::create>(again[0]).what == greeting);
  // What had begun is gone.
  f.created("r", created_id(again), at(1s));
  f.session_lost(false);
  CAF_CHECK(!f.busy());
}

CAF_TEST(an aside that has not begun never will) {
  const response_request aside{"One moment.", "filler", true};
  auto id = created_id(f.want(aside, at(0ms)));
  CAF_CHECK(f.want(aside, at(0ms)).empty()); // It waits.
  f.withdraw_asides();
  CAF_CHECK_EQUAL(cancelled_id(f.created("r1", id, at(10ms))), "r1");
  CAF_CHECK(f.done("r1", "cancelled", "", at(20ms)).empty());
  CAF_CHECK(!f.busy());
}

CAF_TEST(an aside is no answer to the caller) {
  f.expect_answer(at(0ms));
  auto id = created_id(f.want({"One moment.", "filler", true}, at(10ms)));
  f.created("r1", id, at(20ms));
  f.done("r1", "completed", "", at(30ms));
  CAF_CHECK_EQUAL(f.due(at(5000ms)).size(), 1u);
}

CAF_TEST(an aside is cancelled by us whoever cancels the rest) {
  auto id = created_id(f.want({"One moment.", "filler", true}, at(0ms)));
  f.created("r1", id, at(10ms));
  CAF_CHECK_EQUAL(cancelled_id(f.interrupt(true)), "r1");
}

CAF_TEST(an aside goes with its session) {
  created_id(f.want({"One moment.", "filler", true}, at(0ms)));
  f.session_lost(false);
  CAF_CHECK(f.session_ready(at(100ms)).empty());
}

CAF_TEST(requests are bounded) {
  f.created("own", 0, at(0ms));
  for (int i = 0; i < 20; ++i)
    f.want(tools, at(0ms));
  CAF_CHECK_EQUAL(f.given_up(), 12u);
}

CAF_TEST_FIXTURE_SCOPE_END()
