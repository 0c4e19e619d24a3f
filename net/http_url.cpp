#include "net/http_url.hpp"

#include <boost/url/parse.hpp>
#include <boost/url/url.hpp>

namespace offhook::net {

std::variant<ws_url, std::string> parse_http_url(std::string_view url) {
  if (url.starts_with("http://") || url.starts_with("https://"))
    return parse_ws_url("ws" + std::string{url.substr(4)});
  return std::string{"neither http:// nor https://"};
}

std::string resolve_location(std::string_view base, std::string_view location) {
  auto from = boost::urls::parse_uri({base.data(), base.size()});
  auto to
    = boost::urls::parse_uri_reference({location.data(), location.size()});
  if (from.has_error() || to.has_error())
    return {};
  boost::urls::url result;
  if (boost::urls::resolve(*from, *to, result).has_error())
    return {};
  result.remove_fragment(); // Never sent.
  return std::string{result.buffer()};
}

} // namespace offhook::net
