#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

/// The stand-ins for Twilio and OpenAI are pure state machines: events and the
/// time go in, effects come out. The same machine serves tests on virtual time
/// and, behind a socket adapter, real WebSockets.
namespace offhook::app::standins {

using time_point = std::chrono::steady_clock::time_point;

/// The time of machines on real sockets.
inline time_point clock_now() {
  return std::chrono::steady_clock::now();
}

/// Send one text message.
struct send_text {
  std::string text;
};

/// Begin the closing handshake.
struct close_socket {
  std::uint16_t code = 1000;
  std::string reason;
};

/// End the transport without a close frame, as a lost network does.
struct reset_socket {};

using effect = std::variant<send_text, close_socket, reset_socket>;
using effects = std::vector<effect>;

/// One end of one WebSocket. Calls come in the order of time; `now` never goes
/// back.
class machine {
public:
  virtual ~machine() = default;

  /// The WebSocket is open.
  virtual effects on_open(time_point now) = 0;

  /// One text message of the peer.
  virtual effects on_text(std::string_view text, time_point now) = 0;

  /// The peer closed (1006: without a close frame). The last event.
  virtual void on_closed(std::uint16_t code, time_point now) = 0;

  /// `next_time` has come, or more time has passed.
  virtual effects on_time(time_point now) = 0;

  /// When `on_time` wants to be called next; nothing: not until another event.
  virtual std::optional<time_point> next_time() const = 0;
};

} // namespace offhook::app::standins
