#include "app/standins/demo_agent_socket.hpp"

#include <utility>

#include "net/shard_loop.hpp"

namespace offhook::app::standins {

demo_agent_socket::demo_agent_socket(
  net::web_socket_ptr socket, demo_agent_options options,
  demo_agent_handshake handshake,
  std::function<void(demo_agent_socket&)> on_end)
  : socket_(std::move(socket)),
    agent_(std::move(options), std::move(handshake)),
    on_end_(std::move(on_end)),
    timer_(socket_->loop().io()) {
}

void demo_agent_socket::start() {
  // The socket keeps its callbacks and this keeps the socket: no circle.
  auto weak = weak_from_this();
  net::ws_events events;
  events.on_text = [weak](std::string_view text) {
    if (auto self = weak.lock())
      self->carry_out(self->agent_.on_text(text, clock_now()));
  };
  events.on_closed = [weak](const net::ws_closed& why) {
    auto self = weak.lock();
    if (!self)
      return;
    self->ended_ = true;
    self->agent_.on_closed(why.code, clock_now());
    self->timer_.cancel();
    self->on_end_(*self);
  };
  socket_->start(std::move(events));
  carry_out(agent_.on_open(clock_now()));
}

void demo_agent_socket::close() {
  if (!ended_)
    socket_->close(net::close_code::going_away, "server stops");
}

void demo_agent_socket::reset() {
  if (!ended_)
    socket_->abort();
}

void demo_agent_socket::set_faults(demo_agent_faults faults) {
  agent_.set_faults(std::move(faults), clock_now());
  arm();
}

void demo_agent_socket::send_error(const agent_error& error) {
  carry_out(agent_.send_error(error));
}

void demo_agent_socket::carry_out(effects xs) {
  for (auto& x : xs) {
    if (ended_)
      return;
    if (auto* text = std::get_if<send_text>(&x))
      socket_->send(std::move(text->text), net::frame_class::control);
    else if (auto* close = std::get_if<close_socket>(&x))
      socket_->close(close->code, close->reason);
    else
      socket_->abort();
  }
  arm();
}

void demo_agent_socket::arm() {
  auto next = ended_ ? std::nullopt : agent_.next_time();
  if (next == armed_for_)
    return;
  armed_for_ = next;
  timer_.cancel();
  if (!next)
    return;
  timer_.expires_at(*next);
  timer_.async_wait([weak = weak_from_this()](boost::system::error_code ec) {
    auto self = weak.lock();
    if (ec || !self || self->ended_)
      return;
    self->armed_for_.reset();
    self->carry_out(self->agent_.on_time(clock_now()));
  });
}

} // namespace offhook::app::standins
