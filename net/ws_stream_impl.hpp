#pragma once

#include <cstring>

#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/field.hpp>
#include <boost/beast/websocket/stream.hpp>
#include <openssl/ssl.h>

#include "net/frame_stream.hpp"
#include "net/ws_stream.hpp"

namespace offhook::net {

namespace websocket = beast::websocket;

/// `ws_core` over Beast. Included by ws_plain.cpp and ws_tls.cpp only, which
/// instantiate it.
template <class Next>
class ws_stream final : public ws_core {
public:
  ws_stream(shard_loop& loop, std::unique_ptr<Next> next,
            const ws_limits& limits)
    : ws_core(loop, limits),
      stream_(std::move(next)) {
    configure();
  }

  ws_stream(shard_loop& loop, std::unique_ptr<Next> next, ws_parcel& parcel)
    : ws_core(loop, parcel),
      stream_(std::move(next)) {
    configure();
  }

  void accept(std::string_view unread, const upgrade_request& request,
              accept_handler done) {
    begin_handshake();
    layer().unread(unread);
    layer().frames_only();
    stream_.set_option(
      websocket::stream_base::decorator([](websocket::response_type& x) {
        x.set(beast::http::field::server, "offhook");
      }));
    is_server_ = true;
    stream_.async_accept(request, [self = self(), done = std::move(done)](
                                    error_code ec) { done(ec, self); });
  }

  void upgrade(const upgrade_target& to, upgrade_handler done) {
    begin_handshake();
    stream_.set_option(websocket::stream_base::decorator(
      [headers = to.headers](websocket::request_type& x) {
        x.set(beast::http::field::user_agent, "offhook");
        for (auto& [name, value] : headers)
          if (beast::iequals(name, "User-Agent"))
            x.set(name, value);
          else
            x.insert(name, value);
      }));
    stream_.async_handshake(response_, to.host, to.target,
                            [self = self(),
                             done = std::move(done)](error_code ec) {
                              done(ec, self, self->response_);
                            });
  }

  void resume(std::string_view unread) {
    // The handshake was held on another loop. Beast gets a request to answer,
    // and its answer goes nowhere.
    websocket::request_type request{beast::http::verb::get, "/", 11};
    request.set(beast::http::field::host, "localhost");
    request.set(beast::http::field::connection, "upgrade");
    request.set(beast::http::field::upgrade, "websocket");
    request.set(beast::http::field::sec_websocket_version, "13");
    request.set(beast::http::field::sec_websocket_key,
                "AAAAAAAAAAAAAAAAAAAAAA==");
    layer().swallow(true);
    stream_.accept(request);
    layer().swallow(false);
    layer().unread(unread);
    layer().frames_only();
    is_server_ = true;
    open();
  }

protected:
  void begin_read() override {
    stream_.async_read(buffer_, [self = self()](error_code ec, std::size_t) {
      self->read(ec);
    });
  }

  void begin_write(std::string_view text, bool more_follows) override {
    layer().cork(more_follows);
    stream_.async_write(asio::buffer(text),
                        [self = self()](error_code ec, std::size_t) {
                          self->on_written(ec);
                        });
  }

  void begin_ping() override {
    stream_.async_ping({},
                       [self = self()](error_code ec) { self->on_pinged(ec); });
  }

  void begin_close(std::uint16_t code, const std::string& reason) override {
    websocket::close_reason x;
    x.code = code;
    x.reason = reason;
    stream_.async_close(x, [self = self()](error_code ec) {
      self->on_close_done(ec);
    });
  }

  void message_done() override {
    buffer_.consume(buffer_.size());
    if (buffer_.capacity() > max_kept_buffer)
      buffer_.shrink_to_fit();
  }

  void kill() noexcept override {
    error_code ignored;
    socket_of(layer().next_layer()).close(ignored);
  }

  clock::time_point last_read() const noexcept override {
    return stream_.next_layer().last_read();
  }

  void peer_said(std::uint16_t& code, std::string& reason) const override {
    auto& said = stream_.reason();
    // A close frame may come without a code, which has a number for being told.
    code = said.code == websocket::close_code::none ? 1005 : said.code;
    reason.assign(said.reason.data(), said.reason.size());
  }

  std::shared_ptr<ws_parcel> pack() override {
    if (!is_server_ || !layer().at_boundary())
      return nullptr;
    auto& socket = socket_of(layer().next_layer());
    error_code ec;
    auto peer = socket.local_endpoint(ec);
    if (ec || !take_in())
      return nullptr;
    auto parcel = std::make_shared<ws_parcel>(limits_, peer.protocol());
    parcel->fd = socket.release(ec);
    if (ec)
      return nullptr;
    parcel->unread = layer().unread();
    if constexpr (is_tls) {
      auto* ssl = layer().next_layer().native_handle();
      ::SSL_up_ref(ssl);
      parcel->ssl = ssl;
      // The engine here must be gone before another loop goes on with the
      // session: both would be its owners.
      layer().release().reset();
    }
    return parcel;
  }

private:
  static constexpr bool is_tls = std::is_same_v<Next, tls_transport>;
  // Behind a text: its end, and what a vectorised scanner may read.
  static constexpr std::size_t spare_bytes = 16;
  static constexpr std::size_t max_kept_buffer = 64 * 1024;

  std::shared_ptr<ws_stream> self() {
    return std::static_pointer_cast<ws_stream>(shared_from_this());
  }

  frame_stream<Next>& layer() {
    return stream_.next_layer();
  }

  void configure() {
    stream_.set_option(websocket::stream_base::timeout{
      websocket::stream_base::none(), websocket::stream_base::none(), false});
    stream_.read_message_max(limits_.max_message_bytes);
    stream_.auto_fragment(false);
    stream_.secure_prng(true);
    stream_.text(true);
    stream_.control_callback([this](websocket::frame_type kind, auto) {
      if (kind == websocket::frame_type::close)
        on_peer_close();
    });
    layer().on_teardown([this] { on_teardown(); });
  }

  void read(error_code ec) {
    if (ec)
      return on_read(ec, {});
    std::memset(buffer_.prepare(spare_bytes).data(), 0, spare_bytes);
    auto data = buffer_.data();
    on_read(ec, {stream_.got_text(),
                 {static_cast<const char*>(data.data()), data.size()}});
  }

  /// Reads all that the TLS engine holds, and nothing from the socket. After it
  /// the rest of a record that has not come whole is in the session itself.
  bool take_in() {
    if constexpr (is_tls) {
      auto& tls = layer().next_layer();
      tls.next_layer().shut(true);
      error_code ec;
      std::vector<char> plain(16 * 1024);
      while (!ec) {
        auto n = tls.read_some(asio::buffer(plain), ec);
        layer().unread({plain.data(), n});
      }
      tls.next_layer().shut(false);
      // The peer's close_notify may be in there too: the session remembers it.
      return ec == asio::error::would_block || ec == asio::error::eof;
    } else {
      return true;
    }
  }

  websocket::stream<frame_stream<Next>, false> stream_;
  beast::flat_buffer buffer_;
  upgrade_response response_;
  bool is_server_ = false;
};

template <class Next>
ws_core_ptr ws_accept(shard_loop& loop, std::unique_ptr<Next> transport,
                      const ws_limits& limits, std::string_view unread,
                      const upgrade_request& request, accept_handler done) {
  auto result = std::make_shared<ws_stream<Next>>(loop, std::move(transport),
                                                  limits);
  result->accept(unread, request, std::move(done));
  return result;
}

template <class Next>
ws_core_ptr ws_upgrade(shard_loop& loop, std::unique_ptr<Next> transport,
                       const ws_limits& limits, const upgrade_target& target,
                       upgrade_handler done) {
  auto result = std::make_shared<ws_stream<Next>>(loop, std::move(transport),
                                                  limits);
  result->upgrade(target, std::move(done));
  return result;
}

template <class Next>
ws_core_ptr ws_resume(shard_loop& loop, std::unique_ptr<Next> transport,
                      ws_parcel& parcel) {
  auto result = std::make_shared<ws_stream<Next>>(loop, std::move(transport),
                                                  parcel);
  result->resume(parcel.unread);
  return result;
}

} // namespace offhook::net
