#include "app/standins/stream_line.hpp"

#include <utility>

#include "net/shard_loop.hpp"

namespace offhook::app::standins {

stream_line::stream_line(net::web_socket_ptr socket, const stream_setup& stream,
                         std::shared_ptr<phone_call> call,
                         delayed::options network)
  : socket_(std::move(socket)),
    call_(std::move(call)),
    caller_(stream, call_),
    machine_(caller_, network),
    timer_(socket_->loop().io()) {
  // nop
}

void stream_line::start(std::function<void(const net::ws_closed&)> on_closed) {
  net::ws_events events;
  events.on_text = [self = shared_from_this()](std::string_view text) {
    self->run(self->machine_.on_text(text, self->clock()));
  };
  events.on_binary = [self = shared_from_this()](std::size_t bytes) {
    self->caller_.on_binary(bytes, clock_now());
  };
  events.on_dropped = [self = shared_from_this()](std::size_t frames) {
    self->call_->fail(clock_now(),
                      "the server reads too slowly: " + std::to_string(frames)
                        + " frames were dropped");
  };
  events.on_closed = [self = shared_from_this(),
                      f = std::move(on_closed)](const net::ws_closed& how) {
    self->socket_ = nullptr;
    self->timer_.cancel();
    self->machine_.on_closed(how.code, clock_now());
    f(how);
  };
  socket_->start(std::move(events));
  run(machine_.on_open(clock_now()));
}

void stream_line::hang_up() {
  if (!socket_)
    return;
  machine_.dispatch(caller_.hang_up(clock_now()), clock_now());
  run({});
}

void stream_line::abort() {
  if (socket_)
    socket_->abort();
}

// The machine cannot tell by itself: what comes late through a slow network is
// handed to it with the time at which it was due.
time_point stream_line::clock() {
  const auto at = clock_now();
  if (const auto due = machine_.next_time())
    call_->ran_late(*due, at);
  return at;
}

void stream_line::carry_out(effects what) {
  for (auto& x : what) {
    if (!socket_)
      return;
    if (auto* text = std::get_if<send_text>(&x)) {
      const bool media = text->text.starts_with(R"({"event":"media")");
      socket_->send(std::move(text->text), media ? net::frame_class::media
                                                 : net::frame_class::control);
    } else if (const auto* close = std::get_if<close_socket>(&x)) {
      socket_->close(close->code, close->reason);
    } else {
      socket_->abort();
    }
  }
}

void stream_line::run(effects first) {
  carry_out(std::move(first));
  carry_out(machine_.on_time(clock()));
  arm();
}

void stream_line::arm() {
  const auto next = machine_.next_time();
  if (!socket_ || !next)
    return;
  timer_.expires_at(*next);
  timer_.async_wait([self = shared_from_this()](net::error_code ec) {
    if (!ec && self->socket_)
      self->run({});
  });
}

} // namespace offhook::app::standins
