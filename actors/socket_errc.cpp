#include "actors/socket_errc.hpp"

#include <array>

namespace offhook::actors {

namespace {

// In the order of the enum, which begins at 1.
constexpr std::array<std::string_view, 11> names{
  "connect_failed",   "connection_lost",       "session_timeout",
  "session_expired",  "authentication_failed", "quota_exhausted",
  "session_rejected", "session_mismatch",      "queue_overflow",
  "stream_refused",   "session_failed",
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
