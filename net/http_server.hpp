#pragma once

#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <unordered_set>
#include <vector>

#include <boost/asio/ssl/context.hpp>

#include "net/asio_types.hpp"
#include "net/listener.hpp"

namespace offhook::net {

class http_session;

/// What all connections of one listener share, and what it stops. Owned by the
/// listener and by each of them. From any thread, but where it says otherwise.
class http_server : public std::enable_shared_from_this<http_server> {
public:
  /// @throws std::runtime_error naming the TLS file and the cause
  http_server(std::vector<shard_loop*> loops, listener_options options,
              http_handler handler);

  const listener_options& options() const noexcept {
    return options_;
  }

  const http_handler& handler() const noexcept {
    return handler_;
  }

  const std::vector<shard_loop*>& loops() const noexcept {
    return loops_;
  }

  /// Null where connections are plain.
  asio::ssl::context* tls() noexcept {
    return tls_ ? &*tls_ : nullptr;
  }

  bool stopping() const noexcept {
    return stopping_;
  }

  /// A place among `max_connections`, given back with its last reference; null
  /// where none is free.
  std::shared_ptr<void> take_place();

  /// Serves a new connection. On `loop`, to which the socket belongs.
  void serve(shard_loop& loop, tcp_socket socket, std::shared_ptr<void> place);

  /// Begins the end. `done` is called on a loop once nothing is held.
  void stop(std::function<void()> done);

  // Whatever has to be over before the end: acceptor and HTTP connections.

  void hold() noexcept;
  void release();

  /// A connection on `loop`; there.
  void add(const shard_loop& loop, http_session& session);
  void remove(const shard_loop& loop, http_session& session);

private:
  void stop_sessions(std::size_t index);
  std::unordered_set<http_session*>& sessions_on(const shard_loop& loop);

  std::vector<shard_loop*> loops_;
  listener_options options_;
  http_handler handler_;
  std::optional<asio::ssl::context> tls_;
  loop_handle home_;
  // By loop, each touched there only.
  std::vector<std::unordered_set<http_session*>> sessions_;
  std::atomic<bool> stopping_ = false;
  std::shared_ptr<std::atomic<std::size_t>> connections_
    = std::make_shared<std::atomic<std::size_t>>(0);
  std::atomic<std::size_t> held_ = 0;
  std::mutex mutex_; // Guards what follows.
  std::vector<std::function<void()>> waiting_;
};

} // namespace offhook::net
