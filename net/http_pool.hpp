#pragma once

#include <chrono>
#include <cstddef>
#include <list>
#include <memory>
#include <string>

#include "net/http_connection.hpp"

namespace offhook::net {

/// Open connections that wait for another request, by origin, for a bounded
/// time and in a bounded number. On its loop only.
class http_pool : public std::enable_shared_from_this<http_pool> {
public:
  struct limits {
    std::size_t max_idle = 64;           ///< in all
    std::size_t max_idle_per_origin = 8; ///< more are closed
    /// Shorter than what servers usually grant.
    std::chrono::milliseconds max_age{15'000};
  };

  http_pool(asio::io_context& io, limits x) : limits_(x), timer_(io) {
  }

  /// The connection that was used last, or null.
  http_connection_ptr take(const std::string& origin);

  /// Keeps a connection for later, or closes it.
  void give(const std::string& origin, http_connection_ptr x);

  void clear();

  std::size_t size() const noexcept {
    return idle_.size();
  }

private:
  using clock = std::chrono::steady_clock;

  struct entry {
    std::string origin;
    http_connection_ptr connection;
    clock::time_point until;
  };

  void drop(const http_connection* x);
  void watch_age();

  limits limits_;
  loop_timer timer_;
  std::list<entry> idle_; // The oldest first.
};

} // namespace offhook::net
