#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

namespace offhook::net {

/// Where a WebSocket URL leads.
struct ws_url {
  bool tls = false;
  std::string host; ///< name or address, an IPv6 one without brackets
  std::uint16_t port = 0;
  std::string authority; ///< for the `Host` header: no default port
  std::string target;    ///< path and query, never empty
};

/// @returns the parts, or why `url` is none of ours; never throws
std::variant<ws_url, std::string> parse_ws_url(std::string_view url);

} // namespace offhook::net
