#pragma once

#include <string>
#include <string_view>

#include "protocol/form.hpp"

/// X-Twilio-Signature: base64(HMAC-SHA1(auth token, URL + sorted parameters)).
/// @see https://www.twilio.com/docs/usage/webhooks/webhooks-security
namespace offhook::protocol::signature {

/// The signature of a webhook. For GET and for WebSocket upgrades `params` is
/// empty and the URL carries its query; a fragment is never signed.
/// @param url as Twilio requested it: scheme, host, optional port, path, query
std::string sign(std::string_view auth_token, std::string_view url,
                 const form::fields& params = {});

/// Whether `given` signs the request. The URL is tried without a port and with
/// the explicit one (what Twilio signs depends on its age); nothing else is.
/// Compares in constant time; a wrong length is refused without comparing.
bool verify(std::string_view auth_token, std::string_view given,
            std::string_view url, const form::fields& params = {});

/// Whether `given` signs a WebSocket upgrade for `url` (scheme `wss`): the URL
/// itself and the URL with one `/` behind it, each as `verify` tries it.
bool verify_upgrade(std::string_view auth_token, std::string_view given,
                    std::string_view url);

/// Whether `body_sha256` (lower-case hex) is the SHA-256 of `body`, in constant
/// time: the second half of checking a webhook whose body is not a form.
bool verify_body(std::string_view body_sha256, std::string_view body);

} // namespace offhook::protocol::signature
