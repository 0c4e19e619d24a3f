#pragma once

#include <cstddef>
#include <string>
#include <string_view>

/// What the JSON and XML writers of this room need to know of UTF-8.
namespace offhook::protocol::utf8 {

/// The length of the character at `text[pos]`, 1 to 4, or 0 if the bytes there
/// are none: overlong forms, surrogates and values above U+10FFFF count as
/// such.
/// @pre `pos < text.size()`
std::size_t length_at(std::string_view text, std::size_t pos) noexcept;

bool is_valid(std::string_view text) noexcept;

/// The longest start of valid `text` that has at most `limit` bytes and ends
/// between two characters.
std::string_view cut(std::string_view text, std::size_t limit) noexcept;

/// `text` with U+FFFD for each byte that is part of no character.
std::string repaired(std::string_view text);

} // namespace offhook::protocol::utf8
