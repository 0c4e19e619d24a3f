#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include <boost/asio/post.hpp>

#include "net/asio_types.hpp"
#include "net/shard_loop.hpp"
#include "net/web_socket.hpp"
#include "net/ws_queue.hpp"

namespace offhook::net {

struct ws_parcel;

/// The state machine of one WebSocket, without its bytes: callbacks, queue,
/// times and the one end. `ws_stream` adds Beast and the transport.
///
/// Nobody owns it but its own pending operations, of which a timer is always
/// one: it goes when its end has been told or its handle was dropped, or with
/// its loop. Used on that loop only.
class ws_core : public std::enable_shared_from_this<ws_core> {
public:
  using clock = std::chrono::steady_clock;
  using move_handler = std::function<void(web_socket_ptr)>;

  ws_core(shard_loop& loop, const ws_limits& limits);
  ws_core(shard_loop& loop, ws_parcel& parcel);
  virtual ~ws_core();

  // -- what the handle asks for (see web_socket) ------------------------------

  void start(ws_events events);
  void pause();
  void move_to(shard_loop& target, web_socket_ptr self, move_handler done);
  void send(std::string text, frame_class kind);
  void close(std::uint16_t code, std::string_view reason);
  void abort();
  std::size_t queued_bytes() const noexcept;

  /// The last handle is gone, and so is the socket, unless it was told to end
  /// before. Then nobody is left to be called either.
  void dropped();

  // -- the time before -------------------------------------------------------

  /// Lives from now on, and closes the transport where no `open` follows within
  /// the handshake's time.
  void begin_handshake();

  /// The handshake is over; the socket is paused.
  void open();

  /// Ends it before `open`.
  void give_up();

  /// Given back when the transport is closed.
  void hold(std::shared_ptr<void> slot);

protected:
  struct message {
    bool text = true;
    std::string_view bytes;
  };

  // What the transport does: each `begin` is followed by its `on`, later, with
  // one of each under way at a time.

  virtual void begin_read() = 0;
  virtual void begin_write(std::string_view text, bool more_follows) = 0;
  virtual void begin_ping() = 0;
  virtual void begin_close(std::uint16_t code, const std::string& reason) = 0;

  /// The view stays valid until `message_done` is called.
  void on_read(const error_code& ec, message x);
  void on_written(const error_code& ec);
  void on_pinged(const error_code& ec);
  void on_close_done(const error_code& ec);

  /// The peer's close frame has come.
  void on_peer_close();

  /// The last frame has been exchanged, and the transport is being ended.
  void on_teardown();

  virtual void message_done() = 0;

  /// Closes the transport: what is under way ends soon, with an error.
  virtual void kill() noexcept = 0;

  virtual clock::time_point last_read() const noexcept = 0;

  /// Code and reason of the peer's close frame.
  virtual void peer_said(std::uint16_t& code, std::string& reason) const = 0;

  /// Takes the transport out for another loop; null where that cannot be.
  virtual std::shared_ptr<ws_parcel> pack() = 0;

  /// Where `*this` lives.
  shard_loop& loop_;
  ws_limits limits_;

private:
  /// Counts for `live_web_sockets`.
  struct live_count {
    live_count();
    ~live_count();
  };

  enum class phase : std::uint8_t {
    handshake,
    open,
    draining, // `close` was called, and what is queued goes first.
    closing,  // Our close frame is on its way, or there.
    ended,
  };

  void read_next();
  void write_next();
  void deliver(const message& x);
  void after_delivery();
  void report_dropped();

  void try_move();
  void moved_nowhere();

  ws_closed told_by_peer() const;
  void failed(const error_code& ec);
  void conclude(ws_closed why);
  void finish(ws_closed why);
  void tell();
  void release();

  void rearm();
  void on_time();
  void on_time_open(clock::time_point now);
  void bound_end(std::uint32_t ms);
  clock::time_point last_heard() const noexcept;
  clock::time_point next_time() const noexcept;

  /// Calls `f` from the loop, not from within the call under way.
  template <class F>
  void later(F f) {
    asio::post(loop_.io(), [self = shared_from_this(), f] { f(*self); });
  }

  ws_queue queue_;
  std::string frame_; // Under way.
  std::size_t dropped_ = 0;
  std::shared_ptr<ws_events> events_; // Null while paused and after the end.
  std::shared_ptr<void> slot_;

  phase phase_ = phase::handshake;
  bool paused_ = true;
  bool in_callback_ = false; // on_text or on_binary
  bool reading_ = false;
  bool writing_ = false;
  bool gathering_ = false; // The write under way goes out with the next one.
  bool pinging_ = false;
  bool held_ = false; // A message came after `pause`.
  bool peer_closed_ = false;
  bool tearing_down_ = false;
  bool dead_ = false; // The transport is closed.
  live_count live_;
  bool end_asked_ = false;
  bool told_ = false; // Or nobody is left to be told.
  message held_message_;

  std::uint16_t close_code_ = 0;
  std::string close_reason_;
  ws_closed end_;

  shard_loop* move_target_ = nullptr;
  web_socket_ptr move_self_;
  move_handler move_done_;

  clock::time_point started_ = clock::now();
  clock::time_point next_ping_ = clock::time_point::max();
  clock::time_point end_by_ = clock::time_point::max();
  loop_timer timer_;
};

/// What is left of a socket between two loops.
struct ws_parcel {
  ws_parcel(const ws_limits& limits_of, tcp protocol_of)
    : protocol(protocol_of),
      limits(limits_of),
      queue(limits_of.max_queued_bytes) {
  }
  ws_parcel(const ws_parcel&) = delete;
  ws_parcel& operator=(const ws_parcel&) = delete;
  ~ws_parcel();

  tcp protocol;
  int fd = -1;
  void* ssl = nullptr; ///< an `SSL*` with one reference of ours, or null
  std::string unread;
  ws_limits limits;
  ws_queue queue;
  std::size_t dropped = 0;
  std::shared_ptr<void> slot;
};

/// A handle for the session's one owner.
web_socket_ptr make_handle(const std::shared_ptr<ws_core>& core,
                           shard_loop& loop);

/// Builds the session again, on the loop that calls this.
web_socket_ptr unpack(shard_loop& loop, ws_parcel& parcel);

} // namespace offhook::net
