#include "app/http_service.hpp"

#include <future>
#include <stdexcept>
#include <thread>
#include <utility>

#include <spdlog/spdlog.h>

#include "net/resolver.hpp"

namespace offhook::app {

namespace {

/// An exchange on the service's loop, held from anywhere.
class remote_exchange final : public net::http_exchange {
public:
  explicit remote_exchange(net::loop_handle loop)
    : loop_(std::move(loop)),
      there_(std::make_shared<state>()) {
  }

  void cancel() override {
    loop_.post([there = there_] {
      there->cancelled = true;
      if (there->exchange)
        there->exchange->cancel();
    });
  }

  /// Of the loop's thread only.
  struct state {
    bool cancelled = false;
    std::shared_ptr<net::http_exchange> exchange;
  };

  const std::shared_ptr<state>& there() const noexcept {
    return there_;
  }

private:
  net::loop_handle loop_;
  std::shared_ptr<state> there_;
};

} // namespace

struct http_service::impl {
  net::shard_loop loop{0};
  std::shared_ptr<net::tls_trust> trust;
  std::unique_ptr<net::https_client> client;
  std::thread thread;
};

http_service::http_service(net::https_client_options options,
                           const std::string& name_servers)
  : impl_(std::make_unique<impl>()) {
  if (!name_servers.empty()
      && !net::resolver::of(impl_->loop.io()).use_servers(name_servers))
    throw std::runtime_error{"cannot use the name servers '" + name_servers
                             + "' (http-client.name-servers)"};
  impl_->trust = options.trust;
  impl_->client = std::make_unique<net::https_client>(impl_->loop,
                                                      std::move(options));
  impl_->loop.on_exception([](const std::exception_ptr& x) {
    try {
      std::rethrow_exception(x);
    } catch (const std::exception& e) {
      spdlog::error("exception in the HTTP client reason=\"{}\"", e.what());
    } catch (...) {
      spdlog::error("exception in the HTTP client reason=unknown");
    }
  });
  impl_->thread = std::thread{[loop = &impl_->loop] { loop->run(); }};
}

http_service::~http_service() {
  std::promise<void> ended;
  impl_->loop.post([this, &ended] {
    impl_->client = nullptr;
    ended.set_value();
  });
  ended.get_future().wait();
  impl_->loop.stop();
  impl_->thread.join();
}

std::shared_ptr<net::http_exchange>
http_service::send(net::http_client_request request,
                   std::function<void(net::http_client_result)> done) {
  auto result = std::make_shared<remote_exchange>(impl_->loop.handle());
  impl_->loop.post([self = impl_.get(), there = result->there(),
                    request = std::move(request),
                    done = std::move(done)]() mutable {
    if (!there->cancelled && self->client)
      there->exchange = self->client->send(std::move(request), std::move(done));
  });
  return result;
}

void http_service::send_once(
  net::http_client_request request,
  std::function<void(net::http_client_result)> done) {
  impl_->loop.post([self = impl_.get(), request = std::move(request),
                    done = std::move(done)]() mutable {
    request.trust = self->trust;
    net::http_send(self->loop, std::move(request), std::move(done));
  });
}

} // namespace offhook::app
