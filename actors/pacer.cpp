#include "actors/pacer.hpp"

#include <algorithm>

#include "actors/local_send.hpp"

namespace offhook::actors {

pacer_state::pacer_state(pacer_actor::pointer self,
                         std::chrono::milliseconds period)
  : self(self),
    period(period) {
}

pacer_actor::behavior_type pacer_state::make_behavior() {
  self->set_down_handler([this](caf::down_msg& msg) { end(msg.source); });
  return {
    [this](pace_begin) { begin(self->current_sender()); },
    [this](pace_end) {
      if (auto who = self->current_sender()) {
        self->demonitor(caf::actor_cast<caf::actor_addr>(who));
        end(caf::actor_cast<caf::actor_addr>(who));
      }
    },
  };
}

void pacer_state::begin(const caf::strong_actor_ptr& who) {
  if (!who || std::find(bridges.begin(), bridges.end(), who) != bridges.end())
    return;
  bridges.push_back(who);
  self->monitor(caf::actor_cast<caf::actor>(who));
  if (!armed) {
    next = self->clock().now() + period;
    arm();
  }
}

void pacer_state::end(const caf::actor_addr& who) {
  std::erase_if(bridges, [&](const caf::strong_actor_ptr& x) {
    return caf::actor_cast<caf::actor_addr>(x) == who;
  });
}

void pacer_state::arm() {
  armed = true;
  self->run_delayed(std::max(next - self->clock().now(),
                             caf::actor_clock::duration_type{0}),
                    [this] { tick(); });
}

void pacer_state::tick() {
  armed = false;
  if (bridges.empty())
    return;
  for (const auto& x : bridges)
    send_here(self, x, pace_tick{});
  // Ticks missed in a stall are not made up for: a bridge sends what is due.
  auto now = self->clock().now();
  next += period;
  if (next < now)
    next = now + period;
  arm();
}

} // namespace offhook::actors
