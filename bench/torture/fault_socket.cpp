#include "bench/torture/fault_socket.hpp"

#include <utility>

namespace offhook::torture {

namespace {

std::size_t live_sockets = 0; // Of one thread: the one that has the time.

bool is_audio(std::string_view text) {
  return text.starts_with(R"({"type":"input_audio_buffer.append")");
}

} // namespace

fault_socket::fault_socket(std::unique_ptr<app::standins::machine> peer,
                           observer who, net::ws_limits limits)
  : peer_(std::move(peer)),
    observer_(std::move(who)),
    limits_(limits),
    outgoing_(limits.max_queued_bytes) {
  ++live_sockets;
}

fault_socket::~fault_socket() {
  if (!ended_)
    --live_sockets;
}

bool fault_socket::blocked(time_point now) const {
  return dead_at_ || (stalled_until_ && now < *stalled_until_);
}

bool fault_socket::poll(time_point now) {
  auto busy = false;
  if (ended_)
    return false;
  if (dead_at_ && now >= *dead_at_) {
    peer_->on_closed(1006, now);
    end({net::ws_closed::cause::timeout, 1006, {}, "no pong"});
    return true;
  }
  if (blocked(now)) {
    if (!closing_)
      return false;
    // The close frame gets no answer within its time.
    peer_->on_closed(1006, now);
    end({net::ws_closed::cause::timeout, *closing_, {}, {}});
    return true;
  }
  if (!opened_ && events_.on_text) {
    opened_ = true;
    deliver(peer_->on_open(now));
  }
  while (!outgoing_.empty() && !ended_) {
    auto text = outgoing_.take();
    outgoing_.done(text.size());
    if (observer_.sent && is_audio(text))
      observer_.sent(text);
    deliver(peer_->on_text(text, now));
    busy = true;
  }
  if (auto due = peer_->next_time(); opened_ && !ended_ && due && *due <= now) {
    deliver(peer_->on_time(now));
    busy = true;
  }
  // A paused socket keeps what comes for later. One at a time: what the gateway
  // does next, it does knowing of this one.
  if (!incoming_.empty() && events_.on_text && !ended_) {
    auto next = std::move(incoming_.front());
    incoming_.pop_front();
    if (observer_.delivered && !next.injected)
      observer_.delivered(next.text);
    auto handle = events_.on_text;
    handle(next.text);
    busy = true;
  }
  if (end_ && incoming_.empty() && events_.on_closed && !ended_) {
    end(*end_);
    busy = true;
  }
  if (closing_ && !ended_) {
    peer_->on_closed(*closing_, now);
    end({net::ws_closed::cause::closed_by_us, *closing_, {}, {}});
    busy = true;
  }
  return busy;
}

void fault_socket::cut(time_point now) {
  if (ended_)
    return;
  peer_->on_closed(1006, now);
  end({net::ws_closed::cause::lost, 1006, {}, "reset"});
}

void fault_socket::stall(time_point until) {
  stalled_until_ = until;
}

void fault_socket::go_half_open(time_point now) {
  if (!dead_at_)
    dead_at_ = now + std::chrono::milliseconds{limits_.idle_timeout_ms};
}

void fault_socket::end(const net::ws_closed& how) {
  if (std::exchange(ended_, true))
    return;
  --live_sockets;
  auto self = shared_from_this(); // Whoever has it may let go.
  if (auto told = std::exchange(observer_, {}); told.ended)
    told.ended();
  auto events = std::exchange(events_, {});
  if (events.on_closed)
    events.on_closed(how);
}

void fault_socket::deliver(app::standins::effects what) {
  using namespace app::standins;
  if (ended_)
    return;
  for (auto& x : what) {
    if (auto* text = std::get_if<send_text>(&x))
      incoming_.push_back({std::move(text->text), false});
    else if (auto* close = std::get_if<close_socket>(&x))
      end_ = net::ws_closed{
        net::ws_closed::cause::peer_closed, close->code, close->reason, {}};
    else
      end_ = net::ws_closed{net::ws_closed::cause::lost, 1006, {}, "reset"};
  }
}

void fault_socket::inject(std::string text) {
  if (!ended_)
    incoming_.push_back({std::move(text), true});
}

void fault_socket::start(net::ws_events events) {
  events_ = std::move(events);
}

void fault_socket::pause() {
  events_ = {};
}

void fault_socket::move_to(net::shard_loop&,
                           std::function<void(net::web_socket_ptr)> done) {
  done(shared_from_this());
}

void fault_socket::send(std::string text, net::frame_class kind) {
  if (closing_ || ended_)
    return;
  if (observer_.sent && !is_audio(text))
    observer_.sent(text);
  auto result = outgoing_.push(std::move(text), kind);
  if (result.dropped > 0 && events_.on_dropped)
    events_.on_dropped(result.dropped);
  if (result.overflow)
    end_ = net::ws_closed{net::ws_closed::cause::overflow, 1006, {}, {}};
}

void fault_socket::close(std::uint16_t code, std::string_view) {
  if (!closing_)
    closing_ = code;
}

void fault_socket::abort() {
  closing_ = 1006;
}

std::size_t fault_socket::queued_bytes() const noexcept {
  return outgoing_.bytes();
}

net::shard_loop& fault_socket::loop() const noexcept {
  return home();
}

net::shard_loop& fault_socket::home() noexcept {
  static net::shard_loop result{0};
  return result;
}

std::size_t fault_socket::live() noexcept {
  return live_sockets;
}

} // namespace offhook::torture
