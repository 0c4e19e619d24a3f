#pragma once

#include "net/http_client.hpp"
#include "net/ws_client.hpp"

namespace offhook::app::standins {

/// What Twilio's debugger shows where a request, or a stream, did not come
/// about.
/// @see https://www.twilio.com/docs/api/errors
int twilio_code(net::http_client_error::kind what) noexcept;
int twilio_code(net::connect_error::kind what) noexcept;

} // namespace offhook::app::standins
