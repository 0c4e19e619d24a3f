#pragma once

#include <string>

#include "app/standins/demo_agent_options.hpp"
#include "app/standins/demo_caller_client.hpp"

/// Whether the demo's call went as it must. Each side is judged by what it saw
/// itself: the caller by the ear, the agent by what it was told.
namespace offhook::app {

/// @returns why the call was not what `demo_caller_script` is about; empty: it
///          was
std::string judge_call(const standins::demo_caller_result& call);

/// @returns what the gateway did wrong towards the model; empty: nothing
std::string judge_agent(const standins::demo_agent_stats& agent);

} // namespace offhook::app
