#pragma once

#include <concepts>
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

struct environment;

/// What a behaviour is given when a call begins.
struct behaviour_context {
  agent_ptr agent;
  std::string call_sid;
  director_actor director; ///< takes its orders; gone when the call is
  std::map<std::string, std::string> settings; ///< of its section, all its keys
  caf::execution_unit* unit = nullptr; ///< where it is to live: not a shard of
                                       ///< calls; null in tests
  std::string from;                    ///< the caller's number
  std::string to;                      ///< the called one
  std::shared_ptr<const environment> env = {};
};

/// Makes one behaviour for one call.
using behaviour_factory
  = std::function<behaviour_actor(caf::actor_system&, behaviour_context)>;

/// What a behaviour is registered with.
struct behaviour_kind {
  behaviour_kind() = default;

  /// One that needs no more than its factory.
  template <class F>
  requires std::constructible_from<behaviour_factory, F> behaviour_kind(F make)
    : make(std::move(make)) {
  }

  behaviour_factory make;

  /// The keys of its section `behaviours.NAME`, as they are set: before the
  /// configuration is read, their defaults. There are no others.
  std::map<std::string, std::string> settings;

  /// Looks at them once, at start-up. @returns what is wrong; empty: nothing
  std::function<std::string(const std::map<std::string, std::string>&)> check
    = nullptr;

  /// How often one that fails is started again within a call.
  std::uint32_t restarts = 2;
};

/// All behaviours by the name that an agent turns them on with.
using behaviour_registry = std::map<std::string, behaviour_kind, std::less<>>;

/// Those that we bring: `keys`, `limits`, `silence`, `tools`, `transcript`.
behaviour_registry built_in_behaviours();

} // namespace offhook::actors
