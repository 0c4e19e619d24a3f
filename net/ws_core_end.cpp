#include <algorithm>
#include <utility>

#include <boost/asio/error.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/beast/websocket/error.hpp>

#include "net/ws_core.hpp"

// The half of `ws_core` that ends: failures, times, and what is told of them.
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

bool is_plain_end(const error_code& ec) {
  return ec == asio::error::eof || ec == asio::ssl::error::stream_truncated;
}

} // namespace

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

} // namespace offhook::net
