#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "app/scenario.hpp"

/// The scenarios of `tests/scenarios`, part of the binary.
namespace offhook::app {

/// All names, sorted.
std::vector<std::string_view> scenario_names();

/// The file of a scenario; empty for a name that there is not.
std::string_view scenario_text(std::string_view name) noexcept;

/// A built-in scenario by its name, or one from a file.
/// @throws scenario_error where it is neither, or wrong
scenario load_scenario(const std::string& name_or_file);

/// A built-in one. @pre there is one of that name
scenario built_in_scenario(std::string_view name);

} // namespace offhook::app
