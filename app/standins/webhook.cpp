#include "app/standins/webhook.hpp"

#include <boost/url/parse.hpp>
#include <boost/url/url.hpp>

#include "protocol/crypto.hpp"
#include "protocol/signature.hpp"

namespace offhook::app::standins {

namespace form = protocol::form;
namespace urls = boost::urls;

namespace {

std::string without_fragment(std::string_view url) {
  return std::string{url.substr(0, url.find('#'))};
}

} // namespace

std::string_view webhook_request::header(std::string_view name) const noexcept {
  for (const auto& [key, value] : headers)
    if (key == name)
      return value;
  return {};
}

webhook_request make_webhook(std::string_view method, std::string_view url,
                             const form::fields& params,
                             std::string_view auth_token) {
  webhook_request result;
  result.method = method;
  result.url = without_fragment(url);
  result.headers
    = {{"User-Agent", "TwilioProxy/1.1"},
       {"Accept", "*/*"},
       {"I-Twilio-Idempotency-Token", protocol::crypto::random_hex(16)}};
  const bool in_body = method != "GET";
  if (in_body) {
    result.headers.emplace_back(
      "Content-Type", "application/x-www-form-urlencoded; charset=UTF-8");
    result.body = form::to_text(params);
  } else {
    result.url += result.url.find('?') == std::string::npos ? '?' : '&';
    result.url += form::to_text(params);
  }
  if (!auth_token.empty())
    result.headers.emplace_back(
      "X-Twilio-Signature",
      protocol::signature::sign(auth_token, result.url,
                                in_body ? params : form::fields{}));
  return result;
}

std::optional<std::string> resolve_url(std::string_view base,
                                       std::string_view reference) {
  auto to = urls::parse_uri_reference(reference);
  if (!to)
    return std::nullopt;
  // What is absolute stays as it was written: it is signed byte for byte.
  if (to->has_scheme())
    return to->has_authority() ? std::optional{without_fragment(reference)}
                               : std::nullopt;
  auto from = urls::parse_uri(base);
  if (!from)
    return std::nullopt;
  urls::url result;
  if (!urls::resolve(*from, *to, result))
    return std::nullopt;
  return without_fragment({result.data(), result.size()});
}

std::string with_scheme(std::string_view url, std::string_view scheme) {
  const auto colon = url.find(':');
  if (colon == std::string_view::npos)
    return std::string{url};
  return std::string{scheme} + std::string{url.substr(colon)};
}

} // namespace offhook::app::standins
