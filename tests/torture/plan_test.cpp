// The torture rig's plans and its audio.
#define CAF_SUITE torture.plan

#include <set>

#include <caf/test/dsl.hpp>

#include "bench/torture/counted_audio.hpp"
#include "bench/torture/plan.hpp"

using namespace offhook;
using namespace offhook::torture;

namespace {

struct fixture {};

} // namespace

CAF_TEST_FIXTURE_SCOPE(torture_plans, fixture)

CAF_TEST(a plan is a function of seed and call) {
  plan_options options;
  options.seed = 4711;
  std::set<std::string> all;
  for (std::uint32_t call = 1; call <= 50; ++call) {
    auto plan = plan_call(options, call);
    CAF_CHECK(plan == plan_call(options, call));
    all.insert(describe(plan));
  }
  CAF_CHECK_EQUAL(all.size(), 50u);
  auto one = describe(plan_call(options, 1));
  options.seed = 4712;
  CAF_CHECK_NOT_EQUAL(describe(plan_call(options, 1)), one);
}

CAF_TEST(a plan is the same on every machine) {
  plan_options options;
  options.seed = 3;
  options.min_length_ms = options.max_length_ms = 2'000;
  options.quiet_percent = 0;
  options.light_every_ms = 500;
  options.heavy_every_ms = 1'000;
  CAF_CHECK_EQUAL(describe(plan_call(options, 1)),
                  "call 1: 2000 ms, 5 faults, the caller speaks 0 times\n"
                  "  98 ms stream-garbage 3\n"
                  "  996 ms stream-garbage 7\n"
                  "  1150 ms webhook-again 0\n"
                  "  1613 ms stream-twin 0\n"
                  "  1915 ms model-error 3\n");
}

CAF_TEST(plans have every kind of fault that their stage can play) {
  plan_options options;
  for (auto where : {stage::virtual_time, stage::sockets}) {
    options.where = where;
    std::set<fault_kind> seen;
    auto quiet = 0;
    for (std::uint32_t call = 1; call <= 500; ++call) {
      auto plan = plan_call(options, call);
      quiet += plan.quiet;
      CAF_CHECK(!plan.quiet || plan.faults.empty());
      std::uint32_t last = 0;
      for (const auto& x : plan.faults) {
        seen.insert(x.kind);
        CAF_CHECK(x.at_ms >= last);
        last = x.at_ms;
      }
    }
    CAF_CHECK(quiet > 50 && quiet < 150);
    for (const auto& x : fault_rules()) {
      CAF_MESSAGE(x.name);
      CAF_CHECK_EQUAL(seen.contains(x.kind),
                      where == stage::virtual_time || x.on_sockets);
    }
  }
}

CAF_TEST(counted audio says which it is) {
  std::vector<std::byte> line;
  for (std::uint32_t i : {1u, 2u, 4'000'000'000u}) {
    auto frame = counted_frame(7, i, i == 2);
    line.insert(line.end(), frame.begin(), frame.end());
    line.insert(line.end(), 160, std::byte{0xFF}); // What the gateway puts in.
  }
  std::vector<std::uint32_t> found;
  frame_reader reader{7};
  auto keep = [&](std::uint32_t x) { found.push_back(x); };
  for (std::size_t i = 0; i < line.size(); i += 100)
    CAF_CHECK_EQUAL(
      reader.read(
        std::span{line}.subspan(i, std::min<std::size_t>(100, line.size() - i)),
        keep),
      "");
  CAF_CHECK(found == (std::vector<std::uint32_t>{1, 2, 4'000'000'000u}));
  CAF_CHECK_EQUAL(reader.silence(), 480u);
  // Of another call, changed, or with a byte missing.
  CAF_CHECK_NOT_EQUAL(frame_reader{8}.read(counted_frame(7, 1, true), keep),
                      "");
  auto frame = counted_frame(7, 1, true);
  frame[80] ^= std::byte{1};
  CAF_CHECK_NOT_EQUAL(frame_reader{7}.read(frame, keep), "");
  line.erase(line.begin() + 20);
  CAF_CHECK_NOT_EQUAL(frame_reader{7}.read(line, keep), "");
  CAF_CHECK_EQUAL(found.size(), 5u); // The two behind it are found again.
}

CAF_TEST_FIXTURE_SCOPE_END()
