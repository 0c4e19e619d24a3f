#pragma once

#include <optional>
#include <string>
#include <utility>

#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>

#include "net/http_message.hpp"
#include "net/http_session.hpp"
#include "net/transport.hpp"
#include "net/ws_stream.hpp"

namespace offhook::net {

/// `http_session` over Beast's parser. Included by http_plain.cpp and
/// http_tls.cpp only, which instantiate it.
template <class Next>
class http_stream final : public http_session {
public:
  http_stream(std::shared_ptr<http_server> server, shard_loop& loop,
              std::unique_ptr<Next> next, std::shared_ptr<void> place)
    : http_session(std::move(server), loop),
      next_(std::move(next)),
      place_(std::move(place)),
      // A header has to fit as a whole, and so has the header of a chunk or the
      // trailer, which the parser itself does not bound.
      buffer_(server_->options().max_header_bytes + read_size) {
    error_code ignored;
    auto& socket = socket_of(*next_);
    socket.set_option(tcp::no_delay{true}, ignored);
    peer_address_ = address_text(socket.remote_endpoint(ignored).address());
  }

  void start() {
    request_next(false);
  }

protected:
  void read_request() override {
    if (is_tls && !secured_)
      return secure();
    parser_.emplace();
    parser_->header_limit(
      static_cast<std::uint32_t>(server_->options().max_header_bytes));
    parser_->body_limit(server_->options().max_body_bytes);
    header_seen_ = false;
    if (buffer_.size() > 0) // Pipelined.
      request_begins();
    parse();
  }

  void write(http_response response, bool keep_alive) override {
    auto only_header = false;
    auto version = 11u;
    if (parser_ && parser_->is_header_done()) {
      only_header = parser_->get().method() == beast::http::verb::head;
      version = parser_->get().version();
    }
    message_ = make_message(std::move(response), version, keep_alive);
    auto done = [self = self(), keep_alive](error_code ec, std::size_t) {
      self->message_ = {};
      if (ec)
        self->gone();
      else
        self->written(keep_alive);
    };
    if (!only_header)
      return beast::http::async_write(*next_, message_, std::move(done));
    header_ = header_only(message_);
    beast::http::async_write(*next_, header_, std::move(done));
  }

  void linger() override {
    // Where the request was refused before its end, a read is still under way,
    // and of two the second would not see the end of the connection.
    error_code ignored;
    socket_of(*next_).cancel(ignored);
    async_linger(*next_, [self = self()] { self->gone(); });
  }

  bool keep_alive() const override {
    return parser_->get().keep_alive();
  }

  void close() noexcept override {
    if (!next_)
      return; // A WebSocket has it.
    error_code ignored;
    socket_of(*next_).close(ignored);
    place_.reset();
  }

  void upgrade(const ws_limits& limits,
               std::function<void(web_socket_ptr)> accepted) override {
    auto data = buffer_.data();
    auto core = ws_accept(loop_, std::move(next_), limits,
                          {static_cast<const char*>(data.data()), data.size()},
                          parser_->get(),
                          [self = self(), accepted = std::move(accepted)](
                            error_code ec, const ws_core_ptr& core) {
                            self->gone();
                            if (ec) {
                              core->give_up();
                              return accepted(nullptr);
                            }
                            core->open();
                            accepted(make_handle(core, self->loop_));
                          });
    core->hold(std::move(place_));
  }

private:
  static constexpr bool is_tls = std::is_same_v<Next, tls_transport>;
  static constexpr std::size_t read_size = 4096;

  std::shared_ptr<http_stream> self() {
    return std::static_pointer_cast<http_stream>(shared_from_this());
  }

  void secure() {
    if constexpr (is_tls)
      next_->async_handshake(asio::ssl::stream_base::server,
                             [self = self()](error_code ec) {
                               self->secured_ = true;
                               if (ec)
                                 self->gone();
                               else if (self->expects_bytes())
                                 self->read_request();
                             });
  }

  void read_more() {
    if (buffer_.size() + read_size > buffer_.max_size())
      return refuse(parser_->is_header_done() ? 400 : 431);
    next_->async_read_some(buffer_.prepare(read_size),
                           [self = self()](error_code ec, std::size_t n) {
                             if (!self->expects_bytes())
                               return; // Too late; the answer is under way.
                             if (ec)
                               return self->gone();
                             self->buffer_.commit(n);
                             self->request_begins();
                             self->parse();
                           });
  }

  void parse() {
    while (buffer_.size() > 0) {
      error_code ec;
      auto n = parser_->put(buffer_.data(), ec);
      buffer_.consume(n);
      if (ec == beast::http::error::need_more)
        break;
      if (ec)
        return refuse(status_of(ec));
      if (parser_->is_header_done() && !std::exchange(header_seen_, true)) {
        if (auto status = check_header(parser_->get()); status != 0)
          return refuse(status);
        if (!parser_->is_done()) {
          request_goes_on();
          if (wants_continue(parser_->get()))
            return go_on();
        }
      }
      if (parser_->is_done())
        return dispatch();
      if (n == 0)
        break;
    }
    read_more();
  }

  /// The peer waits to be told before it sends a body.
  void go_on() {
    asio::async_write(*next_, asio::buffer(continue_line),
                      [self = self()](error_code ec, std::size_t) {
                        if (!self->expects_bytes())
                          return;
                        if (ec)
                          self->gone();
                        else
                          self->parse();
                      });
  }

  void dispatch() {
    auto& request = parser_->get();
    auto upgrade = is_upgrade(request);
    if (upgrade)
      if (auto refusal = check_upgrade(request))
        return refuse(std::move(*refusal));
    handle(make_request(request, peer_address_, is_tls), upgrade);
  }

  std::unique_ptr<Next> next_;
  std::shared_ptr<void> place_;
  std::string peer_address_;
  beast::flat_buffer buffer_;
  std::optional<request_parser> parser_;
  response_message message_;
  header_message header_;
  bool secured_ = false;
  bool header_seen_ = false;
};

} // namespace offhook::net
