#define CAF_SUITE protocol.form

#include "protocol/form.hpp"

#include "caf/test/dsl.hpp"

#include <string>

using namespace offhook::protocol;

namespace {

using fields = form::fields;

} // namespace

CAF_TEST(the body of a webhook) {
  const auto xs = form::parse(
    "CallSid=CA00112233445566778899aabbccddeeff&From=%2B15017122661"
    "&CallerName=&SpeechResult=%C5%BB%C3%B3%C5%82%C4%87+%2B+1+%26+2");
  CAF_REQUIRE(xs.has_value());
  CAF_CHECK(*xs
            == (fields{{"CallSid", "CA00112233445566778899aabbccddeeff"},
                       {"From", "+15017122661"},
                       {"CallerName", ""},
                       {"SpeechResult", "Żółć + 1 & 2"}}));
  CAF_CHECK_EQUAL(std::string{form::get(*xs, "From")}, "+15017122661");
  CAF_CHECK_EQUAL(std::string{form::get(*xs, "from")}, "");
}

CAF_TEST(order and repeats are kept) {
  CAF_CHECK(form::parse("b=2&a=1&b=1")
            == (fields{{"b", "2"}, {"a", "1"}, {"b", "1"}}));
  CAF_CHECK_EQUAL(std::string{form::get({{"b", "2"}, {"b", "1"}}, "b")}, "2");
}

CAF_TEST(segments without a name a value or anything) {
  CAF_CHECK(form::parse("") == fields{});
  CAF_CHECK(form::parse("&&&") == fields{});
  CAF_CHECK(form::parse("a=1&&b=2&") == (fields{{"a", "1"}, {"b", "2"}}));
  CAF_CHECK(form::parse("a") == (fields{{"a", ""}}));
  CAF_CHECK(form::parse("=1") == (fields{{"", "1"}}));
  CAF_CHECK(form::parse("=") == (fields{{"", ""}}));
  CAF_CHECK(form::parse("a=b=c") == (fields{{"a", "b=c"}}));
}

CAF_TEST(plus is a blank and an escape any byte) {
  CAF_CHECK(form::url_decode("a+b%20c%2B") == "a b c+");
  CAF_CHECK(form::url_decode("%e2%82%AC") == "\xE2\x82\xAC");
  CAF_CHECK(form::url_decode("%00") == std::string(1, '\0'));
  CAF_CHECK(form::url_decode("") == "");
}

CAF_TEST(broken escapes are malformed) {
  for (auto text : {"%", "%2", "a%", "a%2", "%G1", "%1G", "% 1", "%+1", "%%20"})
    CAF_CHECK(!form::url_decode(text).has_value());
  // The escape would go on behind the end of the view.
  CAF_CHECK(!form::url_decode(std::string_view("%20", 2)).has_value());
  CAF_CHECK(!form::parse("a=1&b=%zz").has_value());
  CAF_CHECK(!form::parse("%=1").has_value());
}

CAF_TEST(too many fields are refused and empty segments are none) {
  std::string text;
  for (int i = 0; i < 256; ++i)
    text += "a=1&&";
  CAF_CHECK(form::parse(text).has_value());
  CAF_CHECK(!form::parse(text + "a=1").has_value());
  CAF_CHECK(form::parse("a&b", 2).has_value());
  CAF_CHECK(!form::parse("a&b&c", 2).has_value());
  CAF_CHECK(!form::parse("a", 0).has_value());
}

CAF_TEST(what is unreserved stays and all else is escaped) {
  CAF_CHECK_EQUAL(form::url_encode("AZaz09-._~"), "AZaz09-._~");
  CAF_CHECK_EQUAL(form::url_encode("a b+c/d?e=f&g"),
                  "a%20b%2Bc%2Fd%3Fe%3Df%26g");
  CAF_CHECK_EQUAL(form::url_encode("\xC5\xBB"), "%C5%BB");
  for (int c = 0; c < 256; ++c) {
    const std::string text(1, static_cast<char>(c));
    CAF_REQUIRE(form::url_decode(form::url_encode(text)) == text);
  }
}

CAF_TEST(text and fields turn into one another) {
  const fields xs{{"To", "+15551230001"},
                  {"", "x"},
                  {"Name", "a&b=c d"},
                  {"Empty", ""},
                  {"To", "again"}};
  CAF_CHECK_EQUAL(form::to_text(xs),
                  "To=%2B15551230001&=x&Name=a%26b%3Dc%20d&Empty=&To=again");
  CAF_CHECK(form::parse(form::to_text(xs)) == xs);
  CAF_CHECK_EQUAL(form::to_text({}), "");
}
