#pragma once

#include <cstddef>
#include <memory>
#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/ssl/stream.hpp>

#include "net/asio_types.hpp"

namespace offhook::net {

/// A TCP socket with a gate: while it is shut, synchronous reads find nothing.
/// That is how the TLS engine above is emptied of what it has taken in already,
/// and of nothing else (see `unread_of`).
class gated_socket {
public:
  using executor_type = tcp_socket::executor_type;
  using lowest_layer_type = tcp_socket::lowest_layer_type;

  explicit gated_socket(tcp_socket socket) : socket_(std::move(socket)) {
  }

  executor_type get_executor() noexcept {
    return socket_.get_executor();
  }

  lowest_layer_type& lowest_layer() noexcept {
    return socket_.lowest_layer();
  }

  tcp_socket& socket() noexcept {
    return socket_;
  }

  void shut(bool x) noexcept {
    shut_ = x;
  }

  template <class Buffers>
  std::size_t read_some(const Buffers& buffers, error_code& ec) {
    if (!shut_)
      return socket_.read_some(buffers, ec);
    ec = asio::error::would_block;
    return 0;
  }

  template <class Buffers>
  std::size_t write_some(const Buffers& buffers, error_code& ec) {
    return socket_.write_some(buffers, ec);
  }

  template <class Buffers, class Handler>
  auto async_read_some(const Buffers& buffers, Handler&& handler) {
    return socket_.async_read_some(buffers, std::forward<Handler>(handler));
  }

  template <class Buffers, class Handler>
  auto async_write_some(const Buffers& buffers, Handler&& handler) {
    return socket_.async_write_some(buffers, std::forward<Handler>(handler));
  }

private:
  tcp_socket socket_;
  bool shut_ = false;
};

/// Beast's way to close what is below its streams.
inline void beast_close_socket(gated_socket& x) {
  error_code ignored;
  x.socket().close(ignored);
}

using plain_transport = gated_socket;
using tls_transport = asio::ssl::stream<gated_socket>;

inline tcp_socket& socket_of(plain_transport& x) noexcept {
  return x.socket();
}

inline tcp_socket& socket_of(tls_transport& x) noexcept {
  return x.next_layer().socket();
}

/// Reads and drops until the peer has ended its direction, then closes.
template <class Handler>
class drain_op {
public:
  drain_op(tcp_socket& socket, Handler handler)
    : socket_(socket),
      handler_(std::move(handler)) {
  }

  void read() {
    auto to = asio::buffer(buffer_.get(), buffer_size);
    socket_.async_read_some(to, std::move(*this));
  }

  void operator()(error_code ec, std::size_t) {
    if (!ec)
      return read();
    socket_.close(ec);
    handler_();
  }

private:
  static constexpr std::size_t buffer_size = 4096;

  tcp_socket& socket_;
  std::unique_ptr<char[]> buffer_ = std::make_unique<char[]>(buffer_size);
  Handler handler_;
};

/// Ends both directions in good order: says so to the peer, then reads until it
/// says so too, so that no reset of ours overtakes what we sent last. It may
/// never end: the owner's deadline closes the socket. The handler gets no
/// error, for what was to be said has been.
// Beast's own version for TCP closes after the first read that gives something,
// and a reset follows where more comes.
template <class Handler>
void async_linger(plain_transport& x, Handler handler) {
  error_code ignored;
  x.socket().shutdown(asio::socket_base::shutdown_send, ignored);
  drain_op<Handler>{x.socket(), std::move(handler)}.read();
}

template <class Handler>
void async_linger(tls_transport& x, Handler handler) {
  // Many peers answer close_notify with the end of TCP: no error either.
  x.async_shutdown([&x, h = std::move(handler)](const error_code&) mutable {
    async_linger(x.next_layer(), std::move(h));
  });
}

} // namespace offhook::net
