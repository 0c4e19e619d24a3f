#pragma once

#include <chrono>

#include <caf/fwd.hpp>

#include "actors/environment.hpp"
#include "actors/messages.hpp"

namespace offhook::actors {

/// Receives an accepted Media Streams socket: reads up to its `start`, asks the
/// registry where that call lives, moves the socket there and hands it to the
/// call's supervisor. From then on both sockets of the call and its actors
/// share a thread. Call it on the loop of the socket.
/// @param needs_token whether the stream must show the token that our TwiML
///        gave it; without that only where nobody else can reach us
void receive_stream(caf::actor_system& sys, environment_ptr env,
                    call_registry_actor registry, net::web_socket_ptr socket,
                    std::vector<net::shard_loop*> loops, bool needs_token);

} // namespace offhook::actors
