#pragma once

#include <string>
#include <string_view>

#include "actors/socket_errc.hpp"
#include "net/web_socket.hpp"
#include "net/ws_client.hpp"
#include "protocol/openai.hpp"

/// The one table of what errors, refusals and close codes of the Realtime API
/// mean for a call. Classified by type and code, never by message; an unknown
/// code is not fatal while the socket lives.
namespace offhook::actors {

/// An error code by itself, such as that of a failed response.
/// @returns `connection_lost` stands for "not fatal"
socket_errc classify_code(std::string_view code) noexcept;

/// Whether an `error` event ends the session for good, and as what.
/// @returns `connection_lost` stands for "not fatal"
socket_errc classify_error(const protocol::openai::error_event& event) noexcept;

/// What a failed dial means for the call.
socket_errc classify_dial(const net::connect_error& error);

/// What the end of an established socket means for the call.
socket_errc classify_close(const net::ws_closed& how) noexcept;

/// A failed dial for the log: the status and the peer's error code, but nothing
/// else that it wrote, for that may echo the key.
std::string describe_dial(const net::connect_error& error);

} // namespace offhook::actors
