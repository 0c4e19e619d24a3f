#include "net/connect_race.hpp"

#include <algorithm>
#include <sstream>
#include <utility>

#include <boost/asio/post.hpp>

namespace offhook::net {

namespace {

// RFC 8305, section 8: Connection Attempt Delay.
constexpr auto attempt_delay = std::chrono::milliseconds{250};

// The families in turn, so that one that leads nowhere costs one attempt only.
std::vector<tcp::endpoint> in_turn(std::vector<asio::ip::address> x,
                                   std::uint16_t port) {
  std::vector<tcp::endpoint> result;
  while (!x.empty()) {
    auto i = x.begin();
    if (!result.empty())
      i = std::find_if(x.begin(), x.end(), [&](auto& address) {
        return address.is_v6() != result.back().address().is_v6();
      });
    if (i == x.end())
      i = x.begin();
    result.emplace_back(*i, port);
    x.erase(i);
  }
  return result;
}

} // namespace

connect_race::connect_race(asio::io_context& io,
                           std::vector<asio::ip::address> addresses,
                           std::uint16_t port, handler done)
  : io_(io),
    endpoints_(in_turn(std::move(addresses), port)),
    done_(std::move(done)),
    timer_(io) {
  // A pending operation keeps a pointer to its socket.
  sockets_.reserve(endpoints_.size());
}

void connect_race::start() {
  asio::post(io_, [self = shared_from_this()] { self->try_next(); });
}

void connect_race::cancel() {
  auto released = std::exchange(done_, nullptr);
  timer_.cancel();
  error_code ignored;
  for (auto& socket : sockets_)
    socket.close(ignored);
}

void connect_race::try_next() {
  if (!done_)
    return;
  auto index = sockets_.size();
  if (index == endpoints_.size()) {
    if (under_way_ == 0)
      finish(tcp_socket{io_}, error_.empty() ? "no address" : error_);
    return;
  }
  ++under_way_;
  sockets_.emplace_back(io_);
  sockets_.back().async_connect(
    endpoints_[index], [self = shared_from_this(), index](
                         const error_code& ec) { self->tried(index, ec); });
  timer_.expires_after(attempt_delay);
  timer_.async_wait([self = shared_from_this()](const error_code& ec) {
    if (!ec)
      self->try_next();
  });
}

void connect_race::tried(std::size_t index, const error_code& ec) {
  --under_way_;
  if (!done_)
    return;
  if (!ec)
    return finish(std::move(sockets_[index]), {});
  std::ostringstream text;
  text << endpoints_[index] << ": " << ec.message();
  error_ += (error_.empty() ? "" : "; ") + text.str();
  try_next();
}

void connect_race::finish(tcp_socket socket, const std::string& error) {
  auto done = std::exchange(done_, nullptr);
  cancel();
  done(std::move(socket), error);
}

} // namespace offhook::net
