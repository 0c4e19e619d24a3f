#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace offhook::bench {

/// What the caller's process says on its output, a line for each, `key=value`.
/// All `_us` times are those of the machine's monotonic clock.
namespace stall_lines {

/// The agent is heard for the first time.
inline constexpr const char* began = "began_us=";

/// Play-out had run dry for `gap_ms` and goes on at that time.
inline constexpr const char* underrun = "underrun_us=";

/// The call is over; the totals.
inline constexpr const char* over = "over ";

} // namespace stall_lines

/// The caller as a process: one call that hears one long answer to its end and
/// hangs up. Twilio's play-out runs by this process's clock, and the process
/// measures how late it is itself, so that its own lag can be told from a gap
/// of the server's making.
/// @param url of the webhook
/// @param longest of the answer
/// @returns the exit status
int run_stall_caller(const std::string& url, std::chrono::milliseconds longest);

} // namespace offhook::bench
