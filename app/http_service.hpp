#pragma once

#include <functional>
#include <memory>
#include <string>

#include "net/https_client.hpp"

namespace offhook::app {

/// The thread of all requests that this process makes of others: one loop and
/// one client with its connections, apart from those of the calls. Owned by the
/// server, which ends it before the actors' system.
class http_service {
public:
  /// @param name_servers as `net::resolver` takes them; empty: the system's
  /// @throws std::runtime_error where it does not
  http_service(net::https_client_options options,
               const std::string& name_servers);
  http_service(const http_service&) = delete;
  http_service& operator=(const http_service&) = delete;

  /// Ends what is under way without a word, and the thread. On another thread
  /// than its own.
  ~http_service();

  /// As `net::https_client::send`, from any thread; `done` is called on the
  /// service's. Cancelled from any thread; a result that is under way to its
  /// receiver then may still arrive.
  std::shared_ptr<net::http_exchange>
  send(net::http_client_request request,
       std::function<void(net::http_client_result)> done);

  /// One request over a connection of its own to wherever its URL says, which
  /// the caller vouches for; redirects are answers like others. Threads as
  /// above.
  void send_once(net::http_client_request request,
                 std::function<void(net::http_client_result)> done);

private:
  struct impl;
  std::unique_ptr<impl> impl_;
};

} // namespace offhook::app
