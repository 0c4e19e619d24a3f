#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "protocol/form.hpp"

/// Requests as Twilio makes them: form fields, and a signature over them.
/// @see https://www.twilio.com/docs/usage/webhooks
namespace offhook::app::standins {

struct webhook_request {
  std::string method; ///< `POST` or `GET`
  std::string url;    ///< absolute, without a fragment
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;

  /// The header's value, or an empty view.
  std::string_view header(std::string_view name) const noexcept;
};

/// A request with `params` in the body, or with GET behind the URL.
/// @param auth_token empty: without a signature
webhook_request make_webhook(std::string_view method, std::string_view url,
                             const protocol::form::fields& params,
                             std::string_view auth_token);

/// What `reference` means in a document that came from `base`, without a
/// fragment; nothing where that is no URL.
std::optional<std::string> resolve_url(std::string_view base,
                                       std::string_view reference);

/// `url` with another scheme: `wss` for what signs an upgrade.
std::string with_scheme(std::string_view url, std::string_view scheme);

} // namespace offhook::app::standins
