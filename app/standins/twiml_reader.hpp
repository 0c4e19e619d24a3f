#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

/// TwiML as Twilio reads it.
/// @see https://www.twilio.com/docs/voice/twiml
namespace offhook::app::standins {

/// A verb, or a noun within one. Names are case-sensitive.
struct twiml_element {
  std::string name;
  std::vector<std::pair<std::string, std::string>> attributes;
  std::string text; ///< without white space around it
  std::vector<twiml_element> children;

  /// The value of the first attribute of that name.
  std::optional<std::string_view>
  attribute(std::string_view wanted) const noexcept;

  const twiml_element* child(std::string_view wanted) const noexcept;
};

/// The verbs of a document, in their order.
struct twiml_document {
  std::vector<twiml_element> verbs;
};

/// Why a text is no TwiML (Twilio's error 12100).
struct twiml_error {
  std::string why;
};

/// Reads a document; anything that is not well-formed XML under one
/// `<Response>` is refused, also where a more forgiving reader would guess. A
/// document type is refused, too: TwiML has none. At most 64 KiB and 16 levels.
/// Never throws.
std::variant<twiml_document, twiml_error> read_twiml(std::string_view text);

} // namespace offhook::app::standins
