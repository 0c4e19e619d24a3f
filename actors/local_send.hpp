#pragma once

#include <utility>

#include <caf/actor_cast.hpp>
#include <caf/message_id.hpp>
#include <caf/typed_actor.hpp>

#include "actors/shard.hpp"

namespace offhook::actors {

/// Sends from outside of any actor (a socket's callback): on a shard's thread
/// the message is handled within the turn under way; elsewhere, as
/// `caf::anon_send` does it. An empty handle swallows it.
template <class Handle, class Message>
void send_from_socket(const Handle& receiver, Message&& what) {
  if (receiver)
    receiver->eq_impl(caf::make_message_id(), nullptr, shard::current(),
                      std::forward<Message>(what));
}

/// Sends to an actor whose interface is not known by type.
template <class Self, class Message>
void send_here(Self* self, const caf::strong_actor_ptr& receiver,
               Message&& what) {
  if (receiver)
    receiver->get()->eq_impl(caf::make_message_id(), self->ctrl(),
                             self->context(), std::forward<Message>(what));
}

} // namespace offhook::actors
