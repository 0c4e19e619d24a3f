#pragma once

#include "app/standins/caller_script.hpp"
#include "app/standins/demo_agent_options.hpp"

namespace offhook::app {

/// The name of the step at which the demo cuts the Realtime socket.
inline constexpr const char* cut_cue = "the Realtime socket is cut";

/// What the caller of the demo does: asks, interrupts, goes on talking while a
/// socket is lost, says goodbye.
standins::script demo_caller_script();

/// What the demo agent says, with our recordings. The turns are counted over
/// all sessions of the process, so that a call goes on where its socket was
/// cut.
standins::demo_agent_script demo_agent_script();

/// The same for the agent that is built into `offhook serve`: each session on
/// its own, the answers one after the other.
standins::demo_agent_script embedded_agent_script();

} // namespace offhook::app
