#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace offhook::net {

class shard_loop;

/// Close codes of RFC 6455 section 7.4.1 that we send.
namespace close_code {
inline constexpr std::uint16_t normal = 1000;
inline constexpr std::uint16_t going_away = 1001;
inline constexpr std::uint16_t protocol_error = 1002;
inline constexpr std::uint16_t policy_violation = 1008;
inline constexpr std::uint16_t too_big = 1009;
inline constexpr std::uint16_t internal_error = 1011;
inline constexpr std::uint16_t service_restart = 1012;
inline constexpr std::uint16_t try_again_later = 1013;
} // namespace close_code

/// Why a WebSocket is gone, told exactly once.
struct ws_closed {
  enum class cause : std::uint8_t {
    peer_closed,    ///< A close frame of the peer; `code` and `reason` are its.
    closed_by_us,   ///< The handshake that `close` began is over.
    lost,           ///< The transport ended without a close frame (1006).
    timeout,        ///< No answer to our pings, or to our close frame.
    overflow,       ///< A control frame did not fit into the write queue.
    protocol_error, ///< The peer broke RFC 6455 or a size limit.
  };

  cause why = cause::lost;
  std::uint16_t code = 1006;
  std::string reason; ///< the peer's, cut at 123 bytes
  std::string error;  ///< the transport's error text, empty if none, which
                      ///< includes an end without ceremony
};

std::string_view to_string(ws_closed::cause x) noexcept;

/// Callbacks, all on the loop of the socket.
struct ws_events {
  /// One text message. The view is valid during the call.
  std::function<void(std::string_view)> on_text;

  /// One binary message: neither protocol has any; its size.
  std::function<void(std::size_t)> on_binary;

  /// Media frames that the bounded queue dropped, oldest first: how many.
  std::function<void(std::size_t)> on_dropped;

  /// The last callback. Afterwards all of them are released.
  std::function<void(const ws_closed&)> on_closed;
};

/// Which rule a queued frame follows when the peer reads too slowly.
enum class frame_class : std::uint8_t {
  media,   ///< The oldest media frames are dropped for it, at worst itself.
  control, ///< Never dropped: where no media is left to be dropped for it, the
           ///< socket is failed.
};

/// One established WebSocket, accepted or dialled, plain or TLS. It lives on
/// one `shard_loop`; all members are called there. The library keeps it alive
/// while an operation is under way; dropping the last handle without `close`
/// aborts it, and then nobody is called any more. A handle may be dropped on
/// any thread, and may outlive its loop: its members do nothing then.
class web_socket {
public:
  virtual ~web_socket();

  /// Begins to read, or goes on after `pause`, with these callbacks.
  virtual void start(ws_events events) = 0;

  /// Called within `on_text`: no further message is read from the transport
  /// before `start`; the kernel's buffers hold what comes. Callbacks are
  /// released.
  virtual void pause() = 0;

  /// Hands a paused socket to `target`, where `done` gets the socket that
  /// stands for it from now on; `*this` is dead afterwards. On the same loop
  /// (and where the transport cannot be moved: a socket that we dialled, or one
  /// that has ended) `done` gets `*this`, on the loop that it has. Nothing that
  /// the peer sent is lost, and what is queued goes along.
  virtual void move_to(shard_loop& target,
                       std::function<void(std::shared_ptr<web_socket>)> done)
    = 0;

  /// Queues one text message. Does nothing after `close` or the end.
  virtual void send(std::string text, frame_class kind) = 0;

  /// Sends what is queued, then a close frame, then waits (bounded) for the
  /// peer's. `on_closed` follows in every case, and no message before it.
  virtual void close(std::uint16_t code, std::string_view reason) = 0;

  /// Ends the transport at once, without a close frame. `on_closed` follows,
  /// with `lost`.
  virtual void abort() = 0;

  virtual std::size_t queued_bytes() const noexcept = 0;

  /// The loop on which this socket lives.
  virtual shard_loop& loop() const noexcept = 0;
};

using web_socket_ptr = std::shared_ptr<web_socket>;

/// How many sessions there are in this process, with what they hold (transport,
/// TLS engine, buffers): those that were closed or refused are no more among
/// them soon after their end. Any thread.
std::size_t live_web_sockets() noexcept;

/// Bounds and times of one WebSocket.
struct ws_limits {
  std::size_t max_message_bytes = 64 * 1024;
  std::size_t max_queued_bytes = 1024 * 1024;
  std::uint32_t handshake_timeout_ms = 10'000; ///< TCP + TLS + upgrade
  std::uint32_t ping_interval_ms = 15'000;     ///< 0: no pings
  std::uint32_t idle_timeout_ms = 30'000; ///< nothing read at all, pongs count
  std::uint32_t close_timeout_ms = 3'000;
};

} // namespace offhook::net
