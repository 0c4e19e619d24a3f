#pragma once

#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

#include "harness.hpp"
#include "raw_peer.hpp"

namespace offhook::net::test {

/// A client made of bytes, and the server's side of its WebSocket.
struct raw_client {
  raw_peer peer;
  web_socket_ptr socket;
  std::shared_ptr<recorder> seen = std::make_shared<recorder>();
};

/// Connects one to `server`, whose side is left paused where it is not
/// `started`.
inline raw_client connect_raw(test_server& server, bool started = true) {
  raw_peer peer{server.port()};
  peer.upgrade();
  raw_client result{std::move(peer), server.sockets.get().value_or(nullptr)};
  if (!result.socket)
    throw std::runtime_error{"not accepted"};
  if (started)
    start(result.socket, result.seen);
  return result;
}

inline std::string payload_of(const std::optional<raw_peer::frame>& x,
                              int opcode) {
  return x && x->opcode == opcode ? x->payload : "no such frame";
}

/// Two loops, and whether a socket has let go of what it was given.
struct socket_fixture {
  running_loops loops{2};

  /// Nothing holds the callbacks any more. They go a moment after the last one.
  static bool released(const std::shared_ptr<recorder>& seen,
                       running_loops& loops) {
    for (std::size_t i = 0; i < 2; ++i)
      loops.on(i, [] {});
    return seen.use_count() == 1;
  }
};

} // namespace offhook::net::test
