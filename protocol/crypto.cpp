#include "protocol/crypto.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include <array>
#include <stdexcept>

namespace offhook::protocol::crypto {

namespace {

const unsigned char* data_of(std::string_view bytes) {
  // Never null: OpenSSL takes a null key for "the key of last time".
  return reinterpret_cast<const unsigned char*>(bytes.empty() ? ""
                                                              : bytes.data());
}

std::string to_string(const unsigned char* bytes, std::size_t size) {
  return {reinterpret_cast<const char*>(bytes), size};
}

/// Empty where libcrypto has no such digest, which no caller may take for a
/// match: both compare lengths first.
std::string hmac(const char* digest, std::string_view key,
                 std::string_view data) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> out{};
  std::size_t size = 0;
  if (EVP_Q_mac(nullptr, "HMAC", nullptr, digest, nullptr, data_of(key),
                key.size(), data_of(data), data.size(), out.data(), out.size(),
                &size)
      == nullptr)
    return {};
  return to_string(out.data(), size);
}

} // namespace

std::string hmac_sha1(std::string_view key, std::string_view data) {
  return hmac("SHA1", key, data);
}

std::string hmac_sha256(std::string_view key, std::string_view data) {
  return hmac("SHA256", key, data);
}

std::string sha256(std::string_view data) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> out{};
  std::size_t size = 0;
  if (EVP_Q_digest(nullptr, "SHA256", nullptr, data_of(data), data.size(),
                   out.data(), &size)
      != 1)
    return {};
  return to_string(out.data(), size);
}

std::string to_hex(std::string_view bytes) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string result;
  result.reserve(bytes.size() * 2);
  for (char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    result += digits[byte >> 4];
    result += digits[byte & 15];
  }
  return result;
}

std::string random_hex(std::size_t count) {
  std::string bytes(count, '\0');
  // A token from a generator that failed would be one that anybody can guess.
  if (RAND_bytes_ex(nullptr, reinterpret_cast<unsigned char*>(bytes.data()),
                    bytes.size(), 0)
      != 1)
    throw std::runtime_error("libcrypto has no random bytes");
  return to_hex(bytes);
}

bool equal_constant_time(std::string_view a, std::string_view b) noexcept {
  return a.size() == b.size()
         && CRYPTO_memcmp(data_of(a), data_of(b), a.size()) == 0;
}

} // namespace offhook::protocol::crypto
