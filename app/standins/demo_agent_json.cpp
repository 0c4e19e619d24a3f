#include "app/standins/demo_agent_json.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

namespace offhook::app::standins::json {

void append_quoted(std::string& out, std::string_view text) {
  constexpr std::string_view digits = "0123456789abcdef";
  out += '"';
  for (auto c : text) {
    auto code = static_cast<unsigned char>(c);
    switch (c) {
      case '"':
        out += "\\\"";
        break;
      case '\\':
        out += "\\\\";
        break;
      case '\n':
        out += "\\n";
        break;
      default:
        if (code < 0x20) {
          out += "\\u00";
          out += digits[code >> 4];
          out += digits[code & 15];
        } else {
          out += c;
        }
    }
  }
  out += '"';
}

std::string quoted(std::string_view text) {
  std::string result;
  result.reserve(text.size() + 2);
  append_quoted(result, text);
  return result;
}

rapidjson::Document parse(std::string_view text) {
  rapidjson::Document result;
  result.Parse<rapidjson::kParseIterativeFlag>(text.data(), text.size());
  if (result.HasParseError())
    result.SetNull();
  return result;
}

std::string to_text(const value& x) {
  rapidjson::StringBuffer buffer;
  rapidjson::Writer<rapidjson::StringBuffer> writer{buffer};
  x.Accept(writer);
  return {buffer.GetString(), buffer.GetSize()};
}

std::string_view view(const value& x) {
  return {x.GetString(), x.GetStringLength()};
}

const value* find(const value& x, std::string_view name) {
  if (!x.IsObject())
    return nullptr;
  for (auto& member : x.GetObject())
    if (view(member.name) == name)
      return &member.value;
  return nullptr;
}

std::string_view find_text(const value& x, std::string_view name) {
  auto* found = find(x, name);
  return found && found->IsString() ? view(*found) : std::string_view{};
}

std::size_t depth(std::string_view text) noexcept {
  std::size_t now = 0;
  std::size_t deepest = 0;
  auto in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    switch (text[i]) {
      case '"':
        in_string = !in_string;
        break;
      case '\\':
        i += in_string ? 1 : 0;
        break;
      case '{':
      case '[':
        if (!in_string)
          deepest = std::max(deepest, ++now);
        break;
      case '}':
      case ']':
        if (!in_string && now > 0)
          --now;
        break;
      default:
        break;
    }
  }
  return deepest;
}

object& object::add(std::string_view key, std::string_view text) {
  if (text_.size() > 1)
    text_ += ',';
  append_quoted(text_, key);
  text_ += ':';
  append_quoted(text_, text);
  return *this;
}

object& object::add(std::string_view key, double number) {
  std::array<char, 32> digits;
  auto end = std::to_chars(digits.data(), digits.data() + digits.size(),
                           number);
  return raw(key, {digits.data(), end.ptr});
}

object& object::raw(std::string_view key, std::string_view json) {
  if (text_.size() > 1)
    text_ += ',';
  append_quoted(text_, key);
  text_ += ':';
  text_ += json;
  return *this;
}

array& array::raw(std::string_view json) {
  if (text_.size() > 1)
    text_ += ',';
  text_ += json;
  return *this;
}

} // namespace offhook::app::standins::json
