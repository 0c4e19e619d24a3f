#include "protocol/fleet_ticket.hpp"

#include "protocol/base64.hpp"
#include "protocol/crypto.hpp"
#include "protocol/form.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <span>

namespace offhook::protocol::fleet {

namespace {

constexpr std::size_t max_text = 2048;
constexpr std::size_t max_fields = 16;

// The key signs nothing else under this name.
constexpr std::string_view purpose = "offhook handover 1";

std::string signature_of(std::string_view key, std::string_view body) {
  const auto own = crypto::hmac_sha256(key, purpose);
  return crypto::to_hex(crypto::hmac_sha256(own, body));
}

/// RFC 4648 section 5, without padding.
std::string to_base64url(std::string_view bytes) {
  auto result = base64::encode(std::as_bytes(std::span{bytes}));
  std::replace(result.begin(), result.end(), '+', '-');
  std::replace(result.begin(), result.end(), '/', '_');
  result.erase(std::find(result.begin(), result.end(), '='), result.end());
  return result;
}

std::optional<std::string> from_base64url(std::string text) {
  std::replace(text.begin(), text.end(), '-', '+');
  std::replace(text.begin(), text.end(), '_', '/');
  auto bytes = base64::decode(text);
  if (!bytes)
    return std::nullopt;
  const auto* first = reinterpret_cast<const char*>(bytes->data());
  return std::string{first, bytes->size()};
}

template <class T>
bool to_number(std::string_view text, T& result) {
  const auto* end = text.data() + text.size();
  auto [at, error] = std::from_chars(text.data(), end, result);
  return !text.empty() && error == std::errc{} && at == end;
}

} // namespace

std::string_view to_string(ticket_state x) noexcept {
  switch (x) {
    case ticket_state::genuine:
      return "genuine";
    case ticket_state::malformed:
      return "malformed";
    case ticket_state::forged:
      return "forged";
    case ticket_state::expired:
      return "expired";
  }
  return "unknown";
}

std::string write_ticket(std::string_view key, const ticket& x) {
  auto body
    = to_base64url(form::to_text({{"origin", x.origin},
                                  {"call", x.call_sid},
                                  {"id", x.id},
                                  {"agent", x.agent},
                                  {"talked", std::to_string(x.talked_ms)},
                                  {"expires", std::to_string(x.expires_at)}}));
  auto signature = signature_of(key, body);
  return std::move(body) + '.' + signature;
}

ticket_state read_ticket(std::string_view key, std::string_view text,
                         std::int64_t now, ticket& to) {
  const auto dot = text.rfind('.');
  if (text.size() > max_text || dot == std::string_view::npos)
    return ticket_state::malformed;
  const auto body = text.substr(0, dot);
  if (key.empty()
      || !crypto::equal_constant_time(signature_of(key, body),
                                      text.substr(dot + 1)))
    return ticket_state::forged;
  const auto plain = from_base64url(std::string{body});
  const auto fields = plain ? form::parse(*plain, max_fields) : std::nullopt;
  if (!fields)
    return ticket_state::malformed;
  ticket result;
  result.origin = form::get(*fields, "origin");
  result.call_sid = form::get(*fields, "call");
  result.id = form::get(*fields, "id");
  result.agent = form::get(*fields, "agent");
  if (result.origin.empty() || result.call_sid.empty() || result.id.empty()
      || !to_number(form::get(*fields, "talked"), result.talked_ms)
      || !to_number(form::get(*fields, "expires"), result.expires_at))
    return ticket_state::malformed;
  if (now > result.expires_at)
    return ticket_state::expired;
  to = std::move(result);
  return ticket_state::genuine;
}

} // namespace offhook::protocol::fleet
