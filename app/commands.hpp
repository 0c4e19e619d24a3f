#pragma once

#include <chrono>
#include <iosfwd>
#include <string>
#include <vector>

namespace offhook::app {

/// The subcommands. Each takes its own arguments and returns the process's exit
/// status: 0 well, 1 it went wrong, 2 it was asked for wrongly.

/// `offhook serve`: the gateway, until SIGTERM or SIGINT.
int serve_command(const std::vector<std::string>& args);

/// `offhook demo`: one whole call on the stand-ins.
int demo_command(const std::vector<std::string>& args);

/// `offhook demo-agent`: the stand-in for the Realtime API as a process.
int demo_agent_command(const std::vector<std::string>& args);

/// `offhook demo-caller`: the stand-in for Twilio places one call.
int demo_caller_command(const std::vector<std::string>& args);

/// Says on standard error what was wrong with what was asked for.
/// @returns 2, the exit status
int complain(const std::string& what);

void print_help(std::ostream& out);

/// Blocks the signals that end a process, so that `wait_for_end` gets them.
/// Call it before any thread is started.
void block_end_signals();

/// Waits for SIGTERM or SIGINT. @returns the signal
int wait_for_end();

/// The same for so long. @returns 0 where none came
int wait_for_end(std::chrono::milliseconds patience);

} // namespace offhook::app
