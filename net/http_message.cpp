#include "net/http_message.hpp"

#include <algorithm>
#include <ctime>
#include <utility>

#include <boost/beast/http/error.hpp>
#include <boost/beast/http/rfc7230.hpp>
#include <boost/beast/websocket/rfc6455.hpp>

namespace offhook::net {

namespace http = beast::http;

namespace {

// RFC 9110, section 5.6.7: always English, always GMT.
std::string date() {
  auto now = std::time(nullptr);
  std::tm t{};
  ::gmtime_r(&now, &t);
  static constexpr const char* days[] = {"Sun", "Mon", "Tue", "Wed",
                                         "Thu", "Fri", "Sat"};
  static constexpr const char* months[] = {"Jan", "Feb", "Mar", "Apr",
                                           "May", "Jun", "Jul", "Aug",
                                           "Sep", "Oct", "Nov", "Dec"};
  char text[64];
  auto n = std::snprintf(text, sizeof text, "%s, %02d %s %d %02d:%02d:%02d GMT",
                         days[t.tm_wday], t.tm_mday, months[t.tm_mon],
                         t.tm_year + 1900, t.tm_hour, t.tm_min, t.tm_sec);
  return {text, static_cast<std::size_t>(n)};
}

bool may_have_body(unsigned status) {
  return status >= 200 && status != 204 && status != 304;
}

// Ours to set, or a way to split the response in two.
bool may_set(std::string_view name, std::string_view value) {
  auto has_break = [](std::string_view x) {
    return x.find_first_of(std::string_view{"\r\n\0", 3}) != x.npos;
  };
  if (name.empty() || has_break(name) || has_break(value))
    return false;
  for (auto own : {"Content-Length", "Connection", "Date", "Server",
                   "Transfer-Encoding", "Content-Type"})
    if (beast::iequals(own, {name.data(), name.size()}))
      return false;
  return true;
}

// 16 bytes as base64.
bool is_websocket_key(std::string_view x) {
  return x.size() == 24 && x.ends_with("==")
         && std::all_of(x.begin(), x.end() - 2, [](unsigned char c) {
              return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z')
                     || (c >= '0' && c <= '9') || c == '+' || c == '/';
            });
}

} // namespace

unsigned status_of(const error_code& ec) {
  if (ec == http::error::header_limit)
    return 431;
  if (ec == http::error::body_limit)
    return 413;
  return 400;
}

unsigned check_header(const request_message& x) {
  // RFC 9112, section 3.2.
  auto hosts = x.count(http::field::host);
  if (hosts > 1 || (hosts == 0 && x.version() >= 11))
    return 400;
  // Section 6.3: what ends a body must be beyond doubt, or the body becomes the
  // next request. Beast takes an encoding that it does not know for none.
  if (x.count(http::field::transfer_encoding) > 1
      || (x.count(http::field::transfer_encoding) == 1
          && (x.version() < 11
              || !beast::iequals(x[http::field::transfer_encoding],
                                 "chunked"))))
    return 400;
  return 0;
}

bool wants_continue(const request_message& x) {
  return x.version() >= 11
         && beast::iequals(x[http::field::expect], "100-continue");
}

bool is_upgrade(const request_message& x) {
  return beast::websocket::is_upgrade(x);
}

std::optional<http_response> check_upgrade(const request_message& x) {
  http_response result;
  if (x[http::field::sec_websocket_version] != "13") {
    result.status = 426;
    result.body = "WebSocket version 13 only\n";
    result.headers = {{"Sec-WebSocket-Version", "13"}};
    return result;
  }
  if (!is_websocket_key(view(x[http::field::sec_websocket_key]))) {
    result.status = 400;
    result.body = "bad Sec-WebSocket-Key\n";
    return result;
  }
  return std::nullopt;
}

http_request make_request(request_message& x, std::string peer_address,
                          bool tls) {
  http_request result;
  result.method = view(x.method_string());
  result.target = view(x.target());
  auto path = std::string_view{result.target};
  // The absolute form, which is for proxies but must be understood.
  if (auto scheme = path.find("://");
      scheme != path.npos && !path.starts_with('/')) {
    path.remove_prefix(scheme + 3);
    path.remove_prefix(std::min(path.find_first_of("/?"), path.size()));
  }
  auto mark = std::min(path.find('?'), path.size());
  result.path = path.substr(0, mark);
  if (result.path.empty())
    result.path = "/";
  if (mark < path.size())
    result.query = path.substr(mark + 1);
  for (auto& field : x)
    result.headers.emplace_back(view(field.name_string()), view(field.value()));
  result.body = std::move(x.body());
  result.peer_address = std::move(peer_address);
  result.tls = tls;
  return result;
}

response_message make_message(http_response x, unsigned version,
                              bool keep_alive) {
  if (x.status < 200 || x.status > 599)
    x.status = 500;
  response_message result{static_cast<http::status>(x.status), version};
  result.set(http::field::server, "offhook");
  result.set(http::field::date, date());
  for (auto& [name, value] : x.headers)
    if (may_set(name, value))
      result.insert(name, value);
  if (may_have_body(x.status)) {
    if (may_set("Content-", x.content_type) && !x.content_type.empty())
      result.set(http::field::content_type, x.content_type);
    result.body() = std::move(x.body);
    result.prepare_payload(); // Content-Length, also of nothing.
  }
  result.keep_alive(keep_alive);
  return result;
}

header_message header_only(const response_message& x) {
  return header_message{x.base()};
}

std::string address_text(const asio::ip::address& x) {
  if (x.is_v6() && x.to_v6().is_v4_mapped())
    return asio::ip::make_address_v4(asio::ip::v4_mapped, x.to_v6())
      .to_string();
  return x.to_string();
}

} // namespace offhook::net
