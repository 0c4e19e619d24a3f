#pragma once

#include <deque>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "app/standins/machine.hpp"
#include "net/shard_loop.hpp"
#include "net/web_socket.hpp"

namespace offhook::tests {

/// One text message of a call and who sent it.
struct wire_note {
  bool from_us = false;
  std::string text;
};

/// A WebSocket whose peer is a stand-in's state machine, on virtual time. What
/// either side sends is delivered by `poll`, never within a call.
class machine_socket final
  : public net::web_socket,
    public std::enable_shared_from_this<machine_socket> {
public:
  using time_point = app::standins::time_point;

  explicit machine_socket(app::standins::machine& peer) : peer_(peer) {
  }

  /// Delivers what is due. @returns whether there was anything
  bool poll(time_point now) {
    auto busy = false;
    if (!opened_ && events_.on_text) {
      opened_ = true;
      take(peer_.on_open(now));
    }
    for (; !outgoing_.empty() && !ended_; busy = true) {
      auto text = std::move(outgoing_.front());
      outgoing_.pop_front();
      take(peer_.on_text(text, now));
    }
    if (auto due = peer_.next_time();
        opened_ && !ended_ && due && *due <= now) {
      take(peer_.on_time(now));
      busy = true;
    }
    // A paused socket keeps what comes for later.
    while (!incoming_.empty() && events_.on_text && !ended_) {
      auto text = std::move(incoming_.front());
      incoming_.pop_front();
      record.push_back({false, text});
      auto deliver = events_.on_text;
      deliver(text);
      busy = true;
    }
    if (end_ && incoming_.empty() && events_.on_closed && !ended_) {
      finish(*end_);
      busy = true;
    }
    if (closing_ && !ended_) {
      peer_.on_closed(*closing_, now);
      finish({net::ws_closed::cause::closed_by_us, *closing_, {}, {}});
      busy = true;
    }
    return busy;
  }

  /// The network is gone, on both sides.
  void cut(time_point now) {
    if (ended_)
      return;
    peer_.on_closed(1006, now);
    finish({net::ws_closed::cause::lost, 1006, {}, "reset"});
  }

  /// What the machine does by itself.
  void deliver(app::standins::effects what) {
    if (!ended_)
      take(std::move(what));
  }

  bool ended() const noexcept {
    return ended_;
  }

  std::vector<wire_note> record;

  // -- web_socket -------------------------------------------------------------

  void start(net::ws_events events) override {
    events_ = std::move(events);
  }

  void pause() override {
    events_ = {};
  }

  void move_to(net::shard_loop&,
               std::function<void(net::web_socket_ptr)> done) override {
    done(shared_from_this());
  }

  void send(std::string text, net::frame_class) override {
    if (closing_ || ended_)
      return;
    record.push_back({true, text});
    outgoing_.push_back(std::move(text));
  }

  void close(std::uint16_t code, std::string_view) override {
    if (!closing_)
      closing_ = code;
  }

  void abort() override {
    closing_ = 1006;
  }

  std::size_t queued_bytes() const noexcept override {
    return 0;
  }

  net::shard_loop& loop() const noexcept override {
    return home();
  }

  /// The loop of all of them, which never runs.
  static net::shard_loop& home() noexcept {
    static net::shard_loop result{0};
    return result;
  }

private:
  void take(app::standins::effects what) {
    using namespace app::standins;
    for (auto& x : what) {
      if (auto* text = std::get_if<send_text>(&x))
        incoming_.push_back(std::move(text->text));
      else if (auto* close = std::get_if<close_socket>(&x))
        end_ = net::ws_closed{
          net::ws_closed::cause::peer_closed, close->code, close->reason, {}};
      else
        end_ = net::ws_closed{net::ws_closed::cause::lost, 1006, {}, "reset"};
    }
  }

  void finish(const net::ws_closed& how) {
    ended_ = true;
    auto events = std::exchange(events_, {});
    if (events.on_closed)
      events.on_closed(how);
  }

  app::standins::machine& peer_;
  net::ws_events events_;
  std::deque<std::string> outgoing_; // from us to the machine
  std::deque<std::string> incoming_;
  std::optional<net::ws_closed> end_;
  std::optional<std::uint16_t> closing_;
  bool opened_ = false;
  bool ended_ = false;
};

} // namespace offhook::tests
