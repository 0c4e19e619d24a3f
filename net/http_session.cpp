#include "net/http_session.hpp"

#include <algorithm>
#include <atomic>
#include <utility>

#include "net/http_reply.hpp"

namespace offhook::net {

namespace {

using std::chrono::milliseconds;

// For a peer to take the last response and end its side.
constexpr std::uint32_t linger_ms = 2'000;

// What is left of the time for stopping is never less.
constexpr auto least_time = milliseconds{1'000};

http_response plain_response(unsigned status) {
  http_response result;
  result.status = status;
  result.body = std::to_string(status) + "\n";
  return result;
}

} // namespace

http_session::http_session(std::shared_ptr<http_server> server,
                           shard_loop& loop)
  : server_(std::move(server)),
    loop_(loop),
    timer_(loop.io()) {
  server_->add(loop_, *this);
}

http_session::~http_session() {
  if (phase_ != phase::gone)
    server_->remove(loop_, *this); // With its loop.
}

void http_session::stop() {
  if (phase_ == phase::waiting)
    return gone();
  auto limit = server_->options().handler_timeout_ms;
  latest_ = clock::now() + milliseconds{limit};
  if (phase_ == phase::reading || phase_ == phase::writing)
    deadline(limit);
}

// -- one request --------------------------------------------------------------

void http_session::request_next(bool bytes_are_here) {
  auto& options = server_->options();
  phase_ = bytes_are_here ? phase::reading : phase::waiting;
  if (first_ || bytes_are_here)
    deadline(options.header_timeout_ms);
  else if (server_->stopping())
    return gone();
  else
    deadline(options.keep_alive_timeout_ms);
  read_request();
}

void http_session::request_begins() {
  if (phase_ != phase::waiting)
    return;
  phase_ = phase::reading;
  // The first one shares its time with what came before it.
  if (!first_)
    deadline(server_->options().header_timeout_ms);
}

void http_session::request_goes_on() {
  deadline(server_->options().header_timeout_ms);
}

void http_session::handle(http_request request, bool upgrade) {
  phase_ = phase::handling;
  is_upgrade_ = upgrade;
  ++number_;
  deadline(server_->options().handler_timeout_ms);
  auto reply = make_reply(shared_from_this(), loop_, number_);
  auto& handler = server_->handler();
  auto& f = upgrade ? handler.on_upgrade : handler.on_request;
  if (f)
    f(std::move(request), std::move(reply));
}

void http_session::refuse(unsigned status) {
  refuse(plain_response(status));
}

void http_session::refuse(http_response response) {
  respond(std::move(response), false);
}

void http_session::send(std::uint64_t number, http_response response) {
  if (phase_ == phase::handling && number == number_)
    respond(std::move(response), keep_alive() && !server_->stopping());
}

void http_session::reply_dropped(std::uint64_t number) {
  send(number, plain_response(500));
}

void http_session::accept(std::uint64_t number, const ws_limits& limits,
                          std::function<void(web_socket_ptr)> accepted) {
  if (phase_ != phase::handling || number != number_)
    return accepted(nullptr);
  if (!is_upgrade_) {
    respond(plain_response(500), false);
    return accepted(nullptr);
  }
  // The WebSocket has times of its own.
  phase_ = phase::upgrading;
  timer_.cancel();
  upgrade(limits, std::move(accepted));
}

void http_session::respond(http_response response, bool keep_alive) {
  phase_ = phase::writing;
  deadline(server_->options().keep_alive_timeout_ms);
  write(std::move(response), keep_alive);
}

void http_session::written(bool keep_alive) {
  if (phase_ != phase::writing)
    return;
  first_ = false;
  if (keep_alive)
    return request_next(false);
  phase_ = phase::lingering;
  deadline(linger_ms);
  linger();
}

// -- times and the end --------------------------------------------------------

void http_session::deadline(std::uint32_t ms) {
  auto now = clock::now();
  timer_.expires_at(
    std::min(now + milliseconds{ms}, std::max(latest_, now + least_time)));
  timer_.async_wait([self = shared_from_this()](const error_code& ec) {
    if (!ec)
      self->on_time();
  });
}

void http_session::on_time() {
  if (clock::now() < timer_.expiry())
    return; // Was queued when the next phase set its own time.
  if (phase_ == phase::reading)
    refuse(408);
  else if (phase_ == phase::handling)
    refuse(503); // And whatever the handler says later is late.
  else if (phase_ != phase::upgrading)
    gone();
}

void http_session::gone() {
  if (phase_ == phase::gone)
    return;
  phase_ = phase::gone;
  timer_.cancel();
  close();
  server_->remove(loop_, *this);
}

// -- the reply ----------------------------------------------------------------

http_reply::~http_reply() = default;

namespace {

class session_reply final : public http_reply {
public:
  session_reply(const std::shared_ptr<http_session>& session, shard_loop& loop,
                std::uint64_t number)
    : session_(session),
      loop_(loop),
      home_(loop.handle()),
      number_(number) {
  }

  ~session_reply() override {
    if (!used_)
      on_loop([weak = session_, n = number_] {
        if (auto session = weak.lock())
          session->reply_dropped(n);
      });
  }

  void send(http_response response) override {
    if (used_.exchange(true))
      return;
    on_loop([weak = session_, n = number_, x = std::move(response)] {
      if (auto session = weak.lock())
        session->send(n, x);
    });
  }

  void accept(const ws_limits& limits,
              std::function<void(web_socket_ptr)> accepted) override {
    if (used_.exchange(true))
      return;
    on_loop([weak = session_, n = number_, limits, f = std::move(accepted)] {
      if (auto session = weak.lock())
        session->accept(n, limits, f);
      else
        f(nullptr);
    });
  }

  shard_loop& loop() const noexcept override {
    return loop_;
  }

private:
  // Also from the loop itself: nothing of ours is called from within a call.
  void on_loop(std::function<void()> f) {
    home_.post(std::move(f));
  }

  std::weak_ptr<http_session> session_;
  shard_loop& loop_;
  loop_handle home_;
  std::uint64_t number_;
  std::atomic<bool> used_ = false;
};

} // namespace

http_reply_ptr make_reply(const std::shared_ptr<http_session>& session,
                          shard_loop& loop, std::uint64_t number) {
  return std::make_shared<session_reply>(session, loop, number);
}

std::string_view http_request::header(std::string_view name) const noexcept {
  auto same = [](unsigned char a, unsigned char b) {
    auto lower = [](unsigned char c) {
      return c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : int{c};
    };
    return lower(a) == lower(b);
  };
  for (auto& [key, value] : headers)
    if (std::equal(key.begin(), key.end(), name.begin(), name.end(), same))
      return value;
  return {};
}

} // namespace offhook::net
