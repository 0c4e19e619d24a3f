#include "actors/realtime_errors.hpp"

#include <algorithm>
#include <array>

namespace offhook::actors {

namespace {

struct fatal_code {
  std::string_view code;
  socket_errc meaning;
};

constexpr std::array<fatal_code, 9> fatal_codes{{
  {"invalid_api_key", socket_errc::authentication_failed},
  {"authentication_error", socket_errc::authentication_failed},
  {"permission_denied", socket_errc::authentication_failed},
  {"insufficient_quota", socket_errc::quota_exhausted},
  {"billing_hard_limit_reached", socket_errc::quota_exhausted},
  {"beta_api_shape_disabled", socket_errc::session_rejected},
  {"invalid_model", socket_errc::session_rejected},
  {"model_not_found", socket_errc::session_rejected},
  {"session_expired", socket_errc::session_expired},
}};

// Close codes after which the same dial may well succeed.
constexpr std::array<std::uint16_t, 8> transient_codes{1000, 1001, 1005, 1006,
                                                       1011, 1012, 1013, 1014};

} // namespace

socket_errc classify_code(std::string_view code) noexcept {
  for (const auto& x : fatal_codes)
    if (x.code == code)
      return x.meaning;
  return socket_errc::connection_lost;
}

socket_errc
classify_error(const protocol::openai::error_event& event) noexcept {
  return classify_code(event.code.empty() ? event.type : event.code);
}

socket_errc classify_dial(const net::connect_error& error) {
  using kind = net::connect_error::kind;
  if (error.what == kind::bad_url)
    return socket_errc::session_rejected;
  if (error.what != kind::refused)
    return socket_errc::connect_failed;
  // What the body says is more than the status.
  if (auto told = classify_error(protocol::openai::parse_refusal(error.body));
      told != socket_errc::connection_lost)
    return told;
  switch (error.http_status) {
    case 401:
    case 403:
      return socket_errc::authentication_failed;
    case 402:
      return socket_errc::quota_exhausted;
    case 408:
    case 425:
    case 429: // A rate limit: the body did not say that the quota is spent.
      return socket_errc::connect_failed;
    default:
      return error.http_status >= 400 && error.http_status < 500
               ? socket_errc::session_rejected
               : socket_errc::connect_failed;
  }
}

std::string describe_dial(const net::connect_error& error) {
  std::string result{to_string(error.what)};
  if (error.http_status != 0)
    result += " status=" + std::to_string(error.http_status);
  auto code = protocol::openai::parse_refusal(error.body).code;
  auto plain = !code.empty() && code.size() <= 48
               && std::all_of(code.begin(), code.end(), [](unsigned char c) {
                    return (c >= 'a' && c <= 'z') || c == '_';
                  });
  if (plain) // As every code of the API is, and no key.
    result += " code=" + code;
  return result + ": " + error.text;
}

socket_errc classify_close(const net::ws_closed& how) noexcept {
  using cause = net::ws_closed::cause;
  if (how.why == cause::overflow)
    return socket_errc::queue_overflow;
  if (how.why != cause::peer_closed)
    return socket_errc::connection_lost;
  auto transient = std::find(transient_codes.begin(), transient_codes.end(),
                             how.code)
                   != transient_codes.end();
  return transient ? socket_errc::connection_lost
                   : socket_errc::session_rejected;
}

} // namespace offhook::actors
