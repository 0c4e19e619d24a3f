#include "protocol/errc.hpp"

namespace offhook::protocol {

std::string_view to_string(errc x) noexcept {
  switch (x) {
    case errc::not_json:
      return "not_json";
    case errc::not_an_object:
      return "not_an_object";
    case errc::missing_field:
      return "missing_field";
    case errc::wrong_type:
      return "wrong_type";
    case errc::out_of_range:
      return "out_of_range";
    case errc::not_base64:
      return "not_base64";
    case errc::unsupported_format:
      return "unsupported_format";
    case errc::too_long:
      return "too_long";
    case errc::inconsistent:
      return "inconsistent";
  }
  // No default above, so that the compiler names a code that is missing there.
  return "unknown";
}

std::string to_string(const parse_error& x) {
  std::string result{to_string(x.code)};
  if (!x.where.empty()) {
    result += " at ";
    result += x.where;
  }
  return result;
}

} // namespace offhook::protocol
