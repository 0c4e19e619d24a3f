#pragma once

#include <chrono>
#include <utility>

#include <caf/actor_config.hpp>
#include <caf/actor_system.hpp>
#include <caf/event_based_actor.hpp>

#include "actors/shard.hpp"

namespace offhook::app {

/// Asks an actor from outside of any, without waiting: one of the two functions
/// is called later, on the shard of the caller. @p on_value takes the answer.
template <class Handle, class Message, class OnValue, class OnError>
void ask(caf::actor_system& sys, Handle receiver, std::chrono::seconds patience,
         Message what, OnValue on_value, OnError on_error) {
  auto run = [receiver, patience, what = std::move(what),
              on_value = std::move(on_value),
              on_error = std::move(on_error)](caf::event_based_actor* self) {
    self->request(receiver, patience, what).then(on_value, on_error);
  };
  caf::actor_config config{actors::shard::current()};
  sys.spawn_functor<caf::hidden>(std::true_type{}, config, run);
}

} // namespace offhook::app
