#include "net/http_client.hpp"

#include <optional>
#include <utility>

#include <boost/asio/post.hpp>

#include "net/http_client_message.hpp"
#include "net/http_connection.hpp"
#include "net/http_url.hpp"

namespace offhook::net {

namespace {

using kind = http_client_error::kind;

/// One exchange. It lives by its timer and ends with the call of `done`, with
/// `cancel` or with its loop. On that only.
class exchange : public std::enable_shared_from_this<exchange> {
public:
  exchange(shard_loop& loop, http_client_request request,
           std::function<void(http_client_result)> done)
    : request_(std::move(request)),
      done_(std::move(done)),
      timer_(loop.io()),
      connection_(std::make_shared<http_connection>(loop.io())) {
  }

  void start(asio::io_context& io) {
    timer_.expires_after(std::chrono::milliseconds{request_.timeout_ms});
    timer_.async_wait([self = shared_from_this()](error_code ec) {
      if (!ec)
        self->fail(kind::timeout,
                   std::string{"while "} + self->connection_->stage());
    });
    asio::post(io, [self = shared_from_this()] { self->open(); });
  }

  void cancel() {
    auto released = std::exchange(done_, nullptr);
    clear();
  }

private:
  void open() {
    if (!done_)
      return;
    auto parsed = parse_http_url(request_.url);
    if (auto* why = std::get_if<std::string>(&parsed))
      return fail(kind::bad_request, *why);
    auto& url = std::get<ws_url>(parsed);
    auto message = make_client_message(request_, url, false);
    if (!message)
      return fail(kind::bad_request, "a method or header that is none");
    message_ = std::move(*message);
    // Weak, for the connection is ours.
    connection_->open(std::move(url), request_.trust, nullptr,
                      [weak = weak_from_this()](
                        std::optional<http_client_error> error) {
                        auto self = weak.lock();
                        if (self && error)
                          self->finish(std::move(*error));
                        else if (self)
                          self->send();
                      });
  }

  void send() {
    connection_->exchange(std::move(message_), request_.max_header_bytes,
                          request_.max_body_bytes,
                          [weak = weak_from_this()](http_client_result x) {
                            if (auto self = weak.lock())
                              self->finish(std::move(x));
                          });
  }

  void fail(kind what, std::string text) {
    finish(http_client_error{what, std::move(text)});
  }

  void finish(http_client_result result) {
    auto done = std::exchange(done_, nullptr);
    clear();
    if (done)
      done(std::move(result));
  }

  void clear() {
    timer_.cancel();
    connection_->close();
  }

  http_client_request request_;
  std::function<void(http_client_result)> done_; // Null once it is over.
  loop_timer timer_;
  http_connection_ptr connection_;
  client_message message_;
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
  x->start(loop.io());
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
    case kind::forbidden:
      return "forbidden";
    case kind::redirect:
      return "redirect";
    case kind::busy:
      return "busy";
  }
  return "unknown";
}

} // namespace offhook::net
