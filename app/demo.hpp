#pragma once

#include <string>

#include "app/config.hpp"

namespace offhook::app {

struct demo_options {
  std::string recording = "demo-call.wav"; ///< in the working directory
};

/// One whole phone call between the two stand-ins through the real server, over
/// real sockets on 127.0.0.1. Reads neither `.env` nor the secrets nor
/// `openai.url`. Prints the timeline while the call runs, then the summary.
/// @param cfg takes the settings that the demo needs
/// @returns the exit status: 0 only if the call went as it must
int run_demo(config& cfg, const demo_options& options);

} // namespace offhook::app
