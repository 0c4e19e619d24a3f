#pragma once

#include <vector>

#include "app/settings.hpp"

namespace offhook::app {

/// The part of the table that is about agents and what their models cost.
std::vector<setting> agent_settings();

/// The part that is about functions which others run, and how they are asked.
std::vector<setting> tool_settings();

/// The part that is about admission and drain.
std::vector<setting> fleet_settings();

/// The part of it that is about the menu.
std::vector<setting> menu_settings();

} // namespace offhook::app
