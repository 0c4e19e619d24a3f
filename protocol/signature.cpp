#include "protocol/signature.hpp"

#include "protocol/base64.hpp"
#include "protocol/crypto.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <span>

namespace offhook::protocol::signature {

namespace {

/// The text of 20 bytes.
constexpr std::size_t signature_length = 28;

std::string_view without_fragment(std::string_view url) {
  return url.substr(0, url.find('#'));
}

std::string_view default_port(std::string_view scheme) {
  if (scheme == "https" || scheme == "wss")
    return ":443";
  if (scheme == "http" || scheme == "ws")
    return ":80";
  return {};
}

/// The URL without a port, and with the port that it names or else with the
/// one that its scheme stands for.
std::array<std::string, 2> candidates(std::string_view url) {
  const auto scheme_end = url.find("://");
  if (scheme_end == std::string_view::npos)
    return {std::string{url}, std::string{url}};
  const auto authority = scheme_end + 3;
  const auto authority_end = std::min(url.find_first_of("/?", authority),
                                      url.size());
  auto host = url.substr(authority, authority_end - authority);
  // What stands before an @ is a user and a password, colon and all.
  const auto at = host.rfind('@');
  host.remove_prefix(at == std::string_view::npos ? 0 : at + 1);
  // The colons within an address such as [::1] part no port.
  const auto bracket = host.rfind(']');
  const auto colon = host.find(':',
                               bracket == std::string_view::npos ? 0 : bracket);
  const auto named = colon == std::string_view::npos ? std::string_view{}
                                                     : host.substr(colon);
  const std::string head{url.substr(0, authority_end - named.size())};
  const std::string tail{url.substr(authority_end)};
  std::string port{named.empty() ? default_port(url.substr(0, scheme_end))
                                 : named};
  return {head + tail, head + port + tail};
}

/// Whether `given` is one of the signatures. All are computed and compared,
/// whichever matches.
bool matches(std::string_view auth_token, std::string_view given,
             std::span<const std::string> urls, const form::fields& params) {
  // Without a token anybody could sign.
  if (auth_token.empty() || given.size() != signature_length)
    return false;
  bool result = false;
  for (const auto& url : urls)
    result |= crypto::equal_constant_time(sign(auth_token, url, params), given);
  return result;
}

} // namespace

std::string sign(std::string_view auth_token, std::string_view url,
                 const form::fields& params) {
  // Sorted by bytes; a repeated name has its distinct values in order.
  std::map<std::string_view, std::set<std::string_view>> sorted;
  for (const auto& [name, value] : params)
    sorted[name].insert(value);
  std::string data{without_fragment(url)};
  for (const auto& [name, values] : sorted)
    for (auto value : values) {
      data += name;
      data += value;
    }
  const auto digest = crypto::hmac_sha1(auth_token, data);
  return base64::encode(std::as_bytes(std::span{digest}));
}

bool verify(std::string_view auth_token, std::string_view given,
            std::string_view url, const form::fields& params) {
  return matches(auth_token, given, candidates(without_fragment(url)), params);
}

bool verify_upgrade(std::string_view auth_token, std::string_view given,
                    std::string_view url) {
  std::string slashed{without_fragment(url)};
  slashed += '/';
  const bool plain = verify(auth_token, given, url);
  const bool with_slash = verify(auth_token, given, slashed);
  return plain || with_slash;
}

bool verify_body(std::string_view body_sha256, std::string_view body) {
  const auto digest = crypto::to_hex(crypto::sha256(body));
  return !digest.empty() && crypto::equal_constant_time(digest, body_sha256);
}

} // namespace offhook::protocol::signature
