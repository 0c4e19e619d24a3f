#pragma once

#include "actors/environment.hpp"
#include "app/routes.hpp"
#include "app/secrets.hpp"
#include "app/settings.hpp"

/// What the configuration says, put where the actors and the routes look for
/// it: all that needs no thread.
namespace offhook::app {

/// Agents, functions, the settings of behaviours, prices, limits, and the
/// bounds of the Realtime socket.
/// @param to with the behaviours that there are
/// @throws std::runtime_error in words for the operator
void configure(const settings& from, const secrets& keys,
               actors::environment& to);

/// The bounds of the stream, the sentences for Twilio, and the menu.
/// @throws std::runtime_error in words for the operator
void configure(const settings& from, route_context& to);

} // namespace offhook::app
