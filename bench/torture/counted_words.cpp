#include "bench/torture/counted_words.hpp"

#include <algorithm>

namespace offhook::torture {

namespace {

constexpr std::size_t number_digits = 4; // So that half a number is none.

} // namespace

std::string_view field(std::string_view text, std::string_view key) {
  auto at = text.find(key);
  if (at == text.npos)
    return {};
  auto begin = at + key.size();
  return text.substr(begin, text.find('"', begin) - begin);
}

std::string_view type_of(std::string_view text) {
  return field(text, R"("type":")");
}

std::string text_at(const rapidjson::Value& from, const char* name) {
  if (!from.IsObject())
    return {};
  auto at = from.FindMember(name);
  return at != from.MemberEnd() && at->value.IsString()
           ? std::string{at->value.GetString(), at->value.GetStringLength()}
           : std::string{};
}

std::string to_words(std::string_view who, std::uint32_t number) {
  auto digits = std::to_string(number);
  return std::string{who} + " says "
         + std::string(number_digits - std::min(digits.size(), number_digits),
                       '0')
         + digits;
}

std::string key_of(std::string_view text) {
  constexpr std::string_view says = " says ";
  auto at = text.find(says);
  if (at == text.npos)
    return {};
  auto who = text.substr(0, at);
  auto rest = text.substr(at + says.size());
  auto digits = rest.substr(0, number_digits);
  if ((who != "agent" && who != "caller") || digits.size() < number_digits
      || digits.find_first_not_of("0123456789") != digits.npos)
    return {};
  return std::string{who} + ' ' + std::string{digits};
}

std::uint32_t number_of(const std::string& key) {
  return static_cast<std::uint32_t>(std::stoul(key.substr(key.find(' ') + 1)));
}

} // namespace offhook::torture
