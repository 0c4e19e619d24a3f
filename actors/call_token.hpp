#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace offhook::actors {

/// The `token` parameter of a stream: proves that our TwiML opened it, for this
/// call and not long ago. Any instance with the same key can check it.
/// Format: `<expiry>.<nonce>.<hmac-sha256 of both and the CallSid>`, in hex.
struct call_token {
  /// @param now seconds since 1970
  static std::string make(std::string_view key, std::string_view call_sid,
                          std::int64_t now, std::int64_t lifetime_s);

  /// Constant time in the secret part.
  static bool check(std::string_view key, std::string_view call_sid,
                    std::int64_t now, std::string_view token);
};

} // namespace offhook::actors
