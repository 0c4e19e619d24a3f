#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string_view>

namespace offhook::net {

/// The size of the WebSocket frame whose first bytes these are, header and
/// payload. What is wrong with a header is not looked at: whoever gets the
/// frame does that.
/// @returns nothing where the header is not complete yet
/// @see RFC 6455, section 5.2
inline std::optional<std::uint64_t>
frame_size(std::string_view bytes) noexcept {
  auto at = [bytes](std::size_t i) {
    return static_cast<std::uint8_t>(bytes[i]);
  };
  if (bytes.size() < 2)
    return std::nullopt;
  std::size_t header = 2;
  std::uint64_t payload = at(1) & 0x7f;
  if (auto extended = payload == 126 ? 2u : payload == 127 ? 8u : 0u) {
    if (bytes.size() < header + extended)
      return std::nullopt;
    payload = 0;
    for (auto i = 0u; i < extended; ++i)
      payload = payload << 8 | at(header + i);
    header += extended;
  }
  if ((at(1) & 0x80) != 0)
    header += 4; // The mask's key.
  // Beast parses a header only whole.
  if (bytes.size() < header)
    return std::nullopt;
  if (payload > std::numeric_limits<std::uint64_t>::max() - header)
    return std::numeric_limits<std::uint64_t>::max();
  return header + payload;
}

} // namespace offhook::net
