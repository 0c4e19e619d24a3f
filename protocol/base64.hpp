#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// Base64 of RFC 4648 section 4: standard alphabet with padding, and nothing
/// else: no line breaks, no URL-safe alphabet, no stray bits in the last group.
namespace offhook::protocol::base64 {

/// Appends the text of `bytes` to `out`.
void append(std::string& out, std::span<const std::byte> bytes);

std::string encode(std::span<const std::byte> bytes);

/// @returns the bytes, or nothing where `text` is not base64. Empty text is
///          zero bytes. A missing `=` at the end is forgiven (some peers of the
///          Realtime API leave it out); anything else is not.
std::optional<std::vector<std::byte>> decode(std::string_view text);

} // namespace offhook::protocol::base64
