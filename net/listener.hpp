#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "net/http.hpp"
#include "net/shard_loop.hpp"

namespace offhook::net {

struct listener_options {
  std::string address = "127.0.0.1";
  std::uint16_t port = 0;    ///< 0: the system chooses
  std::string tls_cert_file; ///< PEM chain; empty: plain
  std::string tls_key_file;
  std::size_t max_header_bytes = 16 * 1024; ///< more: 431
  std::size_t max_body_bytes = 64 * 1024;   ///< more: 413
  std::size_t max_connections = 10'000; ///< more: accepted and closed at once
  std::uint32_t header_timeout_ms = 10'000; ///< accept, TLS and header
  std::uint32_t keep_alive_timeout_ms = 60'000;
  std::uint32_t handler_timeout_ms = 14'000; ///< Twilio gives up after 15 s
};

/// Accepts HTTP/1.1 and WebSocket connections on one port, plain or TLS, and
/// deals them out to the loops in turn.
class listener {
public:
  /// Binds and listens.
  /// @throws std::runtime_error naming address, port or file and the cause
  listener(std::vector<shard_loop*> loops, listener_options options,
           http_handler handler);
  listener(const listener&) = delete;
  listener& operator=(const listener&) = delete;

  /// @pre `stop` was called, or the loops no longer run.
  ~listener();

  /// The bound port.
  std::uint16_t port() const noexcept;

  /// Begins to accept. From any thread.
  void start();

  /// Accepts no more and closes idle connections; requests under way get their
  /// answer, with `Connection: close`. WebSockets are not touched. From any
  /// thread, any number of times; `done` is called on a loop once the port is
  /// free and no HTTP connection is left (bounded by the handler timeout).
  void stop(std::function<void()> done);

private:
  class impl;
  std::shared_ptr<impl> impl_;
};

} // namespace offhook::net
