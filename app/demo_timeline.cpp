#include "app/demo_timeline.hpp"

#include <cstdlib>
#include <iomanip>
#include <ostream>
#include <sstream>
#include <string_view>

#include <unistd.h>

namespace offhook::app {

namespace {

using standins::party;
using kind = standins::timeline_event::kind;

constexpr const char* reset = "\x1b[0m";
constexpr const char* red = "\x1b[31m";
constexpr const char* green = "\x1b[32m";
constexpr const char* yellow = "\x1b[33m";
constexpr const char* cyan = "\x1b[36m";
constexpr const char* dim = "\x1b[2m";

/// The variable's value; empty where it is not set.
std::string_view env(const char* variable) {
  const char* value = std::getenv(variable);
  return value ? std::string_view{value} : std::string_view{};
}

bool says_utf8() {
  // The first that is set counts, as for setlocale.
  for (const char* variable : {"LC_ALL", "LC_CTYPE", "LANG"})
    if (const auto value = env(variable); !value.empty())
      return value.find("UTF-8") != std::string_view::npos
             || value.find("utf8") != std::string_view::npos;
  return false;
}

const char* colour_of(const standins::timeline_event& event) {
  if (event.what == kind::failure || event.what == kind::violation
      || event.what == kind::underrun)
    return red;
  switch (event.who) {
    case party::caller:
      return cyan;
    case party::agent:
      return green;
    case party::server:
      return yellow;
    case party::twilio:
      break;
  }
  return dim;
}

std::string text_of(const standins::timeline_event& event) {
  switch (event.what) {
    case kind::request:
      return "asks " + event.text;
    case kind::document:
      return "answers: " + event.text;
    case kind::stream_opened:
      return "opens the stream " + event.text;
    case kind::stream_closed:
      return "closes the stream, " + event.text;
    case kind::caller_began:
      return "says: " + event.text;
    case kind::caller_ended:
      return "has said it";
    case kind::digit:
      return "presses " + event.text;
    case kind::cue:
      return "[" + event.text + "]";
    case kind::violation:
      return "VIOLATION " + event.text;
    case kind::underrun:
      return "UNDERRUN " + event.text;
    case kind::failure:
      return "FAILED " + event.text;
    case kind::verb:
    case kind::agent_began:
    case kind::agent_ended:
    case kind::clear:
    case kind::mark:
    case kind::hang_up:
      break;
  }
  return event.text;
}

std::string ms(std::int64_t value) {
  return std::to_string(value) + " ms";
}

std::string describe(const standins::turn& turn) {
  std::string result;
  auto add = [&result](const std::string& text) {
    result += (result.empty() ? "" : ", ") + text;
  };
  if (turn.barge_in && !turn.clear_latency_ms)
    add("interrupts, and nothing was cleared");
  if (turn.clear_latency_ms)
    add("interrupts, cleared after " + ms(*turn.clear_latency_ms));
  if (turn.truncated_at_ms)
    add("agent cut off at "
        + ms(static_cast<std::int64_t>(*turn.truncated_at_ms)));
  if (turn.response_latency_ms)
    add("answered after " + ms(*turn.response_latency_ms));
  else
    add("no answer was heard");
  return result;
}

} // namespace

print_style style_for(int descriptor) {
  if (::isatty(descriptor) == 0)
    return {};
  const bool able = !env("TERM").empty() && env("TERM") != "dumb";
  const bool plain = !env("NO_COLOR").empty();
  return {able && !plain, says_utf8() && !plain};
}

demo_timeline::demo_timeline(std::ostream& out, print_style style)
  : out_(out),
    style_(style) {
  // nop
}

void demo_timeline::print(const standins::timeline_event& event) {
  if (event.what != kind::mark)
    line(event.at_ms, colour_of(event), std::string{to_string(event.who)},
         text_of(event));
}

void demo_timeline::print(std::int64_t at_ms, const std::string& who,
                          const std::string& text) {
  line(at_ms, yellow, who, text);
}

void demo_timeline::print_summary(const standins::call_stats& stats,
                                  const demo_summary& summary) {
  out_ << '\n';
  if (stats.first_agent_ms) {
    auto text = ms(*stats.first_agent_ms) + " after the call began";
    if (stats.first_stream_ms)
      text += ", " + ms(*stats.first_agent_ms - *stats.first_stream_ms)
              + " after the stream";
    field("first word", text);
  }
  std::size_t number = 0;
  for (const auto& turn : stats.turns)
    field("turn " + std::to_string(++number),
          turn.name + ": " + describe(turn));
  if (summary.restarts)
    field("restarts", std::to_string(*summary.restarts));
  field("streams", std::to_string(stats.streams));
  field("frames", std::to_string(stats.frames_sent) + " to the server, "
                    + std::to_string(stats.frames_received) + " from it");
  field("agent audio",
        ms(static_cast<std::int64_t>(stats.bytes_received / 8)) + " received, "
          + ms(static_cast<std::int64_t>(stats.bytes_played / 8)) + " heard, "
          + ms(static_cast<std::int64_t>(stats.bytes_cleared / 8))
          + " cleared");
  field("largest lead", ms(static_cast<std::int64_t>(stats.max_queued_ms)));
  field("underruns", std::to_string(stats.underruns));
  field("violations", std::to_string(stats.violation_count));
  if (!summary.recording.empty())
    field("recording", summary.recording);
  if (!summary.checks.empty())
    out_ << '\n';
  for (const auto& x : summary.checks)
    check(x);
  out_ << '\n';
  const bool good = summary.failure.empty();
  field("result", good ? "the call went as it must (" + summary.ending + ")"
                       : "FAILED: " + summary.failure);
}

void demo_timeline::check(const scenario_check& x) {
  std::ostringstream out;
  if (style_.colour)
    out << (x.good ? green : red);
  out << (x.good ? "  ok      " : "  FAILED  ");
  if (style_.colour)
    out << reset;
  out << clean(to_string(x)) << '\n';
  out_ << out.str() << std::flush;
}

void demo_timeline::line(std::int64_t at_ms, const char* colour,
                         const std::string& who, const std::string& text) {
  std::ostringstream out;
  out << clock_text(at_ms) << "  ";
  if (style_.colour)
    out << colour;
  out << std::left << std::setw(7) << clean(who) << ' ' << clean(text);
  if (style_.colour)
    out << reset;
  out << '\n';
  // Whole lines at once, and at once: somebody is watching.
  out_ << out.str() << std::flush;
}

void demo_timeline::field(const std::string& name, const std::string& value) {
  std::ostringstream out;
  out << "  " << std::left << std::setw(14) << name << clean(value) << '\n';
  out_ << out.str() << std::flush;
}

// What the other side sends must not command the terminal.
std::string demo_timeline::clean(const std::string& text) const {
  std::string result = text;
  // The control codes beyond ASCII, U+0080 to U+009F.
  for (std::size_t i = 0; i + 1 < result.size(); ++i)
    if (result[i] == '\xC2' && static_cast<unsigned char>(result[i + 1]) < 0xA0)
      result[i] = result[i + 1] = '?';
  for (auto& c : result) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '\n' || c == '\t' || c == '\r')
      c = ' ';
    else if (byte < 0x20 || byte == 0x7F || (byte > 0x7F && !style_.utf8))
      c = '?';
  }
  return result;
}

std::string clock_text(std::int64_t ms) {
  std::ostringstream out;
  if (ms < 0) {
    out << '-';
    ms = -ms;
  }
  out << std::setfill('0') << std::setw(2) << ms / 60'000 << ':' << std::setw(2)
      << ms / 1000 % 60 << '.' << std::setw(3) << ms % 1000;
  return out.str();
}

} // namespace offhook::app
