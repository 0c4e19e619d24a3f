#include "net/ws_core.hpp"

#include <atomic>
#include <utility>

#include <unistd.h>

#include <openssl/ssl.h>

namespace offhook::net {

namespace {

using std::chrono::milliseconds;

// What fits into a close frame, without half a character.
std::string_view cut_reason(std::string_view x) {
  constexpr std::size_t max_size = 123;
  if (x.size() <= max_size)
    return x;
  auto end = max_size;
  while (end > 0 && (static_cast<unsigned char>(x[end]) & 0xc0) == 0x80)
    --end;
  return x.substr(0, end);
}

} // namespace

ws_parcel::~ws_parcel() {
  if (ssl != nullptr)
    ::SSL_free(static_cast<SSL*>(ssl));
  if (fd >= 0)
    ::close(fd);
}

namespace {

std::atomic<std::size_t> live_cores = 0;

} // namespace

std::size_t live_web_sockets() noexcept {
  return live_cores;
}

ws_core::live_count::live_count() {
  ++live_cores;
}

ws_core::live_count::~live_count() {
  --live_cores;
}

ws_core::ws_core(shard_loop& loop, const ws_limits& limits)
  : loop_(loop),
    limits_(limits),
    queue_(limits.max_queued_bytes),
    timer_(loop.io()) {
}

ws_core::ws_core(shard_loop& loop, ws_parcel& parcel)
  : loop_(loop),
    limits_(parcel.limits),
    queue_(std::move(parcel.queue)),
    dropped_(parcel.dropped),
    slot_(std::move(parcel.slot)),
    timer_(loop.io()) {
}

ws_core::~ws_core() = default;

// -- the handle ---------------------------------------------------------------

void ws_core::start(ws_events events) {
  if (told_)
    return;
  events_ = std::make_shared<ws_events>(std::move(events));
  paused_ = false;
  if (phase_ == phase::ended)
    return later([](ws_core& self) { self.tell(); });
  started_ = clock::now();
  if (limits_.ping_interval_ms > 0)
    next_ping_ = started_ + milliseconds{limits_.ping_interval_ms};
  rearm();
  if (dropped_ > 0)
    later([](ws_core& self) { self.report_dropped(); });
  if (held_)
    return later([](ws_core& self) {
      if (self.held_ && !self.paused_ && self.events_) {
        self.held_ = false;
        self.deliver(self.held_message_);
      }
    });
  read_next();
}

void ws_core::pause() {
  // Whichever callback runs holds its own reference.
  events_.reset();
  paused_ = true;
}

void ws_core::send(std::string text, frame_class kind) {
  if (phase_ != phase::open)
    return;
  auto result = queue_.push(std::move(text), kind);
  if (result.dropped > 0) {
    if (dropped_ == 0)
      later([](ws_core& self) { self.report_dropped(); });
    dropped_ += result.dropped;
  }
  if (result.overflow)
    return finish({ws_closed::cause::overflow, 1006, {}, "write queue full"});
  if (!move_target_)
    write_next();
}

void ws_core::close(std::uint16_t code, std::string_view reason) {
  end_asked_ = true;
  if (phase_ != phase::open)
    return;
  moved_nowhere();
  phase_ = phase::draining;
  close_code_ = code;
  close_reason_ = cut_reason(reason);
  bound_end(limits_.close_timeout_ms);
  write_next();
}

void ws_core::abort() {
  end_asked_ = true;
  finish({ws_closed::cause::lost, 1006, {}, "aborted"});
}

void ws_core::dropped() {
  if (end_asked_ && events_)
    return; // The end is under way, and there is somebody to tell.
  told_ = true;
  events_.reset();
  // An end that has begun, ours or the peer's, is brought to its own; it is
  // bounded.
  if (!end_asked_ && phase_ != phase::ended)
    finish({});
  release();
}

std::size_t ws_core::queued_bytes() const noexcept {
  return queue_.bytes();
}

// -- handshake ----------------------------------------------------------------

void ws_core::begin_handshake() {
  bound_end(limits_.handshake_timeout_ms);
}

void ws_core::open() {
  phase_ = phase::open;
  end_by_ = clock::time_point::max();
  rearm();
  write_next();
}

void ws_core::give_up() {
  told_ = true;
  finish({});
}

void ws_core::hold(std::shared_ptr<void> slot) {
  slot_ = std::move(slot);
}

// -- reading ------------------------------------------------------------------

void ws_core::read_next() {
  // While draining, too: a pong or the peer's close frame may have to be read.
  if (reading_ || in_callback_ || held_ || paused_
      || (phase_ != phase::open && phase_ != phase::draining))
    return;
  reading_ = true;
  begin_read();
}

void ws_core::on_read(const error_code& ec, message x) {
  reading_ = false;
  if (ec)
    return failed(ec);
  if (phase_ != phase::open) {
    // Nobody waits for messages after `close`, and a read that is not begun
    // leaves the peer's close frame to the operation that waits for it.
    message_done();
    return read_next();
  }
  if (paused_) {
    held_ = true;
    held_message_ = x;
    return;
  }
  deliver(x);
}

void ws_core::deliver(const message& x) {
  struct scope {
    ws_core& self;
    ~scope() {
      self.after_delivery();
    }
  };
  auto events = events_; // It may be replaced or released by what is called.
  in_callback_ = true;
  scope guard{*this};
  if (!x.text) {
    if (events->on_binary)
      events->on_binary(x.bytes.size());
  } else if (events->on_text) {
    events->on_text(x.bytes);
  }
}

void ws_core::after_delivery() {
  in_callback_ = false;
  message_done();
  read_next();
}

// -- writing ------------------------------------------------------------------

void ws_core::write_next() {
  if (writing_ || (phase_ != phase::open && phase_ != phase::draining))
    return;
  if (queue_.empty()) {
    if (phase_ != phase::draining)
      return;
    phase_ = phase::closing;
    return begin_close(close_code_, close_reason_);
  }
  writing_ = true;
  frame_ = queue_.take();
  gathering_ = !queue_.empty() && !move_target_;
  begin_write(frame_, gathering_);
}

void ws_core::on_written(const error_code& ec) {
  writing_ = false;
  queue_.done(frame_.size());
  if (ec)
    return failed(ec);
  if (move_target_ && !gathering_)
    return try_move();
  write_next();
}

void ws_core::on_pinged(const error_code& ec) {
  pinging_ = false;
  if (ec)
    return failed(ec);
  if (move_target_)
    try_move();
}

void ws_core::report_dropped() {
  if (dropped_ == 0 || !events_ || told_)
    return; // Later, or never.
  auto events = events_;
  if (auto n = std::exchange(dropped_, 0); events->on_dropped)
    events->on_dropped(n);
}

// -- moving -------------------------------------------------------------------

void ws_core::move_to(shard_loop& target, web_socket_ptr self,
                      move_handler done) {
  if (move_target_) // One at a time: the second learns where it is now.
    return later([self, done](ws_core&) { done(self); });
  move_target_ = &target;
  move_self_ = std::move(self);
  move_done_ = std::move(done);
  if (&target == &loop_ || phase_ != phase::open || !paused_ || reading_
      || held_)
    return moved_nowhere();
  // Not longer than it takes to notice a peer that does not read.
  bound_end(limits_.idle_timeout_ms);
  // The message that is being delivered, if any, has to be done with first.
  later([](ws_core& me) { me.try_move(); });
}

void ws_core::try_move() {
  if (!move_target_ || writing_ || pinging_)
    return;
  auto parcel = paused_ ? pack() : nullptr;
  if (!parcel)
    return moved_nowhere();
  parcel->queue = std::move(queue_);
  parcel->dropped = dropped_;
  parcel->slot = std::move(slot_);
  phase_ = phase::ended;
  dead_ = told_ = true;
  auto& target = *std::exchange(move_target_, nullptr);
  target.post([&target, parcel, done = std::move(move_done_)] {
    done(unpack(target, *parcel));
  });
  move_done_ = nullptr;
  move_self_.reset();
  release();
}

void ws_core::moved_nowhere() {
  if (!std::exchange(move_target_, nullptr))
    return;
  if (phase_ == phase::open && !peer_closed_ && !tearing_down_) {
    end_by_ = clock::time_point::max();
    rearm();
  }
  later([self = std::move(move_self_), done = std::move(move_done_)](ws_core&) {
    done(self);
  });
  move_self_.reset();
  move_done_ = nullptr;
  write_next();
}

} // namespace offhook::net
