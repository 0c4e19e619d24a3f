#pragma once

#include <chrono>
#include <functional>
#include <memory>

#include <boost/asio/steady_timer.hpp>

#include "app/standins/demo_agent.hpp"
#include "net/web_socket.hpp"

namespace offhook::app::standins {

/// One demo agent and the WebSocket that carries its events. Owned by
/// `demo_agent_server`, ended by its socket; everything runs on the socket's
/// loop.
class demo_agent_socket
  : public std::enable_shared_from_this<demo_agent_socket> {
public:
  /// @param on_end called once, after the socket has closed
  demo_agent_socket(net::web_socket_ptr socket, demo_agent_options options,
                    demo_agent_handshake handshake,
                    std::function<void(demo_agent_socket&)> on_end);

  /// Begins the session.
  void start();

  /// Closes it, as a server that goes away does.
  void close();

  void reset();

  void set_faults(demo_agent_faults faults);

  void send_error(const agent_error& error);

  const demo_agent& agent() const noexcept {
    return agent_;
  }

  net::shard_loop& loop() const noexcept {
    return socket_->loop();
  }

private:
  void carry_out(effects xs);
  void arm();

  net::web_socket_ptr socket_;
  demo_agent agent_;
  std::function<void(demo_agent_socket&)> on_end_;
  boost::asio::steady_timer timer_;
  std::optional<time_point> armed_for_;
  bool ended_ = false;
};

} // namespace offhook::app::standins
