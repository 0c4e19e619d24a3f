#include "net/resolver.hpp"

#include <algorithm>
#include <utility>

#include <ares.h>
#include <sys/time.h>

#include <boost/asio/post.hpp>

namespace offhook::net {

namespace {

using std::chrono::seconds;

// However long or short a name's time to live says: not for ever, and not a
// question for each of a burst of calls. Files give none.
constexpr auto min_ttl = seconds{5};
constexpr auto max_ttl = seconds{3600};

constexpr std::size_t max_known = 256;

// A server that answers for one family and not for the other costs the whole of
// it: 1 s, then 2 s. That must leave time for the dial.
constexpr int query_timeout_ms = 1'000;
constexpr int query_tries = 2;

bool is_localhost(std::string_view host) {
  // RFC 6761, section 6.3: never a question for a server.
  return host == "localhost" || host.ends_with(".localhost");
}

resolver::addresses read(const ares_addrinfo& from, seconds& ttl) {
  resolver::addresses result;
  for (auto* node = from.nodes; node != nullptr; node = node->ai_next) {
    tcp::endpoint endpoint;
    if (node->ai_addrlen > endpoint.capacity())
      continue;
    std::copy_n(reinterpret_cast<const char*>(node->ai_addr), node->ai_addrlen,
                reinterpret_cast<char*>(endpoint.data()));
    endpoint.resize(node->ai_addrlen);
    result.push_back(endpoint.address());
    ttl = std::min(ttl, seconds{node->ai_ttl});
  }
  return result;
}

} // namespace

struct resolver::watch {
  watch(asio::io_context& io, int fd) : socket(io, fd) {
  }

  descriptor socket;
  bool read = false;
  bool write = false;
  bool reading = false;
  bool writing = false;
  bool gone = false; // c-ares closes it.
};

struct resolver::query {
  resolver* self;
  std::string host;
};

asio::execution_context::id resolver::id;

resolver::resolver(asio::execution_context& owner)
  : asio::execution_context::service(owner),
    io_(static_cast<asio::io_context&>(owner)) {
}

resolver::~resolver() = default;

resolver& resolver::of(asio::io_context& io) {
  return asio::use_service<resolver>(io);
}

void resolver::shutdown() {
  if (channel_ != nullptr)
    ::ares_destroy(std::exchange(channel_, nullptr));
  watches_.clear();
  timer_.reset();
  pending_.clear();
}

bool resolver::open() {
  // c-ares reads resolv.conf once per channel. After a failure that may come
  // of a network which is another by now, the next question begins with a new
  // one, unless others wait on the old.
  if (failed_ && channel_ != nullptr && pending_.empty()) {
    ::ares_destroy(std::exchange(channel_, nullptr));
    watches_.clear();
  }
  if (channel_ != nullptr)
    return true;
  failed_ = false;
  ares_options options{};
  options.timeout = query_timeout_ms;
  options.tries = query_tries;
  options.sock_state_cb_data = this;
  options.sock_state_cb = [](void* self, ares_socket_t fd, int read,
                             int write) {
    static_cast<resolver*>(self)->watch_socket(fd, read != 0, write != 0);
  };
  if (::ares_init_options(&channel_, &options,
                          ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES
                            | ARES_OPT_SOCK_STATE_CB)
      != ARES_SUCCESS) {
    channel_ = nullptr;
    return false;
  }
  timer_ = std::make_unique<loop_timer>(io_);
  return servers_.empty()
         || ::ares_set_servers_ports_csv(channel_, servers_.c_str())
              == ARES_SUCCESS;
}

bool resolver::use_servers(const std::string& servers) {
  servers_ = servers;
  return open()
         && ::ares_set_servers_ports_csv(channel_, servers.c_str())
              == ARES_SUCCESS;
}

void resolver::resolve(const std::string& host, handler f) {
  error_code not_an_address;
  auto address = asio::ip::make_address(host, not_an_address);
  if (!not_an_address)
    return answer(std::move(f), {address}, {});
  if (is_localhost(host))
    return answer(
      std::move(f),
      {asio::ip::address_v4::loopback(), asio::ip::address_v6::loopback()}, {});
  if (auto i = cache_.find(host); i != cache_.end()) {
    if (clock::now() < i->second.until)
      return answer(std::move(f), i->second.found, {});
    cache_.erase(i);
  }
  if (!open())
    return answer(std::move(f), {}, "cannot start c-ares");
  auto& waiting = pending_[host];
  waiting.push_back(std::move(f));
  if (waiting.size() > 1)
    return; // The question is under way.
  ares_addrinfo_hints hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM; // Else each address comes once per type.
  ::ares_getaddrinfo(
    channel_, host.c_str(), nullptr, &hints,
    [](void* arg, int status, int, ares_addrinfo* found) {
      std::unique_ptr<query> q{static_cast<query*>(arg)};
      if (status != ARES_EDESTRUCTION)
        q->self->answered(q->host, status, found);
      if (found != nullptr)
        ::ares_freeaddrinfo(found);
    },
    new query{this, host});
  process(ARES_SOCKET_BAD, ARES_SOCKET_BAD);
}

void resolver::answer(handler f, addresses found, std::string error) {
  asio::post(io_, [f = std::move(f), found = std::move(found),
                   error = std::move(error)] { f(found, error); });
}

void resolver::answered(const std::string& host, int status,
                        ares_addrinfo* found) {
  auto waiting = pending_.extract(host);
  auto ttl = max_ttl;
  addresses list;
  std::string error;
  if (status == ARES_SUCCESS && found != nullptr)
    list = read(*found, ttl);
  else
    error = ::ares_strerror(status);
  failed_ = failed_ || status == ARES_ETIMEOUT || status == ARES_ECONNREFUSED;
  if (list.empty() && error.empty())
    error = ::ares_strerror(ARES_ENODATA);
  if (!list.empty()) {
    if (cache_.size() >= max_known)
      cache_.clear();
    cache_[host] = {list, clock::now() + std::max(ttl, min_ttl)};
  }
  if (!waiting.empty())
    for (auto& f : waiting.mapped())
      answer(std::move(f), list, error);
}

// -- c-ares' sockets on the loop ----------------------------------------------

void resolver::watch_socket(int fd, bool read, bool write) {
  auto i = watches_.find(fd);
  if (!read && !write) {
    if (i == watches_.end())
      return;
    auto x = i->second;
    watches_.erase(i);
    x->gone = true;
    x->socket.release(); // c-ares closes it right after this.
    return;
  }
  if (i == watches_.end())
    i = watches_.emplace(fd, std::make_shared<watch>(io_, fd)).first;
  i->second->read = read;
  i->second->write = write;
  wait(i->second);
}

void resolver::wait(const std::shared_ptr<watch>& x) {
  if (x->gone)
    return;
  auto fd = x->socket.native_handle();
  if (x->read && !std::exchange(x->reading, true))
    x->socket.async_wait(descriptor::wait_read, [this, x, fd](error_code ec) {
      x->reading = false;
      if (ec || x->gone)
        return;
      process(fd, ARES_SOCKET_BAD);
      wait(x);
    });
  if (x->write && !std::exchange(x->writing, true))
    x->socket.async_wait(descriptor::wait_write, [this, x, fd](error_code ec) {
      x->writing = false;
      if (ec || x->gone)
        return;
      process(ARES_SOCKET_BAD, fd);
      wait(x);
    });
}

void resolver::process(int read_fd, int write_fd) {
  ::ares_process_fd(channel_, read_fd, write_fd);
  timeval tv{};
  if (::ares_timeout(channel_, nullptr, &tv) == nullptr) {
    timer_->cancel();
    return;
  }
  timer_->expires_after(seconds{tv.tv_sec}
                        + std::chrono::microseconds{tv.tv_usec + 1'000});
  timer_->async_wait([this](error_code ec) {
    if (!ec)
      process(ARES_SOCKET_BAD, ARES_SOCKET_BAD);
  });
}

} // namespace offhook::net
