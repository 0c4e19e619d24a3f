#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "net/shard_loop.hpp"
#include "net/web_socket.hpp"

namespace offhook::net {

/// Trust for outgoing TLS: the system's CAs, or only those of one PEM file.
/// Shared by all connections; peers are always verified, by name, with SNI.
class tls_trust {
public:
  /// @param ca_file PEM; empty: the system's store
  /// @throws std::runtime_error naming the file and the cause
  explicit tls_trust(const std::string& ca_file);
  ~tls_trust();
  struct impl;
  const std::shared_ptr<impl>& get() const noexcept;

private:
  std::shared_ptr<impl> impl_;
};

/// Names to addresses by c-ares: without a thread, with its time to live kept
/// as a cache. One per loop.
class resolver;

struct ws_client_options {
  std::string url; ///< ws:// or wss://, path and query as they are to be sent
  std::vector<std::pair<std::string, std::string>> headers = {};
  std::shared_ptr<tls_trust> trust = {}; ///< needed for wss://
  ws_limits limits = {};
};

/// Why a dial failed.
struct connect_error {
  enum class kind : std::uint8_t {
    bad_url,
    resolve,
    connect, ///< TCP: refused, unreachable
    tls,     ///< handshake or verification
    refused, ///< answered with `http_status` instead of 101
    timeout,
    cancelled,
  };

  kind what = kind::connect;
  unsigned http_status = 0;
  std::string text;      ///< cause for the log: nothing that the peer wrote
  std::string body = {}; ///< of a refusal, cut at 4 kB; may echo a credential
};

std::string_view to_string(connect_error::kind x) noexcept;

using connect_result = std::variant<web_socket_ptr, connect_error>;

/// One dial under way.
class ws_dial {
public:
  virtual ~ws_dial();

  /// `done` is not called any more.
  virtual void cancel() = 0;
};

/// Resolves, connects, secures and upgrades within `handshake_timeout_ms`,
/// without following redirects; `done` is called once, on `loop`, never from
/// within this call. On the loop's thread only. The socket arrives paused.
std::shared_ptr<ws_dial> ws_connect(shard_loop& loop, ws_client_options options,
                                    std::function<void(connect_result)> done);

} // namespace offhook::net
