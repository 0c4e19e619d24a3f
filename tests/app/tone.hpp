#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "protocol/g711.hpp"

namespace offhook::tests {

/// What a voice activity detection takes for speech: mu-law.
inline std::vector<std::byte> tone(std::size_t length_ms) {
  std::vector<std::byte> result;
  for (std::size_t i = 0; i < length_ms * 8; ++i)
    result.push_back(protocol::g711::encode(
      static_cast<std::int16_t>(i % 16 < 8 ? 9000 : -9000)));
  return result;
}

} // namespace offhook::tests
