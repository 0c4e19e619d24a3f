#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "app/standins/demo_agent_options.hpp"
#include "net/listener.hpp"
#include "net/shard_loop.hpp"
#include "net/web_socket.hpp"

namespace offhook::app::standins {

struct demo_agent_server_options {
  net::listener_options listener; ///< address, port, certificate
  demo_agent_options agent;
  std::string path = "/v1/realtime";

  /// Makes one session another one, by what its client's request said. Called
  /// on the session's loop, with the server's lock held. May be null.
  std::function<void(const demo_agent_handshake&, demo_agent_options&)> cast;

  /// Any `Authorization: Bearer` that is not empty will do.
  bool require_authorization = true;

  /// An `append` has up to 15 MiB; what is sent is never dropped.
  net::ws_limits limits{.max_message_bytes = 16 * 1024 * 1024,
                        .max_queued_bytes = 64 * 1024 * 1024};
};

/// The demo agent on real WebSockets: `GET /v1/realtime?model=...`, one session
/// per socket, plain or TLS, as many as there are. Members may be called from
/// any thread.
class demo_agent_server {
public:
  /// Binds on the loops of others, which run before `start` and until `stop` is
  /// done, and outlive the server.
  /// @throws std::runtime_error naming address, port or file and the cause
  demo_agent_server(std::vector<net::shard_loop*> loops,
                    demo_agent_server_options options);

  /// Binds on loops and threads of its own.
  /// @param threads 0: one per core
  explicit demo_agent_server(demo_agent_server_options options,
                             std::size_t threads = 1);

  demo_agent_server(const demo_agent_server&) = delete;
  demo_agent_server& operator=(const demo_agent_server&) = delete;

  /// With loops of its own: stops and waits. With those of others:
  /// @pre `stop` is done, or the loops no longer run
  ~demo_agent_server();

  std::uint16_t port() const noexcept;

  /// `ws://127.0.0.1:5051/v1/realtime`, by the listener's address.
  std::string url() const;

  void start();

  /// Accepts no more and closes all sessions with 1001. `done` is called on a
  /// loop once they are gone.
  void stop(std::function<void()> done);

  /// The same, and waits. Not on a loop.
  void stop();

  /// For the sessions that are open and those that come.
  void set_faults(demo_agent_faults faults);

  /// Resets the transport of every open session.
  void reset_sessions();

  /// Sends an `error` event to every open session.
  void send_error(agent_error error);

  std::size_t open_sessions() const;

  /// Of the sessions that have ended.
  demo_agent_stats stats() const;

private:
  struct impl;

  std::vector<std::unique_ptr<net::shard_loop>> own_loops_;
  std::vector<std::thread> threads_;
  std::shared_ptr<impl> impl_;
};

} // namespace offhook::app::standins
