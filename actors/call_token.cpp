#include "actors/call_token.hpp"

#include <charconv>

#include "protocol/crypto.hpp"

namespace crypto = offhook::protocol::crypto;

namespace offhook::actors {

namespace {

std::string sign(std::string_view key, std::string_view call_sid,
                 std::string_view body) {
  std::string text{body};
  text += '.';
  text += call_sid;
  return crypto::to_hex(crypto::hmac_sha256(key, text));
}

} // namespace

std::string call_token::make(std::string_view key, std::string_view call_sid,
                             std::int64_t now, std::int64_t lifetime_s) {
  auto body = std::to_string(now + lifetime_s) + '.' + crypto::random_hex(8);
  return body + '.' + sign(key, call_sid, body);
}

bool call_token::check(std::string_view key, std::string_view call_sid,
                       std::int64_t now, std::string_view token) {
  auto dot = token.rfind('.');
  if (dot == std::string_view::npos)
    return false;
  auto body = token.substr(0, dot);
  if (!crypto::equal_constant_time(sign(key, call_sid, body),
                                   token.substr(dot + 1)))
    return false;
  std::int64_t expiry = 0;
  auto [end, error] = std::from_chars(body.data(), body.data() + body.size(),
                                      expiry);
  return error == std::errc{} && end != body.data() + body.size() && *end == '.'
         && now <= expiry;
}

} // namespace offhook::actors
