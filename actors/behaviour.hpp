#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include <caf/execution_unit.hpp>
#include <caf/fwd.hpp>

#include "actors/agent_profile.hpp"
#include "actors/messages.hpp"

namespace offhook::actors {

/// What a behaviour is given when a call begins.
struct behaviour_context {
  agent_ptr agent;
  std::string call_sid;
  director_actor director; ///< takes its orders; gone when the call is
  caf::execution_unit* unit = nullptr; ///< where it is to live: not a shard of
                                       ///< calls; null in tests
};

/// Makes one behaviour for one call.
using behaviour_factory
  = std::function<behaviour_actor(caf::actor_system&, behaviour_context)>;

/// All behaviours by the name that an agent turns them on with.
using behaviour_registry
  = std::map<std::string, behaviour_factory, std::less<>>;

/// Those that we bring: `keys`, `silence`, `tools`.
behaviour_registry built_in_behaviours();

} // namespace offhook::actors
