#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <boost/asio/ip/address.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include "net/asio_types.hpp"
#include "net/http.hpp"

// Between Beast's messages and ours: pure functions.
namespace offhook::net {

using request_parser = beast::http::request_parser<beast::http::string_body>;
using request_message = request_parser::value_type;
using response_message = beast::http::response<beast::http::string_body>;
using header_message = beast::http::response<beast::http::empty_body>;

inline constexpr std::string_view continue_line
  = "HTTP/1.1 100 Continue\r\n\r\n";

/// Which status a request deserves that could not be parsed.
unsigned status_of(const error_code& ec);

/// What the parser lets pass. @returns a status, 0: nothing is wrong
unsigned check_header(const request_message& x);

/// Whether the peer waits for `continue_line`.
bool wants_continue(const request_message& x);

/// Whether a WebSocket is asked for.
bool is_upgrade(const request_message& x);

/// @returns the refusal of an upgrade that RFC 6455 does not know
std::optional<http_response> check_upgrade(const request_message& x);

http_request make_request(request_message& x, std::string peer_address,
                          bool tls);

response_message make_message(http_response x, unsigned version,
                              bool keep_alive);

/// The same without its body, for HEAD.
header_message header_only(const response_message& x);

/// IPv4 as such, also where it came in through IPv6.
std::string address_text(const asio::ip::address& x);

} // namespace offhook::net
