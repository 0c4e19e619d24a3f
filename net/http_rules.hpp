#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "net/http_client.hpp"

// What a client may do by itself with a request that did not get its answer at
// the first attempt: pure functions.
namespace offhook::net {

/// Whether a request may be sent twice: its method says that it changes nothing
/// more the second time (RFC 9110, section 9.2.2), or it carries an
/// `Idempotency-Key` by which the server knows it again.
bool is_repeatable(const http_client_request& x);

/// Whether a response says that another attempt may succeed: 429, 502, 503,
/// 504.
bool is_passing(unsigned status);

/// `Retry-After` where it is given in seconds; a date is not read.
std::optional<std::chrono::milliseconds>
retry_after(const http_client_response& x);

/// Makes of a request the one that a redirect asks for: 307 and 308 repeat it,
/// 303 asks for the result by GET, and 301 and 302 repeat a GET or HEAD. A POST
/// that 301 or 302 would have become a GET for historical reasons is not
/// followed: its body would be lost without a word. Credentials do not go to
/// another origin.
/// @param url what the `Location` means
/// @returns an error text; empty: `x` was changed
std::string redirect(http_client_request& x, unsigned status,
                     const std::string& url);

/// Whether a response is a redirect.
bool is_redirect(unsigned status);

} // namespace offhook::net
