#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

#include <caf/fwd.hpp>
#include <caf/is_error_code_enum.hpp>

namespace offhook::actors {

/// Why a socket's actor ended. CAF reads 0 as "no error".
enum class socket_errc : std::uint8_t {
  connect_failed = 1,    ///< Refused, unreachable, TLS, or a retryable status.
  connection_lost,       ///< Reset, closed by the peer, or no answer to pings.
  session_timeout,       ///< No `session.updated` within its time.
  session_expired,       ///< The service's age limit for one session.
  authentication_failed, ///< Fatal: the key is refused.
  quota_exhausted,       ///< Fatal: nothing left to pay with.
  session_rejected,      ///< Fatal: configuration refused, wrong model.
  session_mismatch,      ///< Fatal: confirmed with other audio than pcmu.
  queue_overflow,        ///< The peer reads too slowly for control messages.
  stream_refused,        ///< `start` with a wrong token or format.
  session_failed,        ///< The service could not configure the session now.
  media_timeout,         ///< Twilio's frames have stopped: half-open.
  stream_replaced,       ///< A newer stream has the caller.
};

/// The spelling above; logs and metric labels rely on it.
std::string to_string(socket_errc x);
bool from_string(std::string_view in, socket_errc& out);
bool from_integer(std::uint8_t in, socket_errc& out);

/// Why an actor ended, where that is one of ours: any other reason is an
/// exception in it.
std::optional<socket_errc> to_socket_errc(const caf::error& reason);

/// The same for the log.
std::string describe_reason(const caf::error& reason);

/// Whether dialling again can help.
bool is_fatal(socket_errc x) noexcept;

template <class Inspector>
bool inspect(Inspector& f, socket_errc& x) {
  auto get = [&x] { return static_cast<std::uint8_t>(x); };
  auto set = [&x](std::uint8_t n) { return from_integer(n, x); };
  return f.apply(get, set);
}

} // namespace offhook::actors

CAF_ERROR_CODE_ENUM(offhook::actors::socket_errc)
