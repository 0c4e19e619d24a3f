#pragma once

#include <string>
#include <string_view>

#include "app/scenario.hpp"
#include "app/scenario_json.hpp"

namespace offhook::app {

/// Reads a scenario.
/// @param file how messages name it
/// @throws scenario_error in words for whoever wrote it: the place, and what is
///         allowed there
scenario read_scenario(std::string name, std::string_view text,
                       const std::string& file);

// -- its parts, one for each file of the reader

/// A built-in sound by its name, or a text with its length.
speech read_speech(const json_place& from);

standins::agent_error read_error(const json_place& from);

/// Replies, lines and timing.
void read_model(const json_place& from, scenario& result);

/// @param whole what was read before: expectations name parts of it
expectations read_expectations(json_place from, const scenario& whole);

} // namespace offhook::app
