#pragma once

#include <chrono>
#include <vector>

#include <caf/typed_event_based_actor.hpp>

#include "actors/messages.hpp"

namespace offhook::actors {

/// The timer of all bridges of one shard: while any of them has audio to send
/// it gives each a `pace_tick` per period, on a grid of its own that does not
/// drift with the load. Idle, it sets no timer. Lives as long as the system.
struct pacer_state {
  static inline const char* name = "pacer";

  pacer_state(pacer_actor::pointer self, std::chrono::milliseconds period);

  pacer_actor::behavior_type make_behavior();

  void begin(const caf::strong_actor_ptr& who);
  void end(const caf::actor_addr& who);
  void arm();
  void tick();

  pacer_actor::pointer self;
  std::chrono::milliseconds period;
  std::vector<caf::strong_actor_ptr> bridges;
  bool armed = false;
  caf::actor_clock::time_point next{};
};

using pacer_impl = pacer_actor::stateful_impl<pacer_state>;

} // namespace offhook::actors
