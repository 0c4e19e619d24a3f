#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "app/standins/machine.hpp"
#include "net/shard_loop.hpp"
#include "net/web_socket.hpp"
#include "net/ws_queue.hpp"

namespace offhook::torture {

/// A WebSocket on virtual time whose peer is a stand-in's machine and whose
/// network fails on demand. What either side sends is delivered by `poll`,
/// never within a call; what the gateway sends waits in the same bounded queue
/// as on a real socket.
class fault_socket final : public net::web_socket,
                           public std::enable_shared_from_this<fault_socket> {
public:
  using time_point = app::standins::time_point;

  /// Told what passes, in the order in which the gateway sees and does it:
  /// media when it leaves the queue, all else when it is sent.
  struct observer {
    std::function<void(std::string_view)> sent;
    std::function<void(std::string_view)> delivered;
    std::function<void()> ended;
  };

  explicit fault_socket(std::unique_ptr<app::standins::machine> peer,
                        observer who = {}, net::ws_limits limits = {});
  ~fault_socket() override;

  app::standins::machine& peer() noexcept {
    return *peer_;
  }

  /// Delivers what is due, to the gateway one message at most.
  /// @returns whether there was anything
  bool poll(time_point now);

  bool ended() const noexcept {
    return ended_;
  }

  // -- faults -----------------------------------------------------------------

  /// The network is gone, on both sides, with what is under way.
  void cut(time_point now);

  /// Nothing passes until then; what comes meanwhile waits.
  void stall(time_point until);

  /// Nothing passes any more, and nobody says so: the gateway's pings will.
  void go_half_open(time_point now);

  /// The gateway's own socket gives up: its handle ends with this.
  void end(const net::ws_closed& how);

  /// What the machine does by itself, or somebody in its place.
  void deliver(app::standins::effects what);

  /// Text in the peer's place which the observer is not told of.
  void inject(std::string text);

  // -- web_socket -------------------------------------------------------------

  void start(net::ws_events events) override;
  void pause() override;
  void move_to(net::shard_loop&,
               std::function<void(net::web_socket_ptr)> done) override;
  void send(std::string text, net::frame_class kind) override;
  void close(std::uint16_t code, std::string_view) override;
  void abort() override;
  std::size_t queued_bytes() const noexcept override;
  net::shard_loop& loop() const noexcept override;

  /// The loop of all of them, which never runs.
  static net::shard_loop& home() noexcept;

  /// So many that the gateway has not seen the end of.
  static std::size_t live() noexcept;

private:
  struct coming {
    std::string text;
    bool injected = false;
  };

  bool blocked(time_point now) const;

  std::unique_ptr<app::standins::machine> peer_;
  observer observer_;
  net::ws_limits limits_;
  net::ws_events events_;
  net::ws_queue outgoing_; // from the gateway to the machine
  std::deque<coming> incoming_;
  std::optional<net::ws_closed> end_;
  std::optional<std::uint16_t> closing_;
  std::optional<time_point> stalled_until_;
  std::optional<time_point> dead_at_; // Half open: when pings say so.
  bool opened_ = false;
  bool ended_ = false;
};

} // namespace offhook::torture
