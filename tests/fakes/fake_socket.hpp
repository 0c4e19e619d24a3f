#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "net/shard_loop.hpp"
#include "net/web_socket.hpp"

namespace offhook::tests {

/// A WebSocket whose peer is the test: what was sent can be read, and what the
/// peer does is called.
class fake_socket final : public net::web_socket,
                          public std::enable_shared_from_this<fake_socket> {
public:
  // -- the peer ---------------------------------------------------------------

  void say(std::string_view text) {
    if (auto f = events_.on_text)
      f(text);
  }

  void end(net::ws_closed how) {
    ended_ = true;
    auto events = std::exchange(events_, {});
    if (events.on_closed)
      events.on_closed(how);
  }

  /// Answers the close frame that `close` sent.
  void confirm_close() {
    end(
      {net::ws_closed::cause::closed_by_us, close_code.value_or(1000), {}, {}});
  }

  std::vector<std::string> sent;
  std::optional<std::uint16_t> close_code;
  bool aborted = false;
  bool started = false;
  bool auto_confirm = true; ///< the peer answers close frames at once

  // -- the socket -------------------------------------------------------------

  void start(net::ws_events events) override {
    started = true;
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
    if (!close_code && !ended_)
      sent.push_back(std::move(text));
  }

  void close(std::uint16_t code, std::string_view) override {
    if (close_code || ended_)
      return;
    close_code = code;
    if (auto_confirm)
      confirm_close();
  }

  void abort() override {
    aborted = true;
    if (!ended_)
      end({net::ws_closed::cause::lost, 1006, {}, {}});
  }

  std::size_t queued_bytes() const noexcept override {
    return 0;
  }

  net::shard_loop& loop() const noexcept override {
    static net::shard_loop result{0};
    return result;
  }

private:
  net::ws_events events_;
  bool ended_ = false;
};

} // namespace offhook::tests
