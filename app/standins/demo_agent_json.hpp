#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include <rapidjson/document.h>

/// JSON text for the demo agent's events, built left to right.
namespace offhook::app::standins::json {

using value = rapidjson::Value;

/// Appends `text` as a JSON string with its quotes.
void append_quoted(std::string& out, std::string_view text);

std::string quoted(std::string_view text);

/// What `text` says, or null where it is no JSON.
rapidjson::Document parse(std::string_view text);

/// The JSON text of a parsed value.
std::string to_text(const value& x);

/// @pre `x` is a string.
std::string_view view(const value& x);

/// The member, or null where `x` is no object or has none of that name.
const value* find(const value& x, std::string_view name);

inline const value* find(const value* x, std::string_view name) {
  return x ? find(*x, name) : nullptr;
}

/// The member where it is a string, else an empty view.
std::string_view find_text(const value& x, std::string_view name);

/// Deepest nesting of objects and arrays in `text`, which need not be JSON.
std::size_t depth(std::string_view text) noexcept;

/// One object, member after member.
class object {
public:
  object& add(std::string_view key, std::string_view text);

  object& add(std::string_view key, const char* text) {
    return add(key, std::string_view{text});
  }

  object& add(std::string_view key, std::nullptr_t) {
    return raw(key, "null");
  }

  object& add(std::string_view key, double number);

  template <std::integral T>
  object& add(std::string_view key, T number) {
    if constexpr (std::same_as<T, bool>)
      return raw(key, number ? "true" : "false");
    else
      return raw(key, std::to_string(number));
  }

  /// A member whose value is JSON text already.
  object& raw(std::string_view key, std::string_view json);

  /// The object closed with its brace.
  std::string text() const {
    return text_ + '}';
  }

private:
  std::string text_ = "{";
};

/// One array, element after element.
class array {
public:
  array& raw(std::string_view json);

  std::string text() const {
    return text_ + ']';
  }

private:
  std::string text_ = "[";
};

} // namespace offhook::app::standins::json
