#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "net/shard_loop.hpp"
#include "net/ws_client.hpp"

namespace offhook::net {

/// One request over a connection of its own.
struct http_client_request {
  std::string method = "GET"; ///< upper case
  std::string url; ///< http:// or https://, path and query as to be sent
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  std::shared_ptr<tls_trust> trust;  ///< needed for https://
  std::uint32_t timeout_ms = 15'000; ///< for all of it
  std::size_t max_header_bytes = std::size_t{16} * 1024;
  std::size_t max_body_bytes = std::size_t{1024} * 1024;
};

struct http_client_response {
  unsigned status = 0;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;

  /// The first header of that name (any case), or an empty view.
  std::string_view header(std::string_view name) const noexcept;
};

/// Why there is no response.
struct http_client_error {
  enum class kind : std::uint8_t {
    bad_request, ///< a URL, method or header that cannot be sent
    resolve,
    connect,   ///< TCP: refused, unreachable
    tls,       ///< handshake or verification
    lost,      ///< the connection ended before the response did
    malformed, ///< the response is not HTTP
    too_large, ///< a bound of the request
    timeout,
    forbidden, ///< the policy does not let us ask there
    redirect,  ///< one that is not followed
    busy,      ///< too many requests at once
  };

  kind what = kind::connect;
  std::string text; ///< cause for the log; nothing that we sent
};

std::string_view to_string(http_client_error::kind x) noexcept;

using http_client_result
  = std::variant<http_client_response, http_client_error>;

/// One request under way.
class http_exchange {
public:
  virtual ~http_exchange();

  /// Ends the connection; `done` is not called any more.
  virtual void cancel() = 0;
};

/// Resolves, connects, secures, sends, and reads the response whole; `Host`,
/// `Content-Length` and `Connection: close` are added. Redirects are answers
/// like others. `done` is called once, on `loop`, never from within this call.
/// On the loop's thread only.
std::shared_ptr<http_exchange>
http_send(shard_loop& loop, http_client_request request,
          std::function<void(http_client_result)> done);

} // namespace offhook::net
