#pragma once

#include <string_view>

namespace offhook::tests {

inline bool has(std::string_view text, std::string_view part) {
  return text.find(part) != text.npos;
}

} // namespace offhook::tests
