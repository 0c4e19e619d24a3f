#pragma once

#include <functional>
#include <memory>

#include "app/standins/machine.hpp"
#include "net/asio_types.hpp"
#include "net/web_socket.hpp"

namespace offhook::torture {

using app::standins::clock_now;

/// Carries a machine over one real WebSocket, on the socket's loop. It lives by
/// the socket's callbacks and its timer until the socket is closed.
class machine_line : public std::enable_shared_from_this<machine_line> {
public:
  /// @param on_closed the last thing that happens
  machine_line(net::web_socket_ptr socket,
               std::shared_ptr<app::standins::machine> machine,
               std::function<void()> on_closed);

  void start();

  /// What the machine does by itself, or somebody in its place.
  void carry_out(app::standins::effects what);

private:
  void arm();

  net::web_socket_ptr socket_; // Null when it is closed.
  std::shared_ptr<app::standins::machine> machine_;
  std::function<void()> on_closed_;
  net::loop_timer timer_;
};

} // namespace offhook::torture
