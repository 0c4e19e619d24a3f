#pragma once

#include "app/standins/demo_agent_options.hpp"

namespace offhook::app {

/// What the agent says that is built into `offhook serve`, with our recordings:
/// each session on its own, the answers one after the other.
standins::demo_agent_script embedded_agent_script();

} // namespace offhook::app
