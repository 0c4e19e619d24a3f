#pragma once

#include <string>
#include <string_view>
#include <variant>

#include "net/url.hpp"

namespace offhook::net {

/// The parts of an HTTP URL, which are those of a WebSocket URL.
/// @returns the parts, or why `url` is none of ours; never throws
std::variant<ws_url, std::string> parse_http_url(std::string_view url);

/// The URL that a `Location` header means, as seen from `base`.
/// @returns an empty text where it is none; never throws
std::string resolve_location(std::string_view base, std::string_view location);

} // namespace offhook::net
