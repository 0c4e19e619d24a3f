#include "net/http_client_message.hpp"

#include <algorithm>
#include <utility>

#include <boost/beast/http/error.hpp>

namespace offhook::net {

namespace http = beast::http;

namespace {

using kind = http_client_error::kind;

// Beast counts the bytes of a field in 16 bits.
constexpr std::size_t max_field_bytes = std::size_t{32} * 1024;

// RFC 9110, section 5.6.2.
bool is_token(std::string_view x) {
  constexpr std::string_view marks = "!#$%&'*+-.^_`|~";
  return !x.empty() && x.size() <= max_field_bytes
         && std::all_of(x.begin(), x.end(), [marks](char c) {
              return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z')
                     || (c >= 'a' && c <= 'z') || marks.find(c) != marks.npos;
            });
}

// Each header goes out as one line.
bool is_value(std::string_view x) {
  constexpr std::string_view breaks{"\r\n\0", 3};
  return x.size() <= max_field_bytes && x.find_first_of(breaks) == x.npos;
}

bool is_ours(std::string_view name) {
  for (auto own : {"Host", "Content-Length", "Connection", "Transfer-Encoding"})
    if (beast::iequals(own, {name.data(), name.size()}))
      return true;
  return false;
}

} // namespace

std::optional<client_message> make_client_message(const http_client_request& x,
                                                  const ws_url& url,
                                                  bool keep_alive) {
  if (!is_token(x.method) || url.target.size() > max_field_bytes)
    return std::nullopt;
  client_message result;
  result.method_string(x.method);
  result.target(url.target);
  result.version(11);
  result.set(http::field::host, url.authority);
  for (const auto& [name, value] : x.headers) {
    if (!is_token(name) || !is_value(value))
      return std::nullopt;
    if (!is_ours(name))
      result.insert(name, value);
  }
  result.body() = x.body;
  result.keep_alive(keep_alive);
  result.prepare_payload();
  return result;
}

http_client_response
make_client_response(client_response_parser::value_type& x) {
  http_client_response result;
  result.status = x.result_int();
  for (const auto& field : x)
    result.headers.emplace_back(view(field.name_string()), view(field.value()));
  result.body = std::move(x.body());
  return result;
}

http_client_error make_read_error(const error_code& ec) {
  if (ec == http::error::header_limit || ec == http::error::body_limit
      || ec == http::error::buffer_overflow)
    return {kind::too_large, ec.message()};
  if (ec == http::error::end_of_stream || ec == http::error::partial_message)
    return {kind::lost, "closed before the response was complete"};
  if (ec.category() == make_error_code(http::error::end_of_stream).category())
    return {kind::malformed, ec.message()};
  return {kind::lost, ec.message()};
}

} // namespace offhook::net
