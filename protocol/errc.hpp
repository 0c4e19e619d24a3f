#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace offhook::protocol {

/// What is wrong with bytes that a peer sent us. One bad frame never ends a
/// call: the reader counts it by this code, logs it once and goes on.
enum class errc : std::uint8_t {
  not_json = 1,       ///< The text is no JSON document, or is nested too deep.
  not_an_object,      ///< JSON, but not an object at the top.
  missing_field,      ///< A field that this event cannot do without is absent.
  wrong_type,         ///< A field is there with a type that it cannot have.
  out_of_range,       ///< A number is negative, fractional or too large;
                      ///< a digit is no key of a telephone.
  not_base64,         ///< An audio payload is no base64 text.
  unsupported_format, ///< `start` announces other audio than mu-law/8000/1.
  too_long,           ///< A string or list is longer than its bound.
  inconsistent,       ///< Two fields that must be equal are not.
};

/// The spelling above; logs and metric labels rely on it.
std::string_view to_string(errc x) noexcept;

/// Why a frame is none: the code, and the JSON path of the offending field.
struct parse_error {
  errc code = errc::not_json;
  std::string where; ///< such as `media.payload`; empty for the whole text

  bool operator==(const parse_error&) const = default;
};

/// `missing_field at media.payload`.
std::string to_string(const parse_error& x);

} // namespace offhook::protocol
