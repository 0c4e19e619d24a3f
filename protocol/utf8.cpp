#include "protocol/utf8.hpp"

#include <cstdint>
#include <cstring>

namespace offhook::protocol::utf8 {

namespace {

unsigned byte_at(std::string_view text, std::size_t pos) {
  return static_cast<unsigned char>(text[pos]);
}

bool is_continuation(std::string_view text, std::size_t pos) {
  return pos < text.size() && (byte_at(text, pos) & 0xC0) == 0x80;
}

/// The number of ASCII characters at `pos` that can be skipped at once.
std::size_t ascii_run(std::string_view text, std::size_t pos) {
  auto i = pos;
  for (; text.size() - i >= 8; i += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, text.data() + i, 8);
    if ((word & 0x8080'8080'8080'8080u) != 0)
      break;
  }
  return i - pos;
}

} // namespace

std::size_t length_at(std::string_view text, std::size_t pos) noexcept {
  const auto first = byte_at(text, pos);
  if (first < 0x80)
    return 1;
  if (first < 0xC2 || first > 0xF4 || !is_continuation(text, pos + 1))
    return 0;
  if (first < 0xE0)
    return 2;
  const auto second = byte_at(text, pos + 1);
  if (!is_continuation(text, pos + 2))
    return 0;
  if (first < 0xF0) {
    const bool overlong = first == 0xE0 && second < 0xA0;
    const bool surrogate = first == 0xED && second > 0x9F;
    return overlong || surrogate ? 0 : 3;
  }
  const bool overlong = first == 0xF0 && second < 0x90;
  const bool too_large = first == 0xF4 && second > 0x8F;
  return overlong || too_large || !is_continuation(text, pos + 3) ? 0 : 4;
}

bool is_valid(std::string_view text) noexcept {
  for (auto i = ascii_run(text, 0); i < text.size();) {
    const auto length = length_at(text, i);
    if (length == 0)
      return false;
    i += length;
    i += ascii_run(text, i);
  }
  return true;
}

std::string_view cut(std::string_view text, std::size_t limit) noexcept {
  if (text.size() <= limit)
    return text;
  auto end = limit;
  while (end > 0 && is_continuation(text, end))
    --end;
  return text.substr(0, end);
}

std::string repaired(std::string_view text) {
  std::string result;
  result.reserve(text.size());
  for (std::size_t i = 0; i < text.size();) {
    if (const auto length = length_at(text, i); length != 0) {
      result += text.substr(i, length);
      i += length;
    } else {
      result += "\xEF\xBF\xBD";
      ++i;
    }
  }
  return result;
}

} // namespace offhook::protocol::utf8
