#include "net/http_rules.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <string_view>

#include <boost/beast/core/string.hpp>

#include "net/host_policy.hpp"
#include "net/http_url.hpp"

namespace offhook::net {

namespace {

bool is(std::string_view a, std::string_view b) {
  return boost::beast::iequals({a.data(), a.size()}, {b.data(), b.size()});
}

bool is_one_of(std::string_view x,
               std::initializer_list<std::string_view> names) {
  return std::any_of(names.begin(), names.end(),
                     [x](std::string_view name) { return is(x, name); });
}

bool same_origin(const std::string& a, const std::string& b) {
  auto one = parse_http_url(a);
  auto other = parse_http_url(b);
  const auto* x = std::get_if<ws_url>(&one);
  const auto* y = std::get_if<ws_url>(&other);
  return x && y && origin_of(*x) == origin_of(*y);
}

} // namespace

bool is_repeatable(const http_client_request& x) {
  if (is_one_of(x.method, {"GET", "HEAD", "OPTIONS", "PUT", "DELETE"}))
    return true;
  return std::any_of(x.headers.begin(), x.headers.end(), [](const auto& field) {
    return is(field.first, "Idempotency-Key") && !field.second.empty();
  });
}

bool is_passing(unsigned status) {
  return status == 429 || (status >= 502 && status <= 504);
}

std::optional<std::chrono::milliseconds>
retry_after(const http_client_response& x) {
  auto text = x.header("Retry-After");
  std::uint32_t seconds = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(),
                                      seconds);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size())
    return std::nullopt;
  return std::chrono::seconds{seconds};
}

bool is_redirect(unsigned status) {
  constexpr std::array<unsigned, 5> all{301, 302, 303, 307, 308};
  return std::find(all.begin(), all.end(), status) != all.end();
}

std::string redirect(http_client_request& x, unsigned status,
                     const std::string& url) {
  auto reads = x.method == "GET" || x.method == "HEAD";
  if ((status == 301 || status == 302) && !reads)
    return std::to_string(status) + " in answer to " + x.method
           + ", which only 307 and 308 repeat";
  if (status == 303 && !reads) {
    x.method = "GET";
    x.body.clear();
    std::erase_if(x.headers, [](const auto& field) {
      return field.first.size() > 8
             && is(std::string_view{field.first}.substr(0, 8), "Content-");
    });
  }
  if (!same_origin(x.url, url))
    std::erase_if(x.headers, [](const auto& field) {
      return is_one_of(field.first,
                       {"Authorization", "Cookie", "Proxy-Authorization"});
    });
  x.url = url;
  return {};
}

} // namespace offhook::net
