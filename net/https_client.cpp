#include "net/https_client.hpp"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include <boost/asio/post.hpp>

#include "net/http_client_message.hpp"
#include "net/http_connection.hpp"
#include "net/http_rules.hpp"
#include "net/http_url.hpp"

namespace offhook::net {

namespace {

using kind = http_client_error::kind;
using clock = std::chrono::steady_clock;
using milliseconds = std::chrono::milliseconds;

} // namespace

namespace {

class errand;

} // namespace

/// What the client and its requests under way hold together.
struct https_client::shared {
  shared(shard_loop& loop, https_client_options x)
    : io(loop.io()),
      options(std::move(x)),
      pool(std::make_shared<http_pool>(io, options.pool)) {
  }

  asio::io_context& io;
  https_client_options options;
  std::shared_ptr<http_pool> pool;
  std::set<errand*> under_way;
};

namespace {

/// One request through all its attempts. It lives by its deadline's timer, and
/// ends with the call of `done`, with `cancel`, with its client or its loop.
class errand : public std::enable_shared_from_this<errand> {
public:
  errand(std::shared_ptr<https_client::shared> client,
         http_client_request request,
         std::function<void(http_client_result)> done)
    : client_(std::move(client)),
      request_(std::move(request)),
      done_(std::move(done)),
      deadline_(clock::now() + milliseconds{request_.timeout_ms}),
      deadline_timer_(client_->io),
      delay_timer_(client_->io) {
  }

  ~errand() {
    client_->under_way.erase(this);
  }

  void start() {
    auto full = client_->under_way.size() >= client_->options.max_under_way;
    client_->under_way.insert(this);
    deadline_timer_.expires_at(deadline_);
    deadline_timer_.async_wait([self = shared_from_this()](error_code ec) {
      if (!ec)
        self->fail(kind::timeout,
                   std::string{"while "}
                     + (self->connection_ ? self->connection_->stage()
                                          : "waiting for another attempt"));
    });
    asio::post(client_->io, [self = shared_from_this(), full] {
      if (full)
        self->fail(kind::busy, "too many requests at once");
      else
        self->attempt();
    });
  }

  void cancel() {
    auto released = std::exchange(done_, nullptr);
    clear();
  }

private:
  void attempt() {
    if (!done_)
      return;
    auto parsed = parse_http_url(request_.url);
    if (auto* why = std::get_if<std::string>(&parsed))
      return fail(kind::bad_request, *why);
    auto& url = std::get<ws_url>(parsed);
    auto message = make_client_message(request_, url, true);
    if (!message)
      return fail(kind::bad_request, "a method or header that is none");
    if (!client_->options.policy.may_ask(url))
      return fail(kind::forbidden, origin_of(url) + " is not allowed");
    origin_ = origin_of(url);
    // A kept one may be dead: it is for what may be sent again.
    auto keepable = may_reuse_ && is_repeatable(request_);
    connection_ = keepable ? client_->pool->take(origin_) : nullptr;
    reused_ = connection_ != nullptr;
    if (reused_)
      return exchange(std::move(*message));
    connection_ = std::make_shared<http_connection>(client_->io);
    auto host = url.host;
    // Weak, for the connection is ours.
    connection_->open(
      std::move(url), client_->options.trust,
      [client = client_, host](const asio::ip::address& x) {
        return client->options.policy.may_dial(host, x);
      },
      [weak = weak_from_this(), message = std::move(*message)](
        std::optional<http_client_error> error) mutable {
        auto self = weak.lock();
        if (!self || !self->done_)
          return;
        if (error)
          self->failed(std::move(*error));
        else
          self->exchange(std::move(message));
      });
  }

  void exchange(client_message message) {
    connection_->exchange(std::move(message), request_.max_header_bytes,
                          request_.max_body_bytes,
                          [weak = weak_from_this()](http_client_result x) {
                            auto self = weak.lock();
                            if (self && self->done_)
                              self->answered(std::move(x));
                          });
  }

  void answered(http_client_result result) {
    if (auto* error = std::get_if<http_client_error>(&result))
      return failed(std::move(*error));
    client_->pool->give(origin_, std::exchange(connection_, nullptr));
    may_reuse_ = true;
    auto& response = std::get<http_client_response>(result);
    if (is_redirect(response.status))
      return follow(response);
    if (is_passing(response.status) && is_repeatable(request_)
        && again(retry_after(response)))
      return;
    finish(std::move(result));
  }

  void failed(http_client_error error) {
    auto heard = connection_->heard();
    connection_ = nullptr;
    auto silent = error.what == kind::lost && !heard;
    // The server had closed it while it waited: that says nothing of this
    // request, and one more attempt on a new connection will not end so.
    if (silent && reused_) {
      may_reuse_ = false;
      return attempt();
    }
    // Nothing of the request was sent, or it may be sent twice.
    auto unsent = error.what == kind::connect || error.what == kind::resolve;
    if ((unsent || (silent && is_repeatable(request_))) && again(std::nullopt))
      return;
    finish(std::move(error));
  }

  void follow(const http_client_response& response) {
    auto location = response.header("Location");
    auto url = resolve_location(request_.url, location);
    if (location.empty() || url.empty())
      return fail(kind::redirect, "without a place to go to");
    if (++redirects_ > client_->options.max_redirects)
      return fail(kind::redirect, "too many, one after the other");
    if (auto why = redirect(request_, response.status, url); !why.empty())
      return fail(kind::redirect, why);
    attempt();
  }

  /// @returns false where there is no other attempt
  bool again(std::optional<milliseconds> asked_for) {
    const auto& options = client_->options;
    if (retries_ >= options.max_retries)
      return false;
    milliseconds longest{options.max_retry_delay_ms};
    auto delay = std::max(asked_for.value_or(milliseconds{0}),
                          std::min(longest, milliseconds{options.retry_delay_ms}
                                              * (1U << retries_)));
    if (delay > longest || clock::now() + delay >= deadline_)
      return false;
    ++retries_;
    delay_timer_.expires_after(delay);
    delay_timer_.async_wait([weak = weak_from_this()](error_code ec) {
      auto self = weak.lock();
      if (!ec && self)
        self->attempt();
    });
    return true;
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
    client_->under_way.erase(this);
    deadline_timer_.cancel();
    delay_timer_.cancel();
    if (auto x = std::exchange(connection_, nullptr))
      x->close();
  }

  std::shared_ptr<https_client::shared> client_;
  http_client_request request_;                  // As redirects made it.
  std::function<void(http_client_result)> done_; // Null once it is over.
  clock::time_point deadline_;
  loop_timer deadline_timer_;
  loop_timer delay_timer_;
  std::string origin_;
  http_connection_ptr connection_;
  bool may_reuse_ = true;
  bool reused_ = false;
  std::uint32_t redirects_ = 0;
  std::uint32_t retries_ = 0;
};

class errand_handle final : public http_exchange {
public:
  explicit errand_handle(const std::shared_ptr<errand>& x) : errand_(x) {
  }

  void cancel() override {
    if (auto x = errand_.lock())
      x->cancel();
  }

private:
  std::weak_ptr<errand> errand_;
};

} // namespace

https_client::https_client(shard_loop& loop, https_client_options options)
  : shared_(std::make_shared<shared>(loop, std::move(options))) {
}

https_client::~https_client() {
  shared_->pool->clear();
  for (auto* x : std::set<errand*>{shared_->under_way})
    x->cancel();
}

std::shared_ptr<http_exchange>
https_client::send(http_client_request request,
                   std::function<void(http_client_result)> done) {
  auto x = std::make_shared<errand>(shared_, std::move(request),
                                    std::move(done));
  x->start();
  return std::make_shared<errand_handle>(x);
}

std::size_t https_client::idle() const noexcept {
  return shared_->pool->size();
}

} // namespace offhook::net
