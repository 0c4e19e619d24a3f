#include "net/ws_core.hpp"

#include <algorithm>
#include <utility>

#include <unistd.h>

#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/beast/websocket/error.hpp>
#include <openssl/ssl.h>

namespace offhook::net {

namespace {

using std::chrono::milliseconds;

// For a timer that has nothing to wait for but keeps its session alive.
constexpr auto long_time = std::chrono::hours{1};

// What Beast closes with where the peer breaks the rules; 0: it did not.
std::uint16_t violated(const error_code& ec) {
  using beast::websocket::condition;
  using beast::websocket::error;
  if (ec == error::message_too_big || ec == error::buffer_overflow)
    return close_code::too_big;
  if (ec == error::bad_frame_payload)
    return 1007;
  return ec == condition::protocol_violation ? close_code::protocol_error : 0;
}

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

bool is_plain_end(const error_code& ec) {
  return ec == asio::error::eof || ec == asio::ssl::error::stream_truncated;
}

} // namespace

ws_parcel::~ws_parcel() {
  if (ssl != nullptr)
    ::SSL_free(static_cast<SSL*>(ssl));
  if (fd >= 0)
    ::close(fd);
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

template <class F>
void ws_core::later(F f) {
  asio::post(loop_.io(), [self = shared_from_this(), f] { f(*self); });
}

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
      if (self.held_ && !self.paused_) {
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
  if (end_asked_)
    return;
  told_ = true;
  events_.reset();
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

// -- the end ------------------------------------------------------------------

void ws_core::on_close_done(const error_code& ec) {
  if (ec)
    return failed(ec);
  auto end = told_by_peer();
  end.why = ws_closed::cause::closed_by_us;
  finish(std::move(end));
}

void ws_core::on_peer_close() {
  peer_closed_ = true;
  bound_end(limits_.close_timeout_ms);
}

void ws_core::on_teardown() {
  tearing_down_ = true;
  bound_end(limits_.close_timeout_ms);
  // Both close frames are out. Whoever waits for the end need not wait for a
  // peer that is slow to close its connection.
  if (peer_closed_ || phase_ == phase::closing)
    conclude(told_by_peer());
}

ws_closed ws_core::told_by_peer() const {
  ws_closed result;
  result.why = phase_ == phase::closing ? ws_closed::cause::closed_by_us
                                        : ws_closed::cause::peer_closed;
  peer_said(result.code, result.reason);
  return result;
}

void ws_core::failed(const error_code& ec) {
  if (phase_ == phase::ended) {
    // The end was told early, and now the transport's has come. What fails
    // before it does so because of it.
    if (!reading_ && !dead_)
      finish({});
    return;
  }
  if (peer_closed_) {
    if (!reading_)
      finish(told_by_peer());
    return;
  }
  if (auto code = violated(ec); code != 0)
    return finish({ws_closed::cause::protocol_error, code, {}, ec.message()});
  // One operation gets the cause, the others hear only that they are over. The
  // first may still be on its way.
  if (ec == asio::error::operation_aborted
      && (reading_ || phase_ == phase::closing))
    return;
  finish({ws_closed::cause::lost,
          1006,
          {},
          is_plain_end(ec) ? std::string{} : ec.message()});
}

void ws_core::conclude(ws_closed why) {
  if (phase_ == phase::ended)
    return;
  end_ = std::move(why);
  phase_ = phase::ended;
  moved_nowhere();
  if (!told_)
    later([](ws_core& self) { self.tell(); });
}

void ws_core::finish(ws_closed why) {
  conclude(std::move(why));
  if (std::exchange(dead_, true))
    return;
  kill();
  slot_.reset();
  release();
}

void ws_core::tell() {
  if (told_ || !events_)
    return;
  told_ = true;
  auto events = std::move(events_);
  release();
  if (events->on_closed)
    events->on_closed(end_);
}

// Nothing is left to wait for: the timer was what kept the session alive.
void ws_core::release() {
  if (phase_ == phase::ended && dead_ && told_)
    timer_.cancel();
}

// -- times --------------------------------------------------------------------

void ws_core::rearm() {
  timer_.expires_at(next_time());
  timer_.async_wait([self = shared_from_this()](const error_code& ec) {
    if (!ec)
      self->on_time();
  });
}

void ws_core::bound_end(std::uint32_t ms) {
  end_by_ = std::min(end_by_, clock::now() + milliseconds{ms});
  rearm();
}

ws_core::clock::time_point ws_core::last_heard() const noexcept {
  return std::max(started_, last_read());
}

ws_core::clock::time_point ws_core::next_time() const noexcept {
  auto result = std::min(end_by_, clock::now() + long_time);
  if (phase_ == phase::open && !paused_) {
    auto idle = milliseconds{limits_.idle_timeout_ms};
    result = std::min({result, next_ping_, last_heard() + idle});
  }
  return result;
}

void ws_core::on_time() {
  auto now = clock::now();
  if (now >= end_by_) {
    end_by_ = clock::time_point::max();
    if (phase_ == phase::ended) {
      finish({});
    } else if (phase_ == phase::handshake || (tearing_down_ && !peer_closed_)) {
      // Whatever is under way ends now and says how.
      kill();
    } else if (peer_closed_) {
      finish(told_by_peer());
    } else {
      finish({ws_closed::cause::timeout, 1006, {}, "no answer in time"});
    }
  } else if (phase_ == phase::open && !paused_) {
    on_time_open(now);
  }
  if (!(phase_ == phase::ended && dead_ && told_))
    rearm();
}

void ws_core::on_time_open(clock::time_point now) {
  if (now >= last_heard() + milliseconds{limits_.idle_timeout_ms})
    return finish({ws_closed::cause::timeout, 1006, {}, "nothing received"});
  if (now < next_ping_)
    return;
  next_ping_ = now + milliseconds{limits_.ping_interval_ms};
  if (!std::exchange(pinging_, true))
    begin_ping();
  // One that was not even written yet shows in the silence that follows.
}

// -- the handle ---------------------------------------------------------------

web_socket::~web_socket() = default;

namespace {

/// Outlives its session without harm: calls do nothing then.
class ws_handle final : public web_socket,
                        public std::enable_shared_from_this<ws_handle> {
public:
  ws_handle(const std::shared_ptr<ws_core>& core, shard_loop& loop)
    : core_(core),
      loop_(loop),
      home_(loop.handle()) {
  }

  ~ws_handle() override {
    // An actor's state can be destroyed anywhere.
    if (shard_loop::current() != &loop_)
      home_.post([core = core_] { drop(core); });
    else
      drop(core_);
  }

  void start(ws_events events) override {
    if (auto core = core_.lock())
      core->start(std::move(events));
  }

  void pause() override {
    if (auto core = core_.lock())
      core->pause();
  }

  void move_to(shard_loop& target, ws_core::move_handler done) override {
    auto self = shared_from_this();
    if (auto core = core_.lock())
      core->move_to(target, std::move(self), std::move(done));
    else
      home_.post([self, done = std::move(done)] { done(self); });
  }

  void send(std::string text, frame_class kind) override {
    if (auto core = core_.lock())
      core->send(std::move(text), kind);
  }

  void close(std::uint16_t code, std::string_view reason) override {
    if (auto core = core_.lock())
      core->close(code, reason);
  }

  void abort() override {
    if (auto core = core_.lock())
      core->abort();
  }

  std::size_t queued_bytes() const noexcept override {
    auto core = core_.lock();
    return core ? core->queued_bytes() : 0;
  }

  shard_loop& loop() const noexcept override {
    return loop_;
  }

private:
  static void drop(const std::weak_ptr<ws_core>& weak) {
    if (auto core = weak.lock())
      core->dropped();
  }

  std::weak_ptr<ws_core> core_;
  shard_loop& loop_;
  loop_handle home_;
};

} // namespace

web_socket_ptr make_handle(const std::shared_ptr<ws_core>& core,
                           shard_loop& loop) {
  return std::make_shared<ws_handle>(core, loop);
}

std::string_view to_string(ws_closed::cause x) noexcept {
  switch (x) {
    case ws_closed::cause::peer_closed:
      return "peer_closed";
    case ws_closed::cause::closed_by_us:
      return "closed_by_us";
    case ws_closed::cause::lost:
      return "lost";
    case ws_closed::cause::timeout:
      return "timeout";
    case ws_closed::cause::overflow:
      return "overflow";
    case ws_closed::cause::protocol_error:
      return "protocol_error";
  }
  return "unknown";
}

} // namespace offhook::net
