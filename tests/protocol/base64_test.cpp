#define CAF_SUITE protocol.base64

#include "protocol/base64.hpp"

#include "caf/test/dsl.hpp"

#include <string>
#include <vector>

using namespace offhook::protocol;

namespace {

std::vector<std::byte> bytes_of(std::string_view text) {
  std::vector<std::byte> result;
  for (char c : text)
    result.push_back(static_cast<std::byte>(c));
  return result;
}

/// `size` bytes in which every value and every pair of bits turns up.
std::vector<std::byte> sample(std::size_t size) {
  std::vector<std::byte> result;
  std::uint32_t state = 0x9E37'79B9u;
  for (std::size_t i = 0; i < size; ++i) {
    state = state * 1'664'525u + 1'013'904'223u;
    result.push_back(static_cast<std::byte>(state >> 24));
  }
  return result;
}

bool is_refused(std::string_view text) {
  return !base64::decode(text).has_value();
}

} // namespace

CAF_TEST(the vectors of RFC 4648 hold in both directions) {
  const std::pair<std::string_view, std::string> vectors[] = {
    {"", ""},
    {"f", "Zg=="},
    {"fo", "Zm8="},
    {"foo", "Zm9v"},
    {"foob", "Zm9vYg=="},
    {"fooba", "Zm9vYmE="},
    {"foobar", "Zm9vYmFy"},
  };
  for (const auto& [plain, text] : vectors) {
    CAF_CHECK_EQUAL(base64::encode(bytes_of(plain)), text);
    CAF_CHECK(base64::decode(text) == bytes_of(plain));
  }
}

CAF_TEST(the two last characters of the alphabet are plus and slash) {
  const std::vector all_ones(3, std::byte{0xFF});
  CAF_CHECK_EQUAL(base64::encode(all_ones), "////");
  CAF_CHECK_EQUAL(base64::encode(bytes_of("\xFB\xEF\xBE")), "++++");
  CAF_CHECK(base64::decode("++++") == bytes_of("\xFB\xEF\xBE"));
}

CAF_TEST(every size comes back) {
  for (std::size_t size = 0; size < 200; ++size) {
    const auto bytes = sample(size);
    const auto text = base64::encode(bytes);
    CAF_REQUIRE_EQUAL(text.size(), (size + 2) / 3 * 4);
    CAF_REQUIRE(base64::decode(text) == bytes);
  }
  // What a model sends at once, and more.
  for (std::size_t size : {3200u, 150'000u, 3'000'001u})
    CAF_CHECK(base64::decode(base64::encode(sample(size))) == sample(size));
}

CAF_TEST(a frame of silence is 216 characters) {
  const std::vector frame(160, std::byte{0xFF});
  const auto text = base64::encode(frame);
  CAF_CHECK_EQUAL(text.size(), 216u);
  CAF_CHECK_EQUAL(text.substr(0, 212), std::string(212, '/'));
  CAF_CHECK_EQUAL(text.substr(212), "/w==");
}

CAF_TEST(append keeps what stands there) {
  std::string out = "audio:";
  base64::append(out, bytes_of("foob"));
  base64::append(out, {});
  base64::append(out, bytes_of("foo"));
  CAF_CHECK_EQUAL(out, "audio:Zm9vYg==Zm9v");
}

CAF_TEST(missing padding is forgiven) {
  CAF_CHECK(base64::decode("Zg") == bytes_of("f"));
  CAF_CHECK(base64::decode("Zg=") == bytes_of("f"));
  CAF_CHECK(base64::decode("Zm8") == bytes_of("fo"));
  CAF_CHECK(base64::decode("Zm9vYg") == bytes_of("foob"));
  CAF_CHECK(base64::decode("Zm9vYmE") == bytes_of("fooba"));
}

CAF_TEST(padding where none belongs is refused) {
  for (auto text :
       {"=", "==", "===", "====", "Zm9v=", "Zm9v==", "Zm8==", "Zm8===", "Zg===",
        "Zg====", "Z===", "Zg==Zg==", "=Zg=", "Z=g=", "Zm=v"})
    CAF_CHECK(is_refused(text));
}

CAF_TEST(a single character is no byte) {
  for (auto text : {"Z", "Zm9vY", "Z=", "Z=="})
    CAF_CHECK(is_refused(text));
}

CAF_TEST(bits behind the last byte must be zero) {
  CAF_CHECK(is_refused("Zh=="));
  CAF_CHECK(is_refused("Zh"));
  CAF_CHECK(is_refused("Zv=="));
  CAF_CHECK(is_refused("Zm9="));
  CAF_CHECK(is_refused("Zm9"));
  CAF_CHECK(is_refused("Zm+="));
}

CAF_TEST(exactly 64 characters are accepted wherever they stand) {
  for (std::size_t pos = 0; pos < 8; ++pos) {
    int accepted = 0;
    for (int c = 0; c < 256; ++c) {
      std::string text = "AAAAAAAA";
      text[pos] = static_cast<char>(c);
      accepted += is_refused(text) ? 0 : 1;
    }
    // Behind seven characters `=` is one more.
    CAF_CHECK_EQUAL(accepted, pos == 7 ? 65 : 64);
  }
}

CAF_TEST(line breaks blanks and the alphabet for URLs are refused) {
  for (auto text : {"Zm9v\n", "Zm9v\r\nZm9v", "Zm9v Zm9v", " Zm9v", "Zm9-",
                    "Zm9_", "Zm9v!m9v"})
    CAF_CHECK(is_refused(text));
  CAF_CHECK(is_refused(std::string_view("Zm\0v", 4)));
}
