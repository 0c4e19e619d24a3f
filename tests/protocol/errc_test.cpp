#define CAF_SUITE protocol.errc

#include "protocol/errc.hpp"

#include "caf/test/dsl.hpp"

#include <set>
#include <string>

using namespace offhook::protocol;

CAF_TEST(each code has the spelling of its enumerator) {
  const std::pair<errc, std::string> spellings[] = {
    {errc::not_json, "not_json"},
    {errc::not_an_object, "not_an_object"},
    {errc::missing_field, "missing_field"},
    {errc::wrong_type, "wrong_type"},
    {errc::out_of_range, "out_of_range"},
    {errc::not_base64, "not_base64"},
    {errc::unsupported_format, "unsupported_format"},
    {errc::too_long, "too_long"},
    {errc::inconsistent, "inconsistent"},
  };
  for (const auto& [code, text] : spellings)
    CAF_CHECK_EQUAL(std::string{to_string(code)}, text);
}

CAF_TEST(the codes are the numbers from 1 to 9 and no others) {
  std::set<std::string> seen;
  for (int i = 0; i < 256; ++i)
    if (auto text = to_string(static_cast<errc>(i)); text != "unknown")
      seen.insert(std::string{text});
  CAF_CHECK_EQUAL(seen.size(), 9u);
  CAF_CHECK_EQUAL(std::string{to_string(static_cast<errc>(0))}, "unknown");
  CAF_CHECK_EQUAL(std::string{to_string(static_cast<errc>(1))}, "not_json");
  CAF_CHECK_EQUAL(std::string{to_string(static_cast<errc>(9))}, "inconsistent");
  CAF_CHECK_EQUAL(std::string{to_string(static_cast<errc>(10))}, "unknown");
}

CAF_TEST(an error names its field if it has one) {
  CAF_CHECK_EQUAL(to_string(parse_error{errc::missing_field, "media.payload"}),
                  "missing_field at media.payload");
  CAF_CHECK_EQUAL(to_string(parse_error{errc::not_json, ""}), "not_json");
}
