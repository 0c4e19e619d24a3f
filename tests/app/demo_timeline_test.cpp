#define CAF_SUITE app.demo_timeline

#include "app/demo_timeline.hpp"

#include "caf/test/dsl.hpp"

#include <cstdlib>
#include <sstream>

#include <fcntl.h>
#include <unistd.h>

using namespace offhook::app;
using namespace offhook::app::standins;

namespace {

using kind = timeline_event::kind;

std::string printed(const timeline_event& event, print_style style = {}) {
  std::ostringstream out;
  demo_timeline{out, style}.print(event);
  return out.str();
}

} // namespace

CAF_TEST(times are minutes and seconds and milliseconds) {
  CAF_CHECK_EQUAL(clock_text(0), "00:00.000");
  CAF_CHECK_EQUAL(clock_text(61'234), "01:01.234");
  CAF_CHECK_EQUAL(clock_text(100 * 60'000), "100:00.000");
  CAF_CHECK_EQUAL(clock_text(-5), "-00:00.005");
}

CAF_TEST(a line has the time and who and what) {
  CAF_CHECK_EQUAL(printed(
                    {kind::caller_began, party::caller, 1234, "Hi there"}),
                  "00:01.234  caller  says: Hi there\n");
  CAF_CHECK_EQUAL(printed({kind::mark, party::twilio, 1, "g1"}), "");
  CAF_CHECK_EQUAL(printed({kind::agent_began, party::agent, 5, "is heard"},
                          {true, true}),
                  "00:00.005  \x1b[32magent   is heard\x1b[0m\n");
}

CAF_TEST(every kind of event has a line of its own but marks) {
  for (int i = 0; i <= static_cast<int>(kind::failure); ++i) {
    auto what = static_cast<kind>(i);
    CAF_CHECK(to_string(what) != "?");
    if (what != kind::mark)
      CAF_CHECK(printed({what, party::twilio, 0, "text"}).find("text")
                  != std::string::npos
                || what == kind::caller_ended);
  }
  for (auto who : {party::twilio, party::caller, party::agent, party::server})
    CAF_CHECK(to_string(who) != "?");
}

CAF_TEST(texts of others cannot command the terminal) {
  timeline_event event{kind::cue, party::server, 0,
                       "a\x1b[2Jb\nc\x7f \xC2\x9B \xC5\xBB"};
  CAF_CHECK_EQUAL(printed(event), "00:00.000  server  [a?[2Jb c? ?? ??]\n");
  CAF_CHECK_EQUAL(printed(event, {false, true}),
                  "00:00.000  server  [a?[2Jb c? ?? \xC5\xBB]\n");
}

CAF_TEST(a file gets neither colours nor UTF) {
  auto null = ::open("/dev/null", O_WRONLY);
  auto style = style_for(null);
  ::close(null);
  CAF_CHECK(!style.colour);
  CAF_CHECK(!style.utf8);
}

CAF_TEST(a terminal gets what it can show) {
  auto master = ::posix_openpt(O_RDWR | O_NOCTTY);
  if (master < 0 || ::grantpt(master) != 0 || ::unlockpt(master) != 0)
    return; // No pseudo-terminals here.
  auto terminal = ::open(::ptsname(master), O_RDWR | O_NOCTTY);
  CAF_REQUIRE(terminal >= 0);
  ::unsetenv("NO_COLOR");
  ::setenv("TERM", "xterm", 1);
  ::setenv("LC_ALL", "C.UTF-8", 1);
  CAF_CHECK(style_for(terminal).colour);
  CAF_CHECK(style_for(terminal).utf8);
  ::setenv("LC_ALL", "C", 1);
  CAF_CHECK(!style_for(terminal).utf8);
  ::setenv("TERM", "dumb", 1);
  CAF_CHECK(!style_for(terminal).colour);
  ::setenv("TERM", "xterm", 1);
  ::setenv("NO_COLOR", "1", 1);
  CAF_CHECK(!style_for(terminal).colour);
  ::unsetenv("NO_COLOR");
  ::close(terminal);
  ::close(master);
}

CAF_TEST(the summary has the numbers that matter) {
  call_stats stats;
  stats.first_stream_ms = 300;
  stats.first_agent_ms = 1000;
  stats.streams = 1;
  stats.frames_sent = 100;
  stats.frames_received = 50;
  stats.turns.push_back({"caller-hours", 0, 0, 512, false, {}, {}});
  stats.turns.push_back({"caller-interrupt", 0, 0, 600, true, 240, 2240u});
  stats.turns.push_back({"caller-goodbye", 0, 0, {}, true, {}, {}});
  std::ostringstream out;
  demo_timeline line{out, {}};
  line.print_summary(
    stats,
    {"hung_up", "", 1, "demo-call.wav", {{true, "all is well", "", {}}}});
  auto text = out.str();
  auto has = [&](const std::string& what) {
    CAF_CHECK(text.find(what) != std::string::npos);
  };
  has("the call went as it must (hung_up)");
  has("1000 ms after the call began, 700 ms after the stream");
  has("turn 1        caller-hours: answered after 512 ms");
  has("turn 2        caller-interrupt: interrupts, cleared after 240 ms, agent "
      "cut off at 2240 ms, answered after 600 ms");
  has("interrupts, and nothing was cleared, no answer was heard");
  has("restarts      1");
  has("100 to the server, 50 from it");
  has("demo-call.wav");
  has("  ok      all is well\n");
  out.str("");
  line.print_summary({}, {"failed",
                          "step 1: too late",
                          {},
                          "",
                          {{false, "a word", "no word\x1b", 61'234}}});
  text = out.str();
  has("FAILED: step 1: too late");
  has("  FAILED  expected: a word; what happened: no word?, at 01:01.234\n");
  CAF_CHECK(text.find("restarts") == std::string::npos);
}
