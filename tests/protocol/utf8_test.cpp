#define CAF_SUITE protocol.utf8

#include "protocol/utf8.hpp"

#include "caf/test/dsl.hpp"

#include <cstdint>
#include <string>

using namespace offhook::protocol;

namespace {

/// The shortest form of a code point, by arithmetic.
std::string encoded(std::uint32_t x) {
  auto byte = [](std::uint32_t y) { return static_cast<char>(y); };
  if (x < 0x80)
    return {byte(x)};
  if (x < 0x800)
    return {byte(0xC0 | x >> 6), byte(0x80 | (x & 63))};
  if (x < 0x10000)
    return {byte(0xE0 | x >> 12), byte(0x80 | (x >> 6 & 63)),
            byte(0x80 | (x & 63))};
  return {byte(0xF0 | x >> 18), byte(0x80 | (x >> 12 & 63)),
          byte(0x80 | (x >> 6 & 63)), byte(0x80 | (x & 63))};
}

} // namespace

CAF_TEST(every code point but the surrogates is valid) {
  int wrong = 0;
  for (std::uint32_t x = 0; x < 0x120000; ++x) {
    const auto text = encoded(x);
    const bool valid = x < 0x110000 && (x < 0xD800 || x > 0xDFFF);
    wrong += utf8::is_valid(text) == valid ? 0 : 1;
    wrong += utf8::length_at(text, 0) == (valid ? text.size() : 0) ? 0 : 1;
  }
  CAF_CHECK_EQUAL(wrong, 0);
}

CAF_TEST(a sequence that ends early is invalid at any length) {
  for (std::string text : {"\xC3\xA9", "\xE2\x82\xAC", "\xF0\x9F\x98\x80"})
    for (std::size_t n = 1; n < text.size(); ++n) {
      CAF_CHECK(!utf8::is_valid(text.substr(0, n)));
      CAF_CHECK(!utf8::is_valid(text.substr(0, n) + "a"));
      CAF_CHECK(!utf8::is_valid("0123456789abcdef" + text.substr(0, n)));
    }
}

CAF_TEST(exactly the short forms of two bytes are valid) {
  int valid = 0;
  for (int a = 0x80; a < 256; ++a)
    for (int b = 0; b < 256; ++b) {
      const std::string text{static_cast<char>(a), static_cast<char>(b)};
      valid += utf8::is_valid(text) ? 1 : 0;
    }
  CAF_CHECK_EQUAL(valid, 0x800 - 0x80);
}

CAF_TEST(forms that are too long or name no character are invalid) {
  auto count = [](int first, int last, std::string_view rest) {
    int valid = 0;
    for (int a = first; a <= last; ++a)
      for (int b = 0; b < 256; ++b) {
        const std::string text{static_cast<char>(a), static_cast<char>(b)};
        valid += utf8::is_valid(text + std::string{rest}) ? 1 : 0;
      }
    return valid;
  };
  // U+0800 to U+FFFF without surrogates, U+10000 to U+10FFFF.
  CAF_CHECK_EQUAL(count(0xE0, 0xEF, "\x80"), (0xF800 - 0x800) / 64);
  CAF_CHECK_EQUAL(count(0xF0, 0xFF, "\x80\x80"), 0x100000 / 4096);
}

CAF_TEST(one bad byte is found wherever it stands) {
  const std::string text(40, 'a');
  CAF_CHECK(utf8::is_valid(text));
  CAF_CHECK(utf8::is_valid(""));
  for (std::size_t i = 0; i < text.size(); ++i) {
    auto bad = text;
    bad[i] = '\x80';
    CAF_CHECK(!utf8::is_valid(bad));
    CAF_CHECK_EQUAL(utf8::repaired(bad),
                    text.substr(0, i) + "\xEF\xBF\xBD" + text.substr(i + 1));
  }
}

CAF_TEST(a cut falls between characters) {
  const std::string text = "a\xE2\x82\xAC"
                           "b";
  const std::string expected[] = {"",   "a", "a", "a", "a\xE2\x82\xAC",
                                  text, text};
  for (std::size_t limit = 0; limit < 7; ++limit)
    CAF_CHECK_EQUAL(std::string{utf8::cut(text, limit)}, expected[limit]);
}

CAF_TEST(valid text needs no repair) {
  const std::string text = "a\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80";
  CAF_CHECK_EQUAL(utf8::repaired(text), text);
}
