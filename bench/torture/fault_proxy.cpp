#include "bench/torture/fault_proxy.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <charconv>
#include <string_view>

#include <boost/asio/write.hpp>

namespace offhook::torture {

namespace asio = net::asio;
using net::error_code;
using net::tcp;

namespace {

constexpr std::size_t buffer_size = 16 * 1024;

net::tcp::endpoint local(std::uint16_t port) {
  return {asio::ip::make_address("127.0.0.1"), port};
}

std::uint32_t slot_of(std::string_view text) {
  auto at = text.find("slot");
  std::uint32_t result = 0;
  if (at == text.npos)
    return 0;
  at += 4;
  if (at < text.size() && text[at] == '=')
    ++at;
  std::from_chars(text.data() + at, text.data() + text.size(), result);
  return result;
}

} // namespace

struct fault_proxy::impl : std::enable_shared_from_this<impl> {
  impl(net::shard_loop& loop, std::uint16_t upstream)
    : loop(loop),
      upstream(upstream),
      acceptor(loop.io().get_executor(), local(0)),
      watch(loop.io().get_executor()) {
  }

  void accept();
  void look();

  net::shard_loop& loop;
  const std::uint16_t upstream;
  net::tcp_acceptor acceptor;
  net::loop_timer watch;
  std::atomic<std::int64_t> latest_us = 0;
  std::atomic<std::uint64_t> missed = 0;
  std::map<std::uint32_t, reception> receptions;
  std::vector<std::weak_ptr<connection>> connections; // The newest last.
  bool stopped = false;
};

/// One accepted connection and the one it stands for.
class fault_proxy::connection
  : public std::enable_shared_from_this<connection> {
public:
  connection(std::shared_ptr<impl> owner, net::tcp_socket socket)
    : owner_(std::move(owner)),
      down_(std::move(socket)),
      up_(owner_->loop.io().get_executor()),
      timer_(owner_->loop.io().get_executor()) {
  }

  void begin() {
    auto self = shared_from_this();
    down_.async_read_some(asio::buffer(from_down_),
                          [self](error_code ec, std::size_t size) {
                            if (ec)
                              return self->end(false);
                            self->first_.assign(self->from_down_.data(), size);
                            self->receive();
                          });
  }

  bool is_of(std::uint32_t slot) const {
    return slot_ == slot && running_ && !over_ && !half_open_;
  }

  void reset_after(std::uint32_t bytes) {
    reset_after_ = bytes;
    // On a line where nothing passes nothing would ever happen.
    after(500, [](connection& x) { x.end(true); });
  }

  void stall(std::uint32_t ms) {
    stalled_ = true;
    after(ms, [](connection& x) {
      x.stalled_ = false;
      for (auto& f : std::exchange(x.held_, {}))
        f();
    });
  }

  void go_half_open() {
    half_open_ = true;
  }

  void inject_noise() {
    // A frame with reserved bits and an opcode that does not exist. Between two
    // writes, so that it may fall into a frame: noise all the same.
    auto noise = std::make_shared<std::string>("\xFF\xFFtorture", 9);
    auto self = shared_from_this();
    asio::async_write(down_, asio::buffer(*noise),
                      [self, noise](error_code, std::size_t) {});
  }

  void end(bool with_reset) {
    if (std::exchange(over_, true))
      return;
    timer_.cancel();
    held_.clear();
    error_code ignored;
    for (auto* x : {&down_, &up_}) {
      if (with_reset && x->is_open())
        x->set_option(asio::socket_base::linger{true, 0}, ignored);
      x->close(ignored);
    }
  }

private:
  void receive() {
    slot_ = slot_of(std::string_view{first_}.substr(0, first_.find('\n')));
    auto& how = owner_->receptions[slot_];
    if (how.refuse > 0) {
      --how.refuse;
      return end(true);
    }
    if (how.unavailable > 0) {
      --how.unavailable;
      first_ = "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n"
               "Connection: close\r\n\r\n";
      auto self = shared_from_this();
      asio::async_write(down_, asio::buffer(first_),
                        [self](error_code, std::size_t) { self->end(false); });
      return;
    }
    after(std::exchange(how.delay_ms, 0), [](connection& x) {
      // Who dialled may have given up meanwhile.
      char next = 0;
      if (recv(x.down_.native_handle(), &next, 1, MSG_PEEK | MSG_DONTWAIT) == 0)
        return x.end(false);
      x.dial();
    });
  }

  void dial() {
    auto self = shared_from_this();
    up_.async_connect(local(owner_->upstream), [self](error_code ec) {
      if (ec)
        return self->end(true);
      error_code ignored;
      for (auto* x : {&self->down_, &self->up_})
        x->set_option(tcp::no_delay{true}, ignored);
      self->running_ = true;
      asio::async_write(self->up_, asio::buffer(self->first_),
                        [self](error_code ec, std::size_t) {
                          if (ec)
                            return self->end(false);
                          self->pump(self->down_, self->up_, self->from_down_);
                        });
      self->pump(self->up_, self->down_, self->from_up_);
    });
  }

  using buffer = std::array<char, buffer_size>;

  void pump(net::tcp_socket& from, net::tcp_socket& to, buffer& bytes) {
    auto self = shared_from_this();
    from.async_read_some(asio::buffer(bytes), [self, &from, &to,
                                               &bytes](error_code ec,
                                                       std::size_t size) {
      if (ec)
        return self->end(ec == asio::error::connection_reset);
      self->pass(from, to, bytes, size);
    });
  }

  void pass(net::tcp_socket& from, net::tcp_socket& to, buffer& bytes,
            std::size_t size) {
    auto self = shared_from_this();
    if (over_)
      return;
    if (stalled_) {
      held_.push_back([self, &from, &to, &bytes, size] {
        self->pass(from, to, bytes, size);
      });
      return;
    }
    if (half_open_)
      return pump(from, to, bytes);
    auto last = reset_after_ && size >= *reset_after_;
    if (last)
      size = *reset_after_;
    else if (reset_after_)
      *reset_after_ -= static_cast<std::uint32_t>(size);
    asio::async_write(to, asio::buffer(bytes.data(), size),
                      [self, &from, &to, &bytes, last](error_code ec,
                                                       std::size_t) {
                        if (ec || last)
                          return self->end(true);
                        self->pump(from, to, bytes);
                      });
  }

  void after(std::uint32_t ms, void (*what)(connection&)) {
    timer_.expires_after(std::chrono::milliseconds{ms});
    timer_.async_wait([self = shared_from_this(), what](error_code ec) {
      if (!ec && !self->over_)
        what(*self);
    });
  }

  std::shared_ptr<impl> owner_;
  net::tcp_socket down_; // From who dialled.
  net::tcp_socket up_;   // To whom they wanted.
  net::loop_timer timer_;
  buffer from_down_;
  buffer from_up_;
  std::string first_;
  std::vector<std::function<void()>> held_;
  std::optional<std::uint32_t> reset_after_;
  std::uint32_t slot_ = 0;
  bool running_ = false;
  bool stalled_ = false;
  bool half_open_ = false;
  bool over_ = false;
};

void fault_proxy::impl::accept() {
  acceptor.async_accept(
    [self = shared_from_this()](error_code ec, net::tcp_socket socket) {
      if (self->stopped)
        return;
      if (!ec) {
        auto next = std::make_shared<connection>(self, std::move(socket));
        std::erase_if(self->connections,
                      [](const auto& x) { return x.expired(); });
        self->connections.push_back(next);
        next->begin();
      }
      self->accept();
    });
}

void fault_proxy::impl::look() {
  using std::chrono::duration_cast;
  constexpr std::chrono::milliseconds interval{10};
  watch.expires_after(interval);
  watch.async_wait([self = shared_from_this()](error_code ec) {
    if (ec || self->stopped)
      return;
    auto late = std::chrono::steady_clock::now() - self->watch.expiry();
    auto us = duration_cast<std::chrono::microseconds>(late).count();
    // Who takes it meanwhile gets it next time.
    if (us > self->latest_us)
      self->latest_us = us;
    self->look();
  });
}

fault_proxy::fault_proxy(std::uint16_t upstream)
  : impl_(std::make_shared<impl>(loop_, upstream)) {
  port_ = impl_->acceptor.local_endpoint().port();
  impl_->accept();
  impl_->look();
  thread_ = std::thread{[this] { loop_.run(); }};
}

fault_proxy::~fault_proxy() {
  stop();
}

void fault_proxy::stop() {
  if (!thread_.joinable())
    return;
  loop_.post([this] {
    impl_->stopped = true;
    error_code ignored;
    impl_->acceptor.close(ignored);
    impl_->watch.cancel();
    for (auto& x : impl_->connections)
      if (auto open = x.lock())
        open->end(false);
    loop_.stop();
  });
  thread_.join();
}

std::chrono::microseconds fault_proxy::take_lateness() noexcept {
  return std::chrono::microseconds{impl_->latest_us.exchange(0)};
}

std::uint64_t fault_proxy::missed() const noexcept {
  return impl_->missed;
}

void fault_proxy::change(std::uint32_t slot,
                         std::function<void(reception&)> how) {
  loop_.post(
    [to = impl_, slot, how = std::move(how)] { how(to->receptions[slot]); });
}

void fault_proxy::with_newest(std::uint32_t slot,
                              std::function<void(connection&)> what) {
  loop_.post([in = impl_, slot, what = std::move(what)] {
    const auto& all = in->connections;
    for (auto i = all.rbegin(); i != all.rend(); ++i)
      if (auto x = i->lock(); x && x->is_of(slot))
        return what(*x);
    ++in->missed;
  });
}

void fault_proxy::reset_after(std::uint32_t slot, std::uint32_t bytes) {
  with_newest(slot, [bytes](auto& x) { x.reset_after(bytes); });
}

void fault_proxy::stall(std::uint32_t slot, std::uint32_t ms) {
  with_newest(slot, [ms](auto& x) { x.stall(ms); });
}

void fault_proxy::go_half_open(std::uint32_t slot) {
  with_newest(slot, [](auto& x) { x.go_half_open(); });
}

void fault_proxy::inject_noise(std::uint32_t slot) {
  with_newest(slot, [](auto& x) { x.inject_noise(); });
}

} // namespace offhook::torture
