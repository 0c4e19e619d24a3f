#pragma once

#include <string>

#include "actors/agent_profile.hpp"
#include "app/settings.hpp"

namespace offhook::app {

/// Whom the callers of an agent may be connected with.
/// @throws std::runtime_error, which names the key, where a target is none
actors::transfer_rules read_transfer(const settings& from,
                                     const std::string& agent);

} // namespace offhook::app
