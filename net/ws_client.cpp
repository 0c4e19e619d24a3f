#include "net/ws_client.hpp"

#include <optional>
#include <utility>

#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/websocket/error.hpp>

#include "net/connect_race.hpp"
#include "net/resolver.hpp"
#include "net/tls.hpp"
#include "net/url.hpp"
#include "net/ws_stream.hpp"

namespace offhook::net {

namespace {

using std::chrono::milliseconds;
using failure = connect_error::kind;

constexpr std::size_t max_error_body = 4096;

// Each header goes out as one line.
bool is_header(const std::pair<std::string, std::string>& x) {
  constexpr std::string_view breaks{"\r\n\0", 3};
  return !x.first.empty() && x.first.find_first_of(breaks) == x.first.npos
         && x.first.find(':') == x.first.npos
         && x.second.find_first_of(breaks) == x.second.npos;
}

connect_error refusal(const error_code& ec, const upgrade_response& response) {
  using beast::websocket::condition;
  if (ec == condition::handshake_failed)
    return {failure::refused, response.result_int(), ec.message(),
            response.body().substr(0, max_error_body)};
  if (ec == beast::http::error::end_of_stream
      || ec == beast::http::error::partial_message)
    return {failure::connect, 0, "closed during the upgrade"};
  if (ec.category()
      == make_error_code(beast::http::error::end_of_stream).category())
    return {failure::refused, 0, "not an HTTP answer: " + ec.message()};
  return {failure::connect, 0, "upgrade: " + ec.message()};
}

/// One dial. It lives by its pending operations, a timer always among them, and
/// ends with the call of `done`, with `cancel` or with its loop. On that only.
class dial : public std::enable_shared_from_this<dial> {
public:
  dial(shard_loop& loop, ws_client_options options,
       std::function<void(connect_result)> done)
    : loop_(loop),
      options_(std::move(options)),
      done_(std::move(done)),
      timer_(loop.io()) {
  }

  void start() {
    timer_.expires_after(milliseconds{options_.limits.handshake_timeout_ms});
    timer_.async_wait([self = shared_from_this()](error_code ec) {
      if (!ec)
        self->fail({failure::timeout, 0, std::string{"while "} + self->stage_});
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
    auto parsed = parse_ws_url(options_.url);
    if (auto* why = std::get_if<std::string>(&parsed))
      return fail({failure::bad_url, 0, *why});
    url_ = std::get<ws_url>(std::move(parsed));
    for (auto& header : options_.headers)
      if (!is_header(header))
        return fail({failure::bad_url, 0, "a header that is none"});
    if (url_.tls && !options_.trust)
      return fail({failure::tls, 0, "no trust given"});
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
      return fail({failure::resolve, 0, url_.host + ": " + error});
    stage_ = "connecting";
    race_ = std::make_shared<connect_race>(
      loop_.io(), found, url_.port,
      [weak = weak_from_this()](tcp_socket socket, const std::string& text) {
        auto self = weak.lock();
        if (!self || self->over())
          return;
        self->race_.reset();
        self->connected(std::move(socket), text);
      });
    race_->start();
  }

  void connected(tcp_socket socket, const std::string& error) {
    if (!error.empty())
      return fail({failure::connect, 0, error});
    error_code ignored;
    socket.set_option(tcp::no_delay{true}, ignored);
    if (!url_.tls)
      return upgrade(std::make_unique<plain_transport>(std::move(socket)));
    stage_ = "in the TLS handshake";
    try {
      tls_ = make_tls_client(std::move(socket), *options_.trust->get(),
                             url_.host);
    } catch (const std::exception& e) {
      return fail({failure::tls, 0, e.what()});
    }
    tls_->async_handshake(asio::ssl::stream_base::client,
                          [self = shared_from_this()](error_code ec) {
                            if (!self->over())
                              self->secured(ec);
                          });
  }

  void secured(error_code ec) {
    if (ec)
      return fail({failure::tls, 0, tls_error(*tls_, ec)});
    upgrade(std::move(tls_));
  }

  template <class Next>
  void upgrade(std::unique_ptr<Next> transport) {
    stage_ = "in the upgrade";
    core_ = ws_upgrade(
      loop_, std::move(transport), options_.limits,
      {url_.authority, url_.target, std::move(options_.headers)},
      [self = shared_from_this()](error_code ec, const ws_core_ptr& core,
                                  const upgrade_response& response) {
        if (!self->over())
          self->upgraded(ec, core, response);
      });
  }

  void upgraded(error_code ec, const ws_core_ptr& core,
                const upgrade_response& response) {
    if (ec)
      return fail(refusal(ec, response));
    core_.reset();
    core->open();
    finish(make_handle(core, loop_));
  }

  void fail(connect_error error) {
    if (!over())
      finish(std::move(error));
  }

  void finish(connect_result result) {
    auto done = std::exchange(done_, nullptr);
    clear();
    done(std::move(result));
  }

  /// Ends whatever is under way.
  void clear() {
    timer_.cancel();
    if (auto race = std::exchange(race_, nullptr))
      race->cancel();
    error_code ignored;
    if (tls_)
      socket_of(*tls_).close(ignored);
    if (auto core = std::exchange(core_, nullptr))
      core->give_up();
  }

  shard_loop& loop_;
  ws_client_options options_;
  std::function<void(connect_result)> done_; // Null once it is over.
  loop_timer timer_;
  const char* stage_ = "starting";
  ws_url url_;
  std::shared_ptr<connect_race> race_;
  std::unique_ptr<tls_transport> tls_; // During its handshake.
  ws_core_ptr core_;                   // During the upgrade.
};

class dial_handle final : public ws_dial {
public:
  explicit dial_handle(const std::shared_ptr<dial>& x) : dial_(x) {
  }

  void cancel() override {
    if (auto x = dial_.lock())
      x->cancel();
  }

private:
  std::weak_ptr<dial> dial_;
};

} // namespace

ws_dial::~ws_dial() = default;

std::shared_ptr<ws_dial> ws_connect(shard_loop& loop, ws_client_options options,
                                    std::function<void(connect_result)> done) {
  auto x = std::make_shared<dial>(loop, std::move(options), std::move(done));
  x->start();
  return std::make_shared<dial_handle>(x);
}

std::string_view to_string(connect_error::kind x) noexcept {
  switch (x) {
    case failure::bad_url:
      return "bad_url";
    case failure::resolve:
      return "resolve";
    case failure::connect:
      return "connect";
    case failure::tls:
      return "tls";
    case failure::refused:
      return "refused";
    case failure::timeout:
      return "timeout";
    case failure::cancelled:
      return "cancelled";
  }
  return "unknown";
}

} // namespace offhook::net
