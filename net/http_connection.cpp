#include "net/http_connection.hpp"

#include <algorithm>
#include <utility>

#include <boost/asio/post.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/write.hpp>

#include "net/resolver.hpp"
#include "net/tls.hpp"

namespace offhook::net {

namespace http = beast::http;

namespace {

using kind = http_client_error::kind;

constexpr unsigned max_interim = 8;

} // namespace

// -- opening ------------------------------------------------------------------

void http_connection::open(ws_url url, std::shared_ptr<tls_trust> trust,
                           address_check may_dial, opened done) {
  url_ = std::move(url);
  trust_ = std::move(trust);
  may_dial_ = std::move(may_dial);
  opened_ = std::move(done);
  stage_ = "resolving";
  resolver::of(io_).resolve(
    url_.host, [weak = weak_from_this()](const resolver::addresses& found,
                                         const std::string& error) {
      if (auto self = weak.lock())
        self->connect(found, error);
    });
}

void http_connection::connect(const resolver::addresses& found,
                              const std::string& error) {
  if (!opened_)
    return;
  if (!error.empty())
    return finish_open({{kind::resolve, url_.host + ": " + error}});
  if (url_.tls && !trust_)
    return finish_open({{kind::tls, "no trust given"}});
  resolver::addresses good;
  for (const auto& x : found)
    if (!may_dial_ || may_dial_(x))
      good.push_back(x);
  if (good.empty())
    return finish_open(
      {{kind::forbidden, url_.host + " has no address that may be dialled"}});
  stage_ = "connecting";
  // Weak, for the race is ours: a loop that ends under it would leave two that
  // hold each other.
  race_ = std::make_shared<connect_race>(
    io_, std::move(good), url_.port,
    [weak = weak_from_this()](tcp_socket socket, const std::string& text) {
      auto self = weak.lock();
      if (!self)
        return;
      self->race_.reset();
      if (self->opened_)
        self->connected(std::move(socket), text);
    });
  race_->start();
}

void http_connection::connected(tcp_socket socket, const std::string& error) {
  if (!error.empty())
    return finish_open({{kind::connect, error}});
  error_code ignored;
  socket.set_option(tcp::no_delay{true}, ignored);
  if (!url_.tls) {
    plain_ = std::make_unique<plain_transport>(std::move(socket));
    return finish_open(std::nullopt);
  }
  stage_ = "in the TLS handshake";
  try {
    tls_ = make_tls_client(std::move(socket), *trust_->get(), url_.host);
  } catch (const std::exception& e) {
    return finish_open({{kind::tls, e.what()}});
  }
  tls_->async_handshake(
    asio::ssl::stream_base::client, [self = shared_from_this()](error_code ec) {
      if (ec)
        self->finish_open({{kind::tls, tls_error(*self->tls_, ec)}});
      else
        self->finish_open(std::nullopt);
    });
}

void http_connection::finish_open(std::optional<http_client_error> error) {
  if (!opened_)
    return;
  auto done = std::exchange(opened_, nullptr);
  may_dial_ = nullptr;
  reusable_ = !error;
  if (error)
    close();
  done(std::move(error));
}

// -- one exchange -------------------------------------------------------------

void http_connection::exchange(client_message message,
                               std::size_t max_header_bytes,
                               std::size_t max_body_bytes, answered done) {
  unwatch();
  message_ = std::move(message);
  max_header_bytes_ = max_header_bytes;
  max_body_bytes_ = max_body_bytes;
  answered_ = std::move(done);
  heard_ = reusable_ = sent_whole_ = false;
  interim_ = 0;
  if (tls_)
    write(*tls_);
  else
    write(*plain_);
}

template <class Next>
void http_connection::write(Next& next) {
  stage_ = "sending";
  http::async_write(next, message_,
                    [self = shared_from_this(), &next](error_code ec,
                                                       std::size_t) {
                      // A server may answer, and close, before it has read all:
                      // what it says counts, and if it says nothing, the read
                      // tells why.
                      self->sent_whole_ = !ec;
                      if (self->answered_)
                        self->read(next);
                    });
}

template <class Next>
void http_connection::read(Next& next) {
  stage_ = "reading the response";
  parser_.emplace();
  parser_->header_limit(static_cast<std::uint32_t>(
    std::min<std::size_t>(max_header_bytes_, UINT32_MAX)));
  parser_->body_limit(max_body_bytes_);
  parser_->skip(message_.method() == http::verb::head);
  http::async_read(next, buffer_, *parser_,
                   [self = shared_from_this(), &next](error_code ec,
                                                      std::size_t) {
                     if (self->answered_)
                       self->received(next, ec);
                   });
}

template <class Next>
void http_connection::received(Next& next, error_code ec) {
  heard_ = heard_ || parser_->got_some() || buffer_.size() > 0;
  if (ec)
    return finish_exchange(make_read_error(ec));
  auto ends_with_connection = parser_->get().need_eof();
  auto message = parser_->release();
  // Something for now (100, 103); the response is still to come. Nobody asked
  // for another protocol (101).
  if (message.result_int() < 200) {
    if (++interim_ > max_interim || message.result_int() == 101)
      return finish_exchange(http_client_error{
        kind::malformed, "interim responses that lead nowhere"});
    return read(next);
  }
  // What stands behind the response answers nothing.
  reusable_ = sent_whole_ && !ends_with_connection && message.keep_alive()
              && message_.keep_alive() && buffer_.size() == 0;
  finish_exchange(make_client_response(message));
}

void http_connection::finish_exchange(http_client_result result) {
  auto done = std::exchange(answered_, nullptr);
  stage_ = "idle";
  parser_.reset();
  message_ = {};
  if (!reusable_)
    close();
  done(std::move(result));
}

// -- idle, and the end --------------------------------------------------------

tcp_socket* http_connection::socket() {
  if (tls_)
    return &socket_of(*tls_);
  return plain_ ? &socket_of(*plain_) : nullptr;
}

void http_connection::watch(std::function<void()> gone) {
  gone_ = std::move(gone);
  // Takes nothing off the wire, so it may be given up at any time.
  socket()->async_wait(tcp_socket::wait_read,
                       [weak = weak_from_this(), id = ++watch_](error_code) {
                         auto self = weak.lock();
                         if (!self || self->watch_ != id)
                           return;
                         if (auto f = std::exchange(self->gone_, nullptr))
                           f();
                       });
}

void http_connection::unwatch() {
  if (!std::exchange(gone_, nullptr))
    return;
  ++watch_;
  error_code ignored;
  if (auto* x = socket())
    x->cancel(ignored);
}

// Nothing is left to be said at the end of an exchange: the peer closes too,
// and a body without a length that TLS did not end was not taken.
void http_connection::close() {
  reusable_ = false;
  opened_ = nullptr;
  may_dial_ = nullptr;
  answered_ = nullptr;
  gone_ = nullptr;
  ++watch_;
  if (auto race = std::exchange(race_, nullptr))
    race->cancel();
  error_code ignored;
  if (auto* x = socket())
    x->close(ignored);
}

} // namespace offhook::net
