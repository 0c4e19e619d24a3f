#pragma once

#include <cstdint>
#include <string>

namespace offhook::bench {

struct stall_plan {
  std::string self;    ///< this program, for the caller's process
  std::string offhook; ///< the program under test
  int lead_ms = 0;     ///< 0: as the server has it by itself
  int stops = 100;
  int stop_ms = 80;
  std::uint32_t seed = 1; ///< of the time from one stop to the next
};

/// What came of one call.
struct stall_result {
  std::string failure; ///< why the figures mean nothing; empty: they do
  int stops = 0;       ///< made while the answer was under way
  int underruns = 0;   ///< all of them
  int own = 0;    ///< no longer than the caller's process was itself late then
  int beside = 0; ///< of the rest, those outside of any stop
  std::int64_t missing_ms = 0; ///< at the ear, of all underruns
  std::int64_t longest_ms = 0;
  std::int64_t queued_ms = 0; ///< the most that the caller held unplayed
  double lag_p99_ms = 0;      ///< of the caller's process
  double lag_max_ms = 0;
  double stop_p50_ms = 0; ///< as long as the stops really were
  double stop_max_ms = 0;
};

/// One call: the agent says one long answer at once, the server is stopped
/// again and again, and the caller listens to the end.
/// @throws std::runtime_error where a process fails
stall_result make_stalled_call(const stall_plan& plan);

} // namespace offhook::bench
