#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "actors/behaviour.hpp"
#include "app/config.hpp"
#include "app/secrets.hpp"

namespace offhook::app {

/// The whole gateway: configuration to listener. One object, built, started and
/// stopped by one thread that is no shard.
class server {
public:
  /// @param cfg outlives the server
  /// @param behaviours what agents may turn on; yours stand beside ours here
  server(config& cfg, secrets keys,
         actors::behaviour_registry behaviours = actors::built_in_behaviours());
  server(const server&) = delete;
  server& operator=(const server&) = delete;
  ~server();

  /// Starts shards and actors, then listens.
  /// @throws std::runtime_error in words for the operator
  void start();

  /// The bound port. @pre started
  std::uint16_t port() const;

  /// Begins to let the process go: it is not ready any more, takes no calls,
  /// and lets those that there are end, at most for the time that is
  /// configured; then they go to another instance, or are left for `stop` to
  /// end. From any thread, any number of times.
  void drain();

  /// Whether that has come to its end. Any thread.
  bool drained() const;

  /// Waits for that. From any thread but the server's own.
  void wait_until_drained() const;

  /// Ends everything in order, within a bounded time: the listener accepts no
  /// more; calls close both their sockets and end; actors go; threads are
  /// joined. Any number of times.
  void stop();

private:
  struct impl;
  std::unique_ptr<impl> impl_;
};

} // namespace offhook::app
