#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "net/web_socket.hpp"

namespace offhook::net {

/// One HTTP/1.1 request, read whole.
struct http_request {
  std::string method; ///< upper case
  std::string target; ///< as sent, path and query
  std::string path;   ///< of the target, not decoded
  std::string query;  ///< of the target, without `?`, as sent
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  std::string peer_address; ///< textual IP of the TCP peer
  bool tls = false;         ///< came over our own TLS

  /// The first header of that name (any case), or an empty view.
  std::string_view header(std::string_view name) const noexcept;
};

/// `Content-Length`, `Connection`, `Date` and `Server` are added.
struct http_response {
  unsigned status = 200;
  std::string content_type = "text/plain; charset=utf-8";
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers = {};
};

/// The way back to one request: called once, from any thread. Dropped without a
/// call, the peer gets a 500; after the handler timeout (see listener), a 503.
class http_reply {
public:
  virtual ~http_reply();
  virtual void send(http_response response) = 0;

  /// For upgrades only: completes the handshake and gives the paused socket (on
  /// the loop that accepted it) to `accepted`; null where the handshake failed.
  virtual void
  accept(const ws_limits& limits, std::function<void(web_socket_ptr)> accepted)
    = 0;

  /// The loop that reads this connection.
  virtual shard_loop& loop() const noexcept = 0;
};

using http_reply_ptr = std::shared_ptr<http_reply>;

/// Where requests go: both are called on the loop that accepted the connection.
struct http_handler {
  std::function<void(http_request, http_reply_ptr)> on_request;

  /// A valid WebSocket upgrade request (GET, version 13, key): answer with
  /// `accept`, or refuse with `send`.
  std::function<void(http_request, http_reply_ptr)> on_upgrade;
};

} // namespace offhook::net
