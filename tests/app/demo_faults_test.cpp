#define CAF_SUITE app.demo_faults

#include "app/demo_faults.hpp"

#include <caf/test/dsl.hpp>

using namespace offhook::app;
using namespace std::chrono_literals;

CAF_TEST(faults are read one by one) {
  standins::demo_agent_faults x;
  CAF_CHECK_EQUAL(read_faults("", x), "");
  CAF_CHECK_EQUAL(read_faults("nulls,reset-after=5000,late-deltas=3,"
                              "echo-format=audio/pcm,refuse-upgrade=429,"
                              "reject-update=unknown_parameter",
                              x),
                  "");
  CAF_CHECK(x.nulls);
  CAF_CHECK(!x.garbage);
  CAF_CHECK(x.reset_after == 5000ms);
  CAF_CHECK_EQUAL(x.late_deltas, 3u);
  CAF_CHECK_EQUAL(x.echo_format, "audio/pcm");
  CAF_CHECK_EQUAL(x.refuse_upgrade, 429u);
  CAF_REQUIRE(x.reject_update);
  CAF_CHECK_EQUAL(x.reject_update->code, "unknown_parameter");
}

CAF_TEST(what is no fault is named with what there is) {
  for (const auto* bad :
       {"null", "nulls=1", "reset-after", "reset-after=", "reset-after=x",
        "late-deltas=-1", "echo-format=audio/opus", "refuse-upgrade=200",
        "reject-update", "nulls,,garbage"}) {
    standins::demo_agent_faults x;
    auto error = read_faults(bad, x);
    CAF_MESSAGE(bad);
    CAF_CHECK(error.find("reset-after=MS") != std::string::npos);
  }
}
