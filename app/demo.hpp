#pragma once

#include <iosfwd>
#include <string>

#include "app/config.hpp"
#include "app/scenario.hpp"

namespace offhook::app {

struct demo_options {
  scenario what;
  std::string recording = "demo-call.wav"; ///< in the working directory
};

/// One whole phone call between the two stand-ins through the real server, over
/// real sockets on 127.0.0.1. Reads neither `.env` nor the secrets nor
/// `openai.url`. Prints the timeline while the call runs, then the numbers and
/// what was checked.
/// @param cfg takes the settings that the demo needs; those of the scenario are
///        there already
/// @returns the exit status: 0 only if the call went as the scenario says
int run_demo(config& cfg, const demo_options& options);

/// A line for each built-in scenario.
void list_scenarios(std::ostream& out);

} // namespace offhook::app
