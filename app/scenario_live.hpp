#pragma once

#include "app/config.hpp"
#include "app/demo_timeline.hpp"
#include "app/scenario.hpp"
#include "app/scenario_run.hpp"

namespace offhook::app {

/// Plays a scenario over real sockets on 127.0.0.1, in this process and in real
/// time: the whole gateway between the two stand-ins. Reads neither `.env` nor
/// the secrets.
/// @param cfg takes where to listen and whom to dial; the scenario's own
///        settings are there already
/// @param timeline is told what happens while it does
/// @throws std::runtime_error where the gateway cannot start
scenario_run play_live(config& cfg, const scenario& what,
                       demo_timeline& timeline);

} // namespace offhook::app
