#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <boost/beast/http/message.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include "net/asio_types.hpp"
#include "net/http_client.hpp"
#include "net/url.hpp"

// Between the HTTP client's messages and Beast's: pure functions.
namespace offhook::net {

using client_message = beast::http::request<beast::http::string_body>;
using client_response_parser
  = beast::http::response_parser<beast::http::string_body>;

/// @param keep_alive whether the connection may serve another request
/// @returns nothing where the method, the path or a header is none that can be
///          sent
std::optional<client_message> make_client_message(const http_client_request& x,
                                                  const ws_url& url,
                                                  bool keep_alive);

http_client_response
make_client_response(client_response_parser::value_type& x);

/// What it means that a response could not be read.
http_client_error make_read_error(const error_code& ec);

} // namespace offhook::net
