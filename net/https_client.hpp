#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>

#include "net/host_policy.hpp"
#include "net/http_client.hpp"
#include "net/http_pool.hpp"

namespace offhook::net {

/// What a client of ours may do.
struct https_client_options {
  host_policy policy;
  std::shared_ptr<tls_trust> trust; ///< for https
  http_pool::limits pool;
  std::size_t max_under_way = 256; ///< requests at once; more are `busy`
  std::uint32_t max_redirects = 5;
  std::uint32_t max_retries = 2;
  std::uint32_t retry_delay_ms = 200;       ///< before the first; doubles
  std::uint32_t max_retry_delay_ms = 5'000; ///< a longer `Retry-After` ends it
};

/// HTTP for whatever this process asks of others: to allowed origins and
/// checked addresses only, over connections that are kept; what fails in
/// passing is tried again where that does no harm (`net/http_rules.hpp`), and
/// redirects are followed within what is allowed. All of it within the one
/// `timeout_ms` of the request.
///
/// A kept connection that turns out to be dead before anything of a response
/// came is replaced at once, which counts as no retry. On its loop only, and
/// gone before that; requests that are under way when it goes tell nothing.
class https_client {
public:
  https_client(shard_loop& loop, https_client_options options);
  https_client(const https_client&) = delete;
  https_client& operator=(const https_client&) = delete;
  ~https_client();

  /// As `http_send`; `request.trust` is the client's.
  std::shared_ptr<http_exchange>
  send(http_client_request request,
       std::function<void(http_client_result)> done);

  /// Connections that wait for another request.
  std::size_t idle() const noexcept;

  struct shared;

private:
  std::shared_ptr<shared> shared_;
};

} // namespace offhook::net
