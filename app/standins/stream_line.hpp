#pragma once

#include <functional>
#include <memory>
#include <string>

#include "app/standins/delayed.hpp"
#include "app/standins/demo_caller.hpp"
#include "net/asio_types.hpp"
#include "net/web_socket.hpp"

namespace offhook::app::standins {

/// Carries a `demo_caller` over one real WebSocket: what comes in goes to the
/// machine, with the time, and what it does goes out. Owned by the call it
/// belongs to, lives by its socket's callbacks and its timer until the socket
/// is closed. On the socket's loop only.
class stream_line : public std::enable_shared_from_this<stream_line> {
public:
  stream_line(net::web_socket_ptr socket, const stream_setup& stream,
              std::shared_ptr<phone_call> call, delayed::options network);

  /// @param on_closed the last thing that happens; null: nobody cares
  void start(std::function<void(const net::ws_closed&)> on_closed);

  /// The person hangs up.
  void hang_up();

  /// Ends the transport as it is.
  void abort();

  /// Whether the person ended the stream, and so the call.
  bool hung_up() const noexcept {
    return caller_.hung_up();
  }

private:
  /// The time, having noted how late it is for what is due.
  time_point clock();
  void carry_out(effects what);
  void run(effects first);
  void arm();

  net::web_socket_ptr socket_; // Null when it is closed.
  const std::shared_ptr<phone_call> call_;
  demo_caller caller_;
  delayed machine_;
  net::loop_timer timer_;
};

} // namespace offhook::app::standins
