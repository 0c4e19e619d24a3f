#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <boost/asio/async_result.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/bind_handler.hpp>
#include <boost/beast/core/buffers_prefix.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/role.hpp>
#include <boost/system/system_error.hpp>

#include "net/frame_header.hpp"
#include "net/transport.hpp"

namespace offhook::net {

/// The layer between Beast's WebSocket stream and the transport.
///
/// Reading: once `frames_only` was called, Beast gets the bytes of at most one
/// frame at a time, and what the transport gave beyond it stays here. So after
/// each message Beast's own buffers are empty, and a socket can change its loop
/// without a byte being lost.
///
/// Writing: while it is corked, what Beast writes is gathered, and it goes out
/// with the first write after that as one send (and as one TLS record).
///
/// Owned by the WebSocket stream, used on its loop only. At most one read and
/// one write are under way, which Beast sees to.
template <class Next>
class frame_stream {
public:
  using executor_type = io_executor;
  using next_layer_type = Next;
  using lowest_layer_type = tcp_socket::lowest_layer_type;
  using clock = std::chrono::steady_clock;

  explicit frame_stream(std::unique_ptr<Next> next) : next_(std::move(next)) {
  }

  executor_type get_executor() noexcept {
    return socket_of(*next_).get_executor();
  }

  Next& next_layer() noexcept {
    return *next_;
  }

  const Next& next_layer() const noexcept {
    return *next_;
  }

  lowest_layer_type& lowest_layer() noexcept {
    return next_->lowest_layer();
  }

  // -- for the session --------------------------------------------------------

  /// Adds what was read already, behind what is unread.
  void unread(std::string_view bytes) {
    auto to = in_.prepare(bytes.size());
    in_.commit(asio::buffer_copy(to, asio::buffer(bytes)));
  }

  /// What the transport gave and Beast did not get yet.
  std::string_view unread() const noexcept {
    auto data = in_.data();
    return {static_cast<const char*>(data.data()), data.size()};
  }

  /// From now on: at most one frame at a time.
  void frames_only() noexcept {
    frame_left_ = 0;
    frames_only_ = true;
  }

  /// Whether what follows begins with a frame's header.
  bool at_boundary() const noexcept {
    return frame_left_ == 0;
  }

  void cork(bool x) noexcept {
    corked_ = x;
  }

  /// Writes are swallowed: for the handshake of a socket that has had one.
  void swallow(bool x) noexcept {
    swallow_ = x;
  }

  /// Called where Beast has done with frames, before the transport is ended.
  void on_teardown(std::function<void()> f) {
    on_teardown_ = std::move(f);
  }

  clock::time_point last_read() const noexcept {
    return last_read_;
  }

  std::unique_ptr<Next> release() noexcept {
    return std::move(next_);
  }

  // -- for Beast --------------------------------------------------------------

  // Beast wants the synchronous ones for a handshake that is not asynchronous.
  // There is none but the swallowed.

  template <class Buffers>
  std::size_t read_some(const Buffers&, error_code& ec) {
    ec = asio::error::operation_not_supported;
    return 0;
  }

  template <class Buffers>
  std::size_t read_some(const Buffers&) {
    throw boost::system::system_error{asio::error::operation_not_supported};
  }

  template <class Buffers>
  std::size_t write_some(const Buffers& buffers, error_code& ec) {
    ec = {};
    if (!swallow_)
      ec = asio::error::operation_not_supported;
    return swallow_ ? asio::buffer_size(buffers) : 0;
  }

  template <class Buffers>
  std::size_t write_some(const Buffers& buffers) {
    error_code ec;
    auto n = write_some(buffers, ec);
    if (ec)
      throw boost::system::system_error{ec};
    return n;
  }

  template <class Buffers, class Handler>
  auto async_read_some(const Buffers& buffers, Handler&& handler) {
    return asio::async_initiate<Handler, void(error_code, std::size_t)>(
      [this](auto h, const Buffers& to) { begin_read(to, std::move(h)); },
      handler, buffers);
  }

  template <class Buffers, class Handler>
  auto async_write_some(const Buffers& buffers, Handler&& handler) {
    return asio::async_initiate<Handler, void(error_code, std::size_t)>(
      [this](auto h, const Buffers& from) { begin_write(from, std::move(h)); },
      handler, buffers);
  }

  /// Sends what is left, then ends the transport in good order.
  template <class Handler>
  void end(Handler handler) {
    if (on_teardown_)
      on_teardown_();
    corked_ = false;
    if (out_.empty())
      return linger(std::move(handler));
    asio::async_write(*next_, asio::buffer(out_),
                      [this, h = std::move(handler)](const error_code&,
                                                     std::size_t) mutable {
                        out_.clear();
                        linger(std::move(h));
                      });
  }

private:
  // What one read takes from the transport at least, where frames are short.
  static constexpr std::size_t read_size = 4096;
  // What is gathered at most before it is sent.
  static constexpr std::size_t gather_size = 32 * 1024;
  // What is copied to make one TLS record of a frame's header and payload.
  static constexpr std::size_t record_size = 16 * 1024;

  static constexpr bool is_tls = std::is_same_v<Next, tls_transport>;

  // -- reading ----------------------------------------------------------------

  /// Hands out what is here. @returns 0 where more is needed first
  template <class Buffers>
  std::size_t take(const Buffers& to) {
    if (frame_left_ == 0) {
      auto size = frame_size(unread());
      if (!size)
        return 0;
      frame_left_ = *size;
    }
    auto limit = std::min<std::uint64_t>(frame_left_, in_.size());
    auto n = asio::buffer_copy(to, in_.data(), static_cast<std::size_t>(limit));
    in_.consume(n);
    took(n);
    return n;
  }

  void took(std::size_t n) noexcept {
    if (frames_only_)
      frame_left_ -= n;
  }

  template <class Buffers, class Handler>
  void begin_read(const Buffers& to, Handler handler) {
    if (auto n = take(to); n > 0)
      return complete(std::move(handler), n);
    read_more(to, std::move(handler));
  }

  template <class Buffers, class Handler>
  void read_more(const Buffers& to, Handler handler) {
    // The rest of a long frame goes to its place at once.
    if (in_.size() == 0
        && std::min<std::uint64_t>(frame_left_, asio::buffer_size(to))
             >= read_size) {
      auto limit = static_cast<std::size_t>(
        std::min<std::uint64_t>(frame_left_, asio::buffer_size(to)));
      return next_->async_read_some(
        beast::buffers_prefix(limit, to),
        [this, h = std::move(handler)](error_code ec, std::size_t n) mutable {
          last_read_ = clock::now();
          took(n);
          h(ec, n);
        });
    }
    next_->async_read_some(
      in_.prepare(read_size),
      [this, to, h = std::move(handler)](error_code ec, std::size_t n) mutable {
        last_read_ = clock::now();
        in_.commit(n);
        if (ec)
          return h(ec, 0);
        if (auto size = take(to); size > 0)
          return h(ec, size);
        read_more(to, std::move(h));
      });
  }

  // -- writing ----------------------------------------------------------------

  template <class Buffers>
  std::size_t gather(const Buffers& from, std::size_t limit) {
    auto before = out_.size();
    out_.resize(before + std::min(limit, asio::buffer_size(from)));
    return asio::buffer_copy(asio::buffer(out_) + before, from);
  }

  template <class Buffers, class Handler>
  void begin_write(const Buffers& from, Handler handler) {
    auto size = asio::buffer_size(from);
    if (swallow_)
      return complete(std::move(handler), size);
    if (corked_ && out_.size() + size <= gather_size) {
      gather(from, size);
      return complete(std::move(handler), size);
    }
    if (out_.empty() && (!is_tls || pieces(from) == 1))
      return next_->async_write_some(from, std::move(handler));
    auto n = gather(from, record_size);
    asio::async_write(*next_, asio::buffer(out_),
                      [this, n, h = std::move(handler)](error_code ec,
                                                        std::size_t) mutable {
                        out_.clear();
                        h(ec, ec ? 0 : n);
                      });
  }

  template <class Buffers>
  static std::size_t pieces(const Buffers& buffers) {
    std::size_t n = 0;
    for (auto i = asio::buffer_sequence_begin(buffers);
         i != asio::buffer_sequence_end(buffers); ++i)
      n += asio::const_buffer(*i).size() > 0;
    return n;
  }

  // -- both -------------------------------------------------------------------

  template <class Handler>
  void complete(Handler handler, std::size_t n) {
    asio::post(get_executor(),
               beast::bind_front_handler(std::move(handler), error_code{}, n));
  }

  template <class Handler>
  void linger(Handler handler) {
    async_linger(*next_,
                 [h = std::move(handler)]() mutable { h(error_code{}); });
  }

  std::unique_ptr<Next> next_;
  beast::flat_buffer in_;
  // Bytes of the frame under way, with its header, that Beast did not get yet.
  std::uint64_t frame_left_ = std::numeric_limits<std::uint64_t>::max();
  bool frames_only_ = false;
  std::vector<char> out_;
  bool corked_ = false;
  bool swallow_ = false;
  std::function<void()> on_teardown_;
  clock::time_point last_read_ = clock::now();
};

/// Beast finds these by their argument when a WebSocket is to be ended.
template <class Next, class Handler>
void async_teardown(beast::role_type, frame_stream<Next>& stream,
                    Handler&& handler) {
  stream.end(std::decay_t<Handler>(std::forward<Handler>(handler)));
}

} // namespace offhook::net
