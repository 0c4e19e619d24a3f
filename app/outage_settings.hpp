#pragma once

#include "actors/environment.hpp"
#include "app/settings.hpp"

namespace offhook::app {

/// What callers hear while no model is there: recordings of ours, or the files
/// that the configuration names.
/// @throws std::runtime_error naming the key and the file
actors::spoken_lines read_spoken_lines(const settings& from);

} // namespace offhook::app
