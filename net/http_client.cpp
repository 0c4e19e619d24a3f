#include "net/http_client.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <utility>

#include <boost/asio/post.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/write.hpp>

#include "net/connect_race.hpp"
#include "net/http_client_message.hpp"
#include "net/resolver.hpp"
#include "net/tls.hpp"

namespace offhook::net {

namespace http = beast::http;

namespace {

using kind = http_client_error::kind;

/// One exchange. It lives by its pending operations, a timer always among them,
/// and ends with the call of `done`, with `cancel` or with its loop. On that
/// only.
class exchange : public std::enable_shared_from_this<exchange> {
public:
  exchange(shard_loop& loop, http_client_request request,
           std::function<void(http_client_result)> done)
    : loop_(loop),
      request_(std::move(request)),
      done_(std::move(done)),
      timer_(loop.io()) {
  }

  void start() {
    timer_.expires_after(std::chrono::milliseconds{request_.timeout_ms});
    timer_.async_wait([self = shared_from_this()](error_code ec) {
      if (!ec)
        self->fail(kind::timeout, std::string{"while "} + self->stage_);
    });
    asio::post(loop_.io(), [self = shared_from_this()] { self->resolve(); });
  }

  void cancel() {
    auto released = std::exchange(done_, nullptr);
    clear();
  }

private:
  bool over() const noexcept {
    return !done_;
  }

  void resolve() {
    if (over())
      return;
    auto parsed = parse_http_url(request_.url);
    if (auto* why = std::get_if<std::string>(&parsed))
      return fail(kind::bad_request, *why);
    url_ = std::get<ws_url>(std::move(parsed));
    auto message = make_client_message(request_, url_);
    if (!message)
      return fail(kind::bad_request, "a method or header that is none");
    message_ = std::move(*message);
    if (url_.tls && !request_.trust)
      return fail(kind::tls, "no trust given");
    stage_ = "resolving";
    resolver::of(loop_.io())
      .resolve(url_.host,
               [weak = weak_from_this()](const resolver::addresses& found,
                                         const std::string& error) {
                 if (auto self = weak.lock())
                   self->connect(found, error);
               });
  }

  void connect(const resolver::addresses& found, const std::string& error) {
    if (over())
      return;
    if (!error.empty())
      return fail(kind::resolve, url_.host + ": " + error);
    stage_ = "connecting";
    // Weak, for the race is ours: a loop that ends under it would leave two
    // that hold each other. The timer keeps us meanwhile.
    race_ = std::make_shared<connect_race>(
      loop_.io(), found, url_.port,
      [weak = weak_from_this()](tcp_socket socket, const std::string& text) {
        auto self = weak.lock();
        if (!self)
          return;
        self->race_.reset();
        if (!self->over())
          self->connected(std::move(socket), text);
      });
    race_->start();
  }

  void connected(tcp_socket socket, const std::string& error) {
    if (!error.empty())
      return fail(kind::connect, error);
    error_code ignored;
    socket.set_option(tcp::no_delay{true}, ignored);
    if (!url_.tls) {
      plain_ = std::make_unique<plain_transport>(std::move(socket));
      return send(*plain_);
    }
    stage_ = "in the TLS handshake";
    try {
      tls_ = make_tls_client(std::move(socket), *request_.trust->get(),
                             url_.host);
    } catch (const std::exception& e) {
      return fail(kind::tls, e.what());
    }
    tls_->async_handshake(asio::ssl::stream_base::client,
                          [self = shared_from_this()](error_code ec) {
                            if (!self->over())
                              self->secured(ec);
                          });
  }

  void secured(error_code ec) {
    if (ec)
      return fail(kind::tls, tls_error(*tls_, ec));
    send(*tls_);
  }

  template <class Next>
  void send(Next& next) {
    stage_ = "sending";
    http::async_write(next, message_,
                      [self = shared_from_this(), &next](error_code,
                                                         std::size_t) {
                        // A server may answer, and close, before it has read
                        // all: what it says counts, and if it says nothing,
                        // the read tells why.
                        if (!self->over())
                          self->read(next);
                      });
  }

  template <class Next>
  void read(Next& next) {
    stage_ = "reading the response";
    parser_.emplace();
    parser_->header_limit(static_cast<std::uint32_t>(
      std::min<std::size_t>(request_.max_header_bytes, UINT32_MAX)));
    parser_->body_limit(request_.max_body_bytes);
    parser_->skip(request_.method == "HEAD");
    http::async_read(next, buffer_, *parser_,
                     [self = shared_from_this(), &next](error_code ec,
                                                        std::size_t) {
                       if (!self->over())
                         self->received(next, ec);
                     });
  }

  template <class Next>
  void received(Next& next, error_code ec) {
    if (ec)
      return finish(make_read_error(ec));
    auto message = parser_->release();
    // Something for now (100, 103); the response is still to come.
    if (message.result_int() < 200 && ++interim_ <= max_interim)
      return read(next);
    if (message.result_int() < 200)
      return fail(kind::malformed, "interim responses without end");
    finish(make_client_response(message));
  }

  void fail(kind what, std::string text) {
    finish(http_client_error{what, std::move(text)});
  }

  void finish(http_client_result result) {
    if (over())
      return;
    auto done = std::exchange(done_, nullptr);
    clear();
    done(std::move(result));
  }

  /// Ends whatever is under way. Nothing is left to be said at the end of an
  /// exchange: the peer closes too, and a body without a length that TLS did
  /// not end was not taken.
  void clear() {
    timer_.cancel();
    if (auto race = std::exchange(race_, nullptr))
      race->cancel();
    error_code ignored;
    if (plain_)
      socket_of(*plain_).close(ignored);
    if (tls_)
      socket_of(*tls_).close(ignored);
  }

  static constexpr unsigned max_interim = 8;

  shard_loop& loop_;
  http_client_request request_;
  std::function<void(http_client_result)> done_; // Null once it is over.
  loop_timer timer_;
  const char* stage_ = "starting";
  ws_url url_;
  client_message message_;
  std::shared_ptr<connect_race> race_;
  std::unique_ptr<plain_transport> plain_;
  std::unique_ptr<tls_transport> tls_;
  beast::flat_buffer buffer_;
  std::optional<client_response_parser> parser_;
  unsigned interim_ = 0;
};

class exchange_handle final : public http_exchange {
public:
  explicit exchange_handle(const std::shared_ptr<exchange>& x) : exchange_(x) {
  }

  void cancel() override {
    if (auto x = exchange_.lock())
      x->cancel();
  }

private:
  std::weak_ptr<exchange> exchange_;
};

} // namespace

http_exchange::~http_exchange() = default;

std::string_view
http_client_response::header(std::string_view name) const noexcept {
  for (const auto& [key, value] : headers)
    if (beast::iequals({key.data(), key.size()}, {name.data(), name.size()}))
      return value;
  return {};
}

std::shared_ptr<http_exchange>
http_send(shard_loop& loop, http_client_request request,
          std::function<void(http_client_result)> done) {
  auto x = std::make_shared<exchange>(loop, std::move(request),
                                      std::move(done));
  x->start();
  return std::make_shared<exchange_handle>(x);
}

std::string_view to_string(http_client_error::kind x) noexcept {
  switch (x) {
    case kind::bad_request:
      return "bad_request";
    case kind::resolve:
      return "resolve";
    case kind::connect:
      return "connect";
    case kind::tls:
      return "tls";
    case kind::lost:
      return "lost";
    case kind::malformed:
      return "malformed";
    case kind::too_large:
      return "too_large";
    case kind::timeout:
      return "timeout";
  }
  return "unknown";
}

} // namespace offhook::net
