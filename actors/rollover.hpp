#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

namespace offhook::actors {

/// When a session is replaced before it grows too old.
struct rollover_rules {
  std::chrono::milliseconds age{50 * 60'000};   ///< 0: as its server says
  std::chrono::milliseconds margin{3 * 60'000}; ///< before its server's limit
};

/// How long a session that was confirmed just now goes on before another is
/// opened beside it.
/// @param expires_at as its server says, in seconds since 1970
/// @param now by our clock, likewise; that one of the two is wrong does no harm
/// @returns nothing: it is not replaced
std::optional<std::chrono::milliseconds>
rollover_wait(const rollover_rules& rules,
              std::optional<std::int64_t> expires_at, std::int64_t now);

} // namespace offhook::actors
