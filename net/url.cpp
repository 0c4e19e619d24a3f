#include "net/url.hpp"

#include <algorithm>
#include <cctype>

#include <boost/url/parse.hpp>
#include <boost/url/scheme.hpp>
#include <boost/url/url_view.hpp>

namespace offhook::net {

namespace {

// What is written as %0a in a URL is none, and must not get into a log.
bool is_host(std::string_view x) {
  return std::all_of(x.begin(), x.end(), [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '-' || c == '.' || c == '_' || c == ':';
  });
}

} // namespace

std::variant<ws_url, std::string> parse_ws_url(std::string_view url) {
  using result = std::variant<ws_url, std::string>;
  auto parsed = boost::urls::parse_uri({url.data(), url.size()});
  if (parsed.has_error())
    return result{std::in_place_index<1>, "not a URL"};
  auto& from = *parsed;
  ws_url to;
  if (from.scheme_id() == boost::urls::scheme::wss)
    to.tls = true;
  else if (from.scheme_id() != boost::urls::scheme::ws)
    return result{std::in_place_index<1>, "neither ws:// nor wss://"};
  // What is in a URL ends up in logs.
  if (from.has_userinfo())
    return result{std::in_place_index<1>, "credentials in a URL"};
  to.host = from.host_address();
  if (to.host.empty())
    return result{std::in_place_index<1>, "no host"};
  if (!is_host(to.host))
    return result{std::in_place_index<1>, "a host that is no name or address"};
  const std::uint16_t usual = to.tls ? 443 : 80;
  to.port = usual;
  if (from.has_port() && !from.port().empty()) {
    to.port = from.port_number();
    if (to.port == 0) // Also where it does not fit.
      return result{std::in_place_index<1>, "no such port"};
  }
  to.authority = from.encoded_host();
  if (to.port != usual)
    to.authority += ":" + std::to_string(to.port);
  to.target = from.encoded_target();
  if (!to.target.starts_with('/'))
    to.target.insert(0, "/");
  return to;
}

} // namespace offhook::net
