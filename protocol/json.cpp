#include "protocol/json.hpp"

#include "protocol/rapidjson.hpp"
#include "protocol/utf8.hpp"

#include <algorithm>
#include <charconv>

namespace offhook::protocol::json {

namespace {

const rj::Value& as_value(const void* ptr) {
  return *static_cast<const rj::Value*>(ptr);
}

std::string_view as_text(const rj::Value& x) {
  return {x.GetString(), x.GetStringLength()};
}

/// The field `name`, or nothing where it is absent or null.
const rj::Value* find(const void* object, std::string_view name) {
  if (object == nullptr)
    return nullptr;
  const rj::Value key{
    rj::StringRef(name.data(), static_cast<rj::SizeType>(name.size()))};
  const auto& members = as_value(object);
  const auto it = members.FindMember(key);
  return it == members.MemberEnd() || it->value.IsNull() ? nullptr : &it->value;
}

/// A number in a string, as Twilio writes them.
result<std::uint64_t> number_of(std::string_view text) {
  std::uint64_t number = 0;
  const auto* const end = text.data() + text.size();
  const auto [rest, ec] = std::from_chars(text.data(), end, number);
  if (rest == end && ec == std::errc{})
    return number;
  double ignored = 0;
  const auto as_double = std::from_chars(text.data(), end, ignored);
  // A number, but negative, fractional or too large for the type.
  const bool is_number = !text.empty() && as_double.ptr == end
                         && text.find_first_of("0123456789") != text.npos;
  return parse_error{is_number ? errc::out_of_range : errc::wrong_type, {}};
}

result<std::uint64_t> number_of(const rj::Value& x) {
  if (x.IsUint64())
    return x.GetUint64();
  if (x.IsString())
    return number_of(as_text(x));
  if (!x.IsNumber())
    return parse_error{errc::wrong_type, {}};
  // Some languages write every number as a double: 20.0 is a whole one.
  const double number = x.GetDouble();
  if (number >= 0 && number <= static_cast<double>(max_safe_integer)) {
    const auto whole = static_cast<std::uint64_t>(number);
    if (static_cast<double>(whole) == number)
      return whole;
  }
  return parse_error{errc::out_of_range, {}};
}

} // namespace

bool has_safe_numbers(std::string_view text) noexcept {
  constexpr std::size_t longest = 4; // digits of an exponent
  bool in_string = false;
  bool in_number = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\')
        ++i;
      else if (c == '"')
        in_string = false;
      continue;
    }
    if (c == '"') {
      in_string = true;
      in_number = false;
    } else if (c >= '0' && c <= '9') {
      in_number = true;
    } else if ((c == 'e' || c == 'E') && in_number) {
      auto at = i + 1;
      if (at < text.size() && (text[at] == '-' || text[at] == '+'))
        ++at;
      const auto end = std::min(text.find_first_not_of("0123456789", at),
                                text.size());
      if (end - at > longest)
        return false;
    } else if (c != '.' && c != '-' && c != '+') {
      in_number = false;
    }
  }
  return true;
}

void object::fail(errc code, std::string_view name) const {
  if (*error_)
    return;
  std::string where{name};
  for (const auto* x = this; x != nullptr && !x->name_.empty();
       x = x->parent_) {
    std::string longer{x->name_};
    if (!where.empty())
      longer += '.';
    where.insert(0, longer);
  }
  error_->emplace(parse_error{code, std::move(where)});
}

object object::child(std::string_view name, need n) const {
  const auto* value = find(value_, name);
  if (value == nullptr) {
    if (n == need::required && present())
      fail(errc::missing_field, name);
  } else if (!value->IsObject()) {
    fail(errc::wrong_type, name);
    value = nullptr;
  }
  return {value, name, this, *error_};
}

std::optional<std::string_view> object::view(std::string_view name,
                                             need n) const {
  const auto* value = find(value_, name);
  if (value == nullptr) {
    if (n == need::required && present())
      fail(errc::missing_field, name);
    return std::nullopt;
  }
  if (!value->IsString()) {
    fail(errc::wrong_type, name);
    return std::nullopt;
  }
  return as_text(*value);
}

std::string object::prefix(std::string_view name, std::size_t limit,
                           need n) const {
  const auto text = view(name, n).value_or(std::string_view{});
  if (!utf8::is_valid(text)) {
    fail(errc::not_json, name);
    return {};
  }
  return std::string{utf8::cut(text, limit)};
}

std::string object::string(std::string_view name, std::size_t limit,
                           need n) const {
  const auto text = view(name, n).value_or(std::string_view{});
  if (text.size() > limit)
    fail(errc::too_long, name);
  else if (!utf8::is_valid(text))
    fail(errc::not_json, name);
  else
    return std::string{text};
  return {};
}

std::optional<std::uint64_t> object::number(std::string_view name,
                                            std::uint64_t max, need n) const {
  const auto* value = find(value_, name);
  if (value == nullptr) {
    if (n == need::required && present())
      fail(errc::missing_field, name);
    return std::nullopt;
  }
  const auto number = number_of(*value);
  if (!number)
    fail(number.error().code, name);
  else if (*number > max)
    fail(errc::out_of_range, name);
  else
    return *number;
  return std::nullopt;
}

std::optional<std::uint64_t> object::hint_number(std::string_view name) const {
  const auto* value = find(value_, name);
  if (value == nullptr)
    return std::nullopt;
  const auto number = number_of(*value);
  return number ? std::optional{*number} : std::nullopt;
}

std::string object::hint(std::string_view name, std::size_t limit) const {
  const auto* value = find(value_, name);
  if (value == nullptr || !value->IsString())
    return {};
  const auto text = as_text(*value);
  return text.size() <= limit && utf8::is_valid(text) ? std::string{text}
                                                      : std::string{};
}

std::optional<bool> object::hint_flag(std::string_view name) const {
  const auto* value = find(value_, name);
  if (value == nullptr || !value->IsBool())
    return std::nullopt;
  return value->GetBool();
}

std::optional<double> object::hint_real(std::string_view name) const {
  const auto* value = find(value_, name);
  if (value == nullptr || !value->IsNumber())
    return std::nullopt;
  return value->GetDouble();
}

object object::hint_child(std::string_view name) const {
  const auto* value = find(value_, name);
  if (value != nullptr && !value->IsObject())
    value = nullptr;
  return {value, name, this, *error_};
}

void object::each_impl(std::string_view name, std::size_t max,
                       void (*f)(void*, const object&), void* state) const {
  const auto* value = find(value_, name);
  if (value == nullptr || !value->IsArray())
    return;
  std::size_t count = 0;
  for (const auto& x : value->GetArray())
    if (x.IsObject() && count++ < max)
      f(state, object{&x, name, this, *error_});
}

bool object::is_object(std::string_view name) const noexcept {
  const auto* value = find(value_, name);
  return value != nullptr && value->IsObject();
}

void object::strings_impl(const list_limits& limits, string_callback f,
                          void* state) const {
  if (!present())
    return;
  const auto& members = as_value(value_);
  if (members.MemberCount() > limits.entries)
    return fail(errc::too_long);
  for (const auto& [key, value] : members.GetObject()) {
    if (value.IsNull())
      continue;
    // The path names no key: those are the peer's text, and errors are logged.
    if (!value.IsString())
      return fail(errc::wrong_type);
    const auto name = as_text(key);
    const auto text = as_text(value);
    if (name.size() > limits.name || text.size() > limits.value)
      return fail(errc::too_long);
    if (!utf8::is_valid(name) || !utf8::is_valid(text))
      return fail(errc::not_json);
    f(state, name, text);
  }
}

} // namespace offhook::protocol::json
