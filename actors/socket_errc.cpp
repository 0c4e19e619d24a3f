#include "actors/socket_errc.hpp"

#include <array>

#include <caf/error.hpp>

#include "actors/messages.hpp" // The type's id.

namespace offhook::actors {

namespace {

// In the order of the enum, which begins at 1.
constexpr std::array<std::string_view, 13> names{
  "connect_failed",   "connection_lost",       "session_timeout",
  "session_expired",  "authentication_failed", "quota_exhausted",
  "session_rejected", "session_mismatch",      "queue_overflow",
  "stream_refused",   "session_failed",        "media_timeout",
  "stream_replaced",
};

} // namespace

std::string to_string(socket_errc x) {
  auto index = static_cast<std::size_t>(x) - 1;
  return index < names.size() ? std::string{names[index]} : "unknown";
}

bool from_string(std::string_view in, socket_errc& out) {
  for (std::size_t i = 0; i < names.size(); ++i)
    if (names[i] == in) {
      out = static_cast<socket_errc>(i + 1);
      return true;
    }
  return false;
}

bool from_integer(std::uint8_t in, socket_errc& out) {
  if (in == 0 || in > names.size())
    return false;
  out = static_cast<socket_errc>(in);
  return true;
}

std::optional<socket_errc> to_socket_errc(const caf::error& reason) {
  if (reason.category() != caf::type_id_v<socket_errc>)
    return std::nullopt;
  return static_cast<socket_errc>(reason.code());
}

std::string describe_reason(const caf::error& reason) {
  if (auto code = to_socket_errc(reason))
    return to_string(*code);
  return caf::to_string(reason);
}

bool is_fatal(socket_errc x) noexcept {
  switch (x) {
    case socket_errc::authentication_failed:
    case socket_errc::quota_exhausted:
    case socket_errc::session_rejected:
    case socket_errc::session_mismatch:
      return true;
    default:
      return false;
  }
}

} // namespace offhook::actors
