#include "protocol/base64.hpp"

#include <array>
#include <cstdint>
#include <cstring>

namespace offhook::protocol::base64 {

namespace {

constexpr std::string_view alphabet
  = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Set in a decoding entry whose character is none of the alphabet.
constexpr std::uint32_t invalid = 0x8000'0000u;

// Two characters for each 12 bits: half the look-ups of one for each 6.
constexpr auto pairs = [] {
  std::array<std::array<char, 2>, 4096> result{};
  for (std::size_t i = 0; i < result.size(); ++i)
    result[i] = {alphabet[i >> 6], alphabet[i & 63]};
  return result;
}();

// One table per position in a group, so that the shifts are done beforehand.
constexpr auto positions = [] {
  std::array<std::array<std::uint32_t, 256>, 4> result{};
  for (std::size_t pos = 0; pos < 4; ++pos) {
    for (auto& entry : result[pos])
      entry = invalid;
    const auto shift = 18 - 6 * pos;
    for (std::uint32_t i = 0; i < 64; ++i)
      result[pos][static_cast<unsigned char>(alphabet[i])] = i << shift;
  }
  return result;
}();

std::uint32_t at(std::span<const std::byte> bytes, std::size_t index) {
  return std::to_integer<std::uint32_t>(bytes[index]);
}

std::uint32_t bits(const char* text, std::size_t pos) {
  return positions[pos][static_cast<unsigned char>(text[pos])];
}

} // namespace

void append(std::string& out, std::span<const std::byte> bytes) {
  const auto old_size = out.size();
  out.resize(old_size + (bytes.size() + 2) / 3 * 4);
  auto* to = out.data() + old_size;
  std::size_t i = 0;
  for (; i + 3 <= bytes.size(); i += 3, to += 4) {
    const auto group = at(bytes, i) << 16 | at(bytes, i + 1) << 8
                       | at(bytes, i + 2);
    std::memcpy(to, pairs[group >> 12].data(), 2);
    std::memcpy(to + 2, pairs[group & 0xFFF].data(), 2);
  }
  if (i == bytes.size())
    return;
  const bool two = i + 2 == bytes.size();
  const auto group = at(bytes, i) << 16 | (two ? at(bytes, i + 1) << 8 : 0u);
  std::memcpy(to, pairs[group >> 12].data(), 2);
  to[2] = two ? alphabet[group >> 6 & 63] : '=';
  to[3] = '=';
}

std::string encode(std::span<const std::byte> bytes) {
  std::string result;
  append(result, bytes);
  return result;
}

std::optional<std::vector<std::byte>> decode(std::string_view text) {
  std::size_t padding = 0;
  while (padding < 2 && !text.empty() && text.back() == '=') {
    text.remove_suffix(1);
    ++padding;
  }
  // One character alone holds six bits, which is no byte.
  const auto rest = text.size() % 4;
  if (rest == 1 || padding > (rest == 0 ? 0 : 4 - rest))
    return std::nullopt;
  std::vector<std::byte> result(text.size() / 4 * 3 + (rest ? rest - 1 : 0));
  auto* to = result.data();
  const auto* from = text.data();
  // Errors are gathered and looked at once: the loop has no branch but its own.
  std::uint32_t seen = 0;
  for (auto n = text.size() / 4; n > 0; --n, from += 4, to += 3) {
    const auto group = bits(from, 0) | bits(from, 1) | bits(from, 2)
                       | bits(from, 3);
    seen |= group;
    to[0] = static_cast<std::byte>(group >> 16);
    to[1] = static_cast<std::byte>(group >> 8);
    to[2] = static_cast<std::byte>(group);
  }
  if (rest != 0) {
    const auto group = bits(from, 0) | bits(from, 1)
                       | (rest == 3 ? bits(from, 2) : 0u);
    seen |= group;
    // Bits below the last byte must be zero: one text for one value.
    if ((group & (rest == 3 ? 0xFFu : 0xFFFFu)) != 0)
      return std::nullopt;
    to[0] = static_cast<std::byte>(group >> 16);
    if (rest == 3)
      to[1] = static_cast<std::byte>(group >> 8);
  }
  if ((seen & invalid) != 0)
    return std::nullopt;
  return result;
}

} // namespace offhook::protocol::base64
