#include "app/access_policy.hpp"

#include <algorithm>
#include <array>

#include "protocol/crypto.hpp"
#include "protocol/signature.hpp"

namespace signature = offhook::protocol::signature;

namespace offhook::app {

namespace {

// Any of these tells that a proxy or a tunnel stands between.
constexpr std::array<std::string_view, 9> forwarded_headers{
  "Forwarded",         "X-Forwarded-For",  "X-Forwarded-Host",
  "X-Forwarded-Proto", "X-Forwarded-Port", "X-Real-IP",
  "CF-Connecting-IP",  "True-Client-IP",   "Via"};

std::string without_scheme(std::string_view url) {
  auto at = url.find("://");
  return std::string{at == std::string_view::npos ? url : url.substr(at + 3)};
}

bool same_text(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](unsigned char x, unsigned char y) {
                      return std::tolower(x) == std::tolower(y);
                    });
}

} // namespace

std::string_view host_of(std::string_view authority) {
  if (authority.starts_with('[')) {
    auto end = authority.find(']');
    return authority.substr(0, end == std::string_view::npos ? end : end + 1);
  }
  return authority.substr(0, authority.find(':'));
}

bool is_loopback(std::string_view host) {
  if (host.starts_with('[') && host.ends_with(']'))
    host = host.substr(1, host.size() - 2);
  if (same_text(host, "localhost") || host == "::1"
      || host == "::ffff:127.0.0.1")
    return true;
  // A name such as `127.evil.example` is no address.
  return host.starts_with("127.")
         && host.find_first_not_of("0123456789.") == std::string_view::npos
         && std::count(host.begin(), host.end(), '.') == 3;
}

access_policy::access_policy(options x) : options_(std::move(x)) {
  while (options_.public_url.ends_with('/'))
    options_.public_url.pop_back();
}

bool access_policy::checks_signatures() const noexcept {
  return options_.signatures == "on"
         || (options_.signatures == "auto" && !options_.auth_token.empty());
}

bool access_policy::bound_to_loopback() const {
  return is_loopback(options_.bind_address);
}

std::string access_policy::refusal() const {
  if (options_.signatures == "on" && options_.auth_token.empty())
    return "twilio.verify-signatures=on needs TWILIO_AUTH_TOKEN in the "
           "environment or in .env";
  auto local = bound_to_loopback() && options_.public_url.empty();
  if (!local && options_.auth_token.empty() && options_.signatures != "off")
    return "not a local configuration (http.address=" + options_.bind_address
           + ", http.public-url="
           + (options_.public_url.empty() ? "unset" : options_.public_url)
           + ") and anyone could place calls on it: set TWILIO_AUTH_TOKEN in "
             "the environment or in .env, or write out "
             "twilio.verify-signatures=off";
  return {};
}

bool access_policy::is_local(const net::http_request& request) const {
  if (!bound_to_loopback() || !options_.public_url.empty()
      || !is_loopback(request.peer_address))
    return false;
  for (auto name : forwarded_headers)
    if (!request.header(name).empty())
      return false;
  auto host = host_of(request.header("Host"));
  return is_loopback(host) || same_text(host, options_.bind_address);
}

std::string access_policy::origin_for(const net::http_request& request,
                                      bool socket) const {
  auto secure = true;
  auto authority = without_scheme(options_.public_url);
  if (!options_.public_url.empty()) {
    secure = !options_.public_url.starts_with("http://");
  } else {
    authority = request.header("Host");
    // Twilio reaches us by TLS, ours or a tunnel's; only a local request to a
    // plain listener does without.
    secure = request.tls || !is_local(request);
  }
  if (socket) // Twilio refuses ws://, whatever the public URL says.
    secure = secure || !options_.public_url.empty();
  std::string scheme = socket ? "ws" : "http";
  return scheme + (secure ? "s://" : "://") + authority;
}

bool access_policy::allows_webhook(const net::http_request& request,
                                   const protocol::form::fields& params,
                                   std::string& why) const {
  if (!checks_signatures()) {
    if (options_.signatures == "off" || is_local(request))
      return true;
    why = "not a local request, and no TWILIO_AUTH_TOKEN to check it by";
    return false;
  }
  auto given = request.header("X-Twilio-Signature");
  if (given.empty()) {
    why = "no X-Twilio-Signature";
    return false;
  }
  auto url = origin_for(request, false) + request.target;
  if (signature::verify(options_.auth_token, given, url, params))
    return true;
  why = "signature is not of " + origin_for(request, false) + request.path;
  return false;
}

access_policy::stream_verdict
access_policy::check_stream(const net::http_request& request) const {
  if (!checks_signatures()) {
    if (options_.signatures == "off" || is_local(request))
      return {true, false, {}};
    return {false, true,
            "not a local request, and no TWILIO_AUTH_TOKEN to check it by"};
  }
  // A signed upgrade needs its token all the same: the signature covers a URL
  // that is the same for every call, so whoever saw one could begin any.
  if (options_.upgrade == upgrade_check::off)
    return {true, true, {}};
  auto url = origin_for(request, true) + request.path;
  auto given = request.header("X-Twilio-Signature");
  // Twilio signs the URL with the scheme `wss`. A local caller of ours, which
  // may use a plain socket, signs what it asked for.
  auto secure = "wss://" + without_scheme(url);
  auto genuine
    = !given.empty()
      && (signature::verify_upgrade(options_.auth_token, given, secure)
          || (is_local(request)
              && signature::verify_upgrade(options_.auth_token, given, url)));
  if (genuine)
    return {true, true, {}};
  auto why = given.empty() ? std::string{"no X-Twilio-Signature"}
                           : "signature is not of " + secure;
  return {options_.upgrade == upgrade_check::log, true, why};
}

bool access_policy::allows_origin(const net::http_request& request) const {
  auto site = request.header("Sec-Fetch-Site");
  if (!site.empty() && site != "same-origin" && site != "none")
    return false;
  auto origin = request.header("Origin");
  if (origin.empty())
    return true;
  if (!options_.public_url.empty())
    return same_text(origin, options_.public_url);
  return is_local(request)
         && same_text(without_scheme(origin), request.header("Host"));
}

bool access_policy::allows_control(const net::http_request& request) const {
  if (is_local(request))
    return true;
  constexpr std::string_view scheme = "Bearer ";
  auto given = request.header("Authorization");
  return !options_.api_token.empty() && given.size() > scheme.size()
         && same_text(given.substr(0, scheme.size()), scheme)
         && protocol::crypto::equal_constant_time(given.substr(scheme.size()),
                                                  options_.api_token);
}

} // namespace offhook::app
