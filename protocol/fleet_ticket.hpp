#pragma once

#include <cstdint>
#include <string>
#include <string_view>

/// How instances of one fleet hand calls to each other: a reference that
/// travels through Twilio, and the conversation that it is redeemed for.
namespace offhook::protocol::fleet {

/// Names a call that another instance is to go on with. It goes through the
/// URL of a `<Redirect>`, so that whoever sees that could change it: it is
/// signed with the fleet's key.
struct ticket {
  std::string origin;   ///< of the instance that gives the call away
  std::string call_sid; ///< the only call that it is good for
  std::string id;       ///< unguessable; the giver takes it once
  std::string agent;    ///< by name; what is known should the giver be gone
  std::uint64_t talked_ms = 0;
  std::int64_t expires_at = 0; ///< seconds since 1970

  bool operator==(const ticket&) const = default;
};

/// The text of a ticket, of characters that a URL carries as they are.
/// @pre `key` is not empty
std::string write_ticket(std::string_view key, const ticket& x);

enum class ticket_state : std::uint8_t {
  genuine,
  malformed, ///< too long, or no ticket at all
  forged,    ///< not signed with this key
  expired,   ///< genuine, but too late
};

std::string_view to_string(ticket_state x) noexcept;

/// Reads a ticket. The signature is compared in constant time, and nothing is
/// read of a text before it is known to be ours.
/// @param key empty: nothing is genuine
/// @param now seconds since 1970
/// @param to set where the result is `genuine`, else left alone
ticket_state read_ticket(std::string_view key, std::string_view text,
                         std::int64_t now, ticket& to);

} // namespace offhook::protocol::fleet
