#pragma once

#include <cstddef>
#include <string>
#include <string_view>

/// The few primitives that tokens and signatures need, from libcrypto.
namespace offhook::protocol::crypto {

/// Raw digest bytes (20 and 32 of them).
std::string hmac_sha1(std::string_view key, std::string_view data);
std::string hmac_sha256(std::string_view key, std::string_view data);
std::string sha256(std::string_view data);

std::string to_hex(std::string_view bytes);

/// `count` random bytes from the system's generator, as hex.
std::string random_hex(std::size_t count);

/// Equality whose time depends on the lengths only.
bool equal_constant_time(std::string_view a, std::string_view b) noexcept;

} // namespace offhook::protocol::crypto
