#include "protocol/form.hpp"

#include <algorithm>

namespace offhook::protocol::form {

namespace {

constexpr std::string_view hex_digits = "0123456789ABCDEF";

/// The value of a hex digit, or -1.
int hex_value(char c) {
  if (c >= '0' && c <= '9')
    return c - '0';
  if (c >= 'A' && c <= 'F')
    return c - 'A' + 10;
  if (c >= 'a' && c <= 'f')
    return c - 'a' + 10;
  return -1;
}

// Not std::isalnum, which asks the locale.
bool is_unreserved(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z')
         || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_'
         || c == '~';
}

void append_encoded(std::string& out, std::string_view text) {
  for (char c : text) {
    if (is_unreserved(c)) {
      out += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      out += '%';
      out += hex_digits[byte >> 4];
      out += hex_digits[byte & 15];
    }
  }
}

} // namespace

std::optional<std::string> url_decode(std::string_view text) {
  std::string result;
  result.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+') {
      result += ' ';
    } else if (text[i] == '%') {
      if (text.size() - i < 3)
        return std::nullopt;
      const int high = hex_value(text[i + 1]);
      const int low = hex_value(text[i + 2]);
      if (high < 0 || low < 0)
        return std::nullopt;
      result += static_cast<char>(high << 4 | low);
      i += 2;
    } else {
      result += text[i];
    }
  }
  return result;
}

std::string url_encode(std::string_view text) {
  std::string result;
  result.reserve(text.size());
  append_encoded(result, text);
  return result;
}

std::optional<fields> parse(std::string_view text, std::size_t limit) {
  fields result;
  while (!text.empty()) {
    const auto segment = text.substr(0, text.find('&'));
    text.remove_prefix(std::min(segment.size() + 1, text.size()));
    if (segment.empty())
      continue;
    if (result.size() == limit)
      return std::nullopt;
    const auto equals = segment.find('=');
    auto name = url_decode(segment.substr(0, equals));
    auto value = url_decode(equals == std::string_view::npos
                              ? std::string_view{}
                              : segment.substr(equals + 1));
    if (!name || !value)
      return std::nullopt;
    result.emplace_back(std::move(*name), std::move(*value));
  }
  return result;
}

std::string to_text(const fields& xs) {
  std::string result;
  for (const auto& [name, value] : xs) {
    if (!result.empty())
      result += '&';
    append_encoded(result, name);
    result += '=';
    append_encoded(result, value);
  }
  return result;
}

std::string_view get(const fields& xs, std::string_view name) {
  for (const auto& [key, value] : xs)
    if (key == name)
      return value;
  return {};
}

} // namespace offhook::protocol::form
