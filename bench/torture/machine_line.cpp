#include "bench/torture/machine_line.hpp"

#include <utility>

#include "net/shard_loop.hpp"

namespace standins = offhook::app::standins;

namespace offhook::torture {

machine_line::machine_line(net::web_socket_ptr socket,
                           std::shared_ptr<standins::machine> machine,
                           std::function<void()> on_closed)
  : socket_(std::move(socket)),
    machine_(std::move(machine)),
    on_closed_(std::move(on_closed)),
    timer_(socket_->loop().io().get_executor()) {
}

void machine_line::start() {
  auto self = shared_from_this();
  socket_->start({
    .on_text =
      [self](std::string_view text) {
        self->carry_out(self->machine_->on_text(text, clock_now()));
      },
    .on_binary = {},
    .on_dropped = {},
    .on_closed =
      [self](const net::ws_closed& how) {
        self->socket_ = nullptr;
        self->timer_.cancel();
        self->machine_->on_closed(how.code, clock_now());
        std::exchange(self->on_closed_, {})();
      },
  });
  carry_out(machine_->on_open(clock_now()));
}

void machine_line::carry_out(standins::effects what) {
  for (auto& x : what) {
    if (!socket_)
      return;
    if (auto* text = std::get_if<standins::send_text>(&x))
      socket_->send(std::move(text->text), net::frame_class::control);
    else if (const auto* close = std::get_if<standins::close_socket>(&x))
      socket_->close(close->code, close->reason);
    else
      socket_->abort();
  }
  arm();
}

void machine_line::arm() {
  const auto next = machine_->next_time();
  if (!socket_ || !next)
    return;
  timer_.expires_at(*next);
  timer_.async_wait([self = shared_from_this()](net::error_code ec) {
    if (!ec && self->socket_)
      self->carry_out(self->machine_->on_time(clock_now()));
  });
}

} // namespace offhook::torture
