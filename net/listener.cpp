#include "net/listener.hpp"

#include <mutex>
#include <stdexcept>
#include <utility>

#include <boost/asio/error.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/post.hpp>

#include "net/http_server.hpp"

namespace offhook::net {

namespace {

// Where the process has run out of file descriptors: time for some to close.
constexpr auto accept_pause = std::chrono::milliseconds{100};

tcp::endpoint endpoint_of(const listener_options& options) {
  auto name = options.address == "localhost" ? "127.0.0.1" : options.address;
  error_code ec;
  auto address = asio::ip::make_address(name, ec);
  if (ec)
    throw std::runtime_error{"cannot listen on " + options.address
                             + ": not an IP address"};
  return {address, options.port};
}

/// Accepts on the first loop, and lives there by its pending operation.
class acceptor : public std::enable_shared_from_this<acceptor> {
public:
  explicit acceptor(std::shared_ptr<http_server> server)
    : server_(std::move(server)),
      acceptor_(server_->loops()[0]->io()),
      timer_(server_->loops()[0]->io()) {
    auto endpoint = endpoint_of(server_->options());
    try {
      acceptor_.open(endpoint.protocol());
      acceptor_.set_option(tcp_acceptor::reuse_address{true});
      if (endpoint.address().is_v6())
        acceptor_.set_option(asio::ip::v6_only{false});
      acceptor_.bind(endpoint);
      acceptor_.listen();
    } catch (const boost::system::system_error& e) {
      throw std::runtime_error{"cannot listen on " + server_->options().address
                               + " port " + std::to_string(endpoint.port())
                               + ": " + e.code().message()};
    }
    server_->hold();
  }

  ~acceptor() {
    close(); // With its loop, if not before.
  }

  std::uint16_t port() const {
    return acceptor_.local_endpoint().port();
  }

  void accept() {
    if (!acceptor_.is_open())
      return;
    auto& loops = server_->loops();
    auto& loop = *loops[next_++ % loops.size()];
    acceptor_.async_accept(loop.io(), [self = shared_from_this(),
                                       &loop](error_code ec, auto socket) {
      self->accepted(loop, ec, std::move(socket));
    });
  }

  void close() {
    if (!acceptor_.is_open())
      return;
    error_code ignored;
    acceptor_.close(ignored);
    timer_.cancel();
    server_->release();
  }

private:
  void accepted(shard_loop& loop, const error_code& ec, tcp_socket socket) {
    if (!acceptor_.is_open())
      return;
    if (ec == asio::error::no_descriptors || ec == asio::error::no_memory
        || ec == asio::error::no_buffer_space
        || ec == boost::system::errc::too_many_files_open_in_system) {
      timer_.expires_after(accept_pause);
      return timer_.async_wait(
        [self = shared_from_this()](error_code) { self->accept(); });
    }
    // Any other error is that of one peer, which is gone already.
    if (auto place = ec ? nullptr : server_->take_place())
      asio::post(loop.io(),
                 [server = server_, &loop, socket = std::move(socket),
                  place = std::move(place)]() mutable {
                   server->serve(loop, std::move(socket), std::move(place));
                 });
    accept();
  }

  std::shared_ptr<http_server> server_;
  tcp_acceptor acceptor_;
  loop_timer timer_;
  std::size_t next_ = 0;
};

} // namespace

class listener::impl {
public:
  impl(std::vector<shard_loop*> loops, listener_options options,
       http_handler handler)
    : server_(std::make_shared<http_server>(
      std::move(loops), std::move(options), std::move(handler))),
      fresh_(std::make_shared<acceptor>(server_)),
      acceptor_(fresh_),
      port_(fresh_->port()) {
  }

  std::uint16_t port() const noexcept {
    return port_;
  }

  void start() {
    std::lock_guard guard{mutex_};
    if (fresh_)
      server_->loops()[0]->post(
        [a = std::exchange(fresh_, nullptr)] { a->accept(); });
  }

  void stop(std::function<void()> done) {
    {
      std::lock_guard guard{mutex_};
      fresh_.reset();
    }
    server_->loops()[0]->post([weak = acceptor_] {
      if (auto a = weak.lock())
        a->close();
    });
    server_->stop(std::move(done));
  }

private:
  std::shared_ptr<http_server> server_;
  std::mutex mutex_;                // Guards `fresh_`.
  std::shared_ptr<acceptor> fresh_; // Until `start`.
  std::weak_ptr<acceptor> acceptor_;
  std::uint16_t port_;
};

listener::listener(std::vector<shard_loop*> loops, listener_options options,
                   http_handler handler)
  : impl_(std::make_shared<impl>(std::move(loops), std::move(options),
                                 std::move(handler))) {
}

listener::~listener() = default;

std::uint16_t listener::port() const noexcept {
  return impl_->port();
}

void listener::start() {
  impl_->start();
}

void listener::stop(std::function<void()> done) {
  impl_->stop(std::move(done));
}

} // namespace offhook::net
