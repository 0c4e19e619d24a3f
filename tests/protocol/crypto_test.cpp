#define CAF_SUITE protocol.crypto

#include "protocol/crypto.hpp"

#include "caf/test/dsl.hpp"

#include <set>
#include <string>

using namespace offhook::protocol;

CAF_TEST(digests of known messages) {
  using crypto::to_hex;
  CAF_CHECK_EQUAL(
    to_hex(crypto::sha256("")),
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CAF_CHECK_EQUAL(
    to_hex(crypto::sha256("abc")),
    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

CAF_TEST(the vectors of RFC 2202 and RFC 4231 hold) {
  using crypto::to_hex;
  const std::string key = "Jefe";
  const std::string data = "what do ya want for nothing?";
  CAF_CHECK_EQUAL(to_hex(crypto::hmac_sha1(key, data)),
                  "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79");
  CAF_CHECK_EQUAL(
    to_hex(crypto::hmac_sha256(key, data)),
    "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  // A key longer than the block of the hash.
  CAF_CHECK_EQUAL(
    to_hex(crypto::hmac_sha1(std::string(80, '\xAA'),
                             "Test Using Larger Than Block-Size Key - Hash Key "
                             "First")),
    "aa4ae5e15272d00e95705637ce8a3b55ed402112");
}

CAF_TEST(an empty key and empty data are values like others) {
  using crypto::to_hex;
  // A null pointer must not mean "the key of last time".
  crypto::hmac_sha1("another key", "data");
  CAF_CHECK_EQUAL(to_hex(crypto::hmac_sha1({}, {})),
                  "fbdb1d1b18aa6c08324b7d64b71fb76370690e1d");
  CAF_CHECK_EQUAL(
    to_hex(crypto::hmac_sha256({}, {})),
    "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

CAF_TEST(hex has two small digits for each byte) {
  CAF_CHECK_EQUAL(crypto::to_hex(std::string_view("\x00\x0F\xA5\xFF", 4)),
                  "000fa5ff");
  CAF_CHECK_EQUAL(crypto::to_hex(""), "");
}

CAF_TEST(random hex has its length and does not repeat) {
  std::set<std::string> seen;
  for (int i = 0; i < 100; ++i) {
    const auto text = crypto::random_hex(16);
    CAF_REQUIRE_EQUAL(text.size(), 32u);
    CAF_REQUIRE_EQUAL(text.find_first_not_of("0123456789abcdef"), text.npos);
    seen.insert(text);
  }
  CAF_CHECK_EQUAL(seen.size(), 100u);
  CAF_CHECK_EQUAL(crypto::random_hex(0), "");
}

CAF_TEST(equality compares every byte and the length) {
  using crypto::equal_constant_time;
  CAF_CHECK(equal_constant_time("", ""));
  CAF_CHECK(equal_constant_time("secret", "secret"));
  CAF_CHECK(!equal_constant_time("secret", "secre"));
  CAF_CHECK(!equal_constant_time("secret", "secret "));
  CAF_CHECK(!equal_constant_time("", "s"));
  for (std::size_t i = 0; i < 6; ++i) {
    std::string other = "secret";
    other[i] ^= 1;
    CAF_CHECK(!equal_constant_time("secret", other));
  }
}
