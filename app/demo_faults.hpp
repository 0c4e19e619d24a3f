#pragma once

#include <string>
#include <string_view>

#include "app/standins/demo_agent_options.hpp"

namespace offhook::app {

/// Reads the demo agent's faults from the command line: a comma between one and
/// the next, `name` or `name=value`, such as `nulls,reset-after=5000`.
/// @returns what is wrong and what is allowed; empty: nothing
std::string read_faults(std::string_view text,
                        standins::demo_agent_faults& result);

/// All of them with what they take, for `offhook help`.
std::string describe_faults();

} // namespace offhook::app
