#pragma once

#include <cstdint>
#include <iosfwd>
#include <optional>
#include <string>
#include <vector>

#include "app/scenario_judge.hpp"
#include "app/standins/call_record.hpp"

namespace offhook::app {

/// How to write for whoever reads.
struct print_style {
  bool colour = false;
  bool utf8 = false; ///< else every byte that is not ASCII becomes `?`
};

/// What suits a file descriptor: colour and UTF-8 on a terminal that has them,
/// and not where NO_COLOR is set; plain ASCII anywhere else.
print_style style_for(int descriptor);

/// What the timeline ends with.
struct demo_summary {
  std::string ending;  ///< how the call ended
  std::string failure; ///< why it went wrong; empty: it did not
  std::optional<std::uint64_t> restarts; ///< of the Realtime socket
  std::string recording;                 ///< path of the WAV file, if any
  std::vector<scenario_check> checks;    ///< what had to come true
};

/// Tells a call to the person at the terminal: a line for each event, with the
/// time since the call began, and the numbers at the end. Not thread-safe.
class demo_timeline {
public:
  demo_timeline(std::ostream& out, print_style style);

  /// One line. Marks are left out: there is one for each piece of audio.
  void print(const standins::timeline_event& event);

  /// A line of somebody else's, such as what the demo itself does.
  void print(std::int64_t at_ms, const std::string& who,
             const std::string& text);

  void print_summary(const standins::call_stats& stats,
                     const demo_summary& summary);

private:
  void line(std::int64_t at_ms, const char* colour, const std::string& who,
            const std::string& text);
  void field(const std::string& name, const std::string& value);
  void check(const scenario_check& x);
  std::string clean(const std::string& text) const;

  std::ostream& out_;
  const print_style style_;
};

/// `mm:ss.mmm`; minutes go on beyond 59.
std::string clock_text(std::int64_t ms);

} // namespace offhook::app
