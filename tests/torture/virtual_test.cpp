// The torture rig on virtual time, in short; and the storm of teardowns.
#define CAF_SUITE torture.virtual

#include <caf/test/dsl.hpp>

#include "bench/torture/virtual_stage.hpp"

using namespace offhook;
using namespace offhook::torture;

namespace {

struct fixture {
  static void must_hold(const virtual_result& result) {
    for (const auto& x : result.broken)
      CAF_MESSAGE(x);
    CAF_CHECK(result.broken.empty());
    CAF_CHECK_EQUAL(describe(result.after), describe(result.before));
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(torture_virtual_tests, fixture)

CAF_TEST(calls survive what their seed does to them) {
  virtual_options options;
  options.plan.seed = 20261125;
  options.plan.max_length_ms = 20'000;
  options.calls = options.concurrent = 12;
  auto result = virtual_stage{options}.run();
  must_hold(result);
  CAF_CHECK_EQUAL(result.calls, 12u);
  CAF_CHECK(result.faults > 300);
  CAF_CHECK(result.sessions > 20);
}

CAF_TEST(the same seed plays the same calls) {
  virtual_options options;
  options.plan.seed = 99;
  options.plan.min_length_ms = options.plan.max_length_ms = 10'000;
  options.calls = options.concurrent = 4;
  auto once = virtual_stage{options}.run();
  auto again = virtual_stage{options}.run();
  CAF_CHECK_EQUAL(once.faults, again.faults);
  CAF_CHECK_EQUAL(once.sessions, again.sessions);
  CAF_CHECK_EQUAL(once.caller_frames, again.caller_frames);
  CAF_CHECK_EQUAL(once.agent_frames, again.agent_frames);
}

// 500 calls that end in any state: while their session is dialled, or dialled
// again, while a function runs or the agent says goodbye, with children killed.
// What Twilio does not tell us of is waited for longer than five seconds.
CAF_TEST(scenario_24_a_storm_of_teardowns_leaves_nothing) {
  virtual_options options;
  options.calls = options.concurrent = 500;
  options.plan_source = [](std::uint32_t call) {
    plan_options shape;
    shape.seed = 24;
    shape.min_length_ms = 10;
    shape.max_length_ms = 1'500;
    shape.light_every_ms = 500;
    shape.quiet_percent = 0;
    shape.ending_percent = 60;
    shape.goodbye_percent = 30;
    shape.slow_percent = 50;
    shape.heavy_every_ms = 600;
    auto plan = plan_call(shape, call);
    for (auto& x : plan.faults) {
      if (x.kind == fault_kind::stream_duplicate)
        x.amount %= 3; // A socket that says nothing is given its ten seconds.
      if (x.kind == fault_kind::stream_gone
          || x.kind == fault_kind::stream_half_open)
        x.kind = fault_kind::stream_reset;
      if (x.kind == fault_kind::stream_reset)
        x.amount = 0; // Twilio asks at once.
      // Of a caller who hangs up as the stream is lost nobody hears.
      if (rule_of(x.kind).what == fault_rule::effect::stream
          && x.at_ms + 50 > plan.length_ms)
        x.kind = fault_kind::model_reset;
    }
    return plan;
  };
  virtual_stage stage{options};
  const auto before = stage.count();
  stage.step();
  CAF_CHECK_EQUAL(stage.count().calls, 500u);
  while (!stage.callers_gone())
    stage.step();
  for (int i = 0; i < 500; ++i) // Five seconds.
    stage.step();
  CAF_CHECK(stage.over());
  auto result = stage.result();
  result.before = before;
  result.after = stage.count();
  must_hold(result);
  CAF_CHECK_EQUAL(result.calls, 500u);
}

CAF_TEST_FIXTURE_SCOPE_END()
