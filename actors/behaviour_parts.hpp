#pragma once

#include <algorithm>
#include <chrono>
#include <optional>
#include <utility>

#include <caf/disposable.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "actors/behaviour.hpp"

/// What most behaviours are built of.
namespace offhook::actors {

/// The behaviour ends with its call.
inline void end_with_call(behaviour_actor::pointer self,
                          const behaviour_context& context) {
  self->monitor(context.director);
  self->set_down_handler(
    [self](caf::down_msg&) { self->quit(caf::exit_reason::user_shutdown); });
}

/// The same, with a timer that would hold it.
template <class Self>
void end_with_call(Self* self, const behaviour_context& context,
                   caf::disposable& timer) {
  auto end = [self, &timer] {
    timer.dispose();
    self->quit(caf::exit_reason::user_shutdown);
  };
  self->monitor(context.director);
  self->set_down_handler([end](caf::down_msg&) { end(); });
  self->set_exit_handler([end](caf::exit_msg&) { end(); });
}

/// Gives one of `orders` to the call.
template <class Order>
void give(behaviour_actor::pointer self, const behaviour_context& context,
          Order order) {
  self->send(context.director, call_order{std::move(order)});
}

/// Sets `timer` anew: `f` is called at `when`, or (nothing) not at all.
template <class Self, class F>
void arm(Self* self, caf::disposable& timer,
         const std::optional<std::chrono::steady_clock::time_point>& when,
         F f) {
  timer.dispose();
  if (!when)
    return;
  auto wait = *when - self->clock().now();
  timer = self->run_delayed(std::max(wait, decltype(wait){0}), std::move(f));
}

} // namespace offhook::actors
