#include "app/scenario_json.hpp"

#include <algorithm>

#include <rapidjson/error/en.h>

#include "app/standins/demo_agent_json.hpp"
#include "protocol/json.hpp"

namespace offhook::app {

namespace json = standins::json;

namespace {

constexpr std::size_t max_bytes = 256 * 1024;
constexpr std::size_t max_depth = 16;

std::string listed(const auto& names) {
  std::string result;
  for (const auto& x : names)
    result.append(result.empty() ? "" : ", ").append(x);
  return result;
}

std::string from_to(std::int64_t min, std::int64_t max) {
  return " from " + std::to_string(min) + " to " + std::to_string(max);
}

/// A name as a part of a JSON pointer.
std::string escaped(std::string_view name) {
  std::string result;
  for (auto c : name.substr(0, 64))
    result += c == '~' ? "~0" : c == '/' ? "~1" : std::string(1, c);
  return result;
}

/// `line 3, column 7` of a position.
std::string position(std::string_view text, std::size_t at) {
  const auto before = text.substr(0, at);
  const auto line = 1 + std::count(before.begin(), before.end(), '\n');
  const auto begin = before.rfind('\n');
  const auto column = begin == before.npos ? at + 1 : at - begin;
  return "line " + std::to_string(line) + ", column " + std::to_string(column);
}

} // namespace

json_place::json_place(const rapidjson::Value& value, std::string file,
                       std::string pointer)
  : value_(&value),
    file_(std::move(file)),
    pointer_(std::move(pointer)) {
  // nop
}

void json_place::fail(const std::string& must) const {
  throw scenario_error{file_ + ": " + (pointer_.empty() ? "/" : pointer_)
                       + " must " + must};
}

std::string json_place::text(std::size_t max, std::size_t min) const {
  const auto must = "be text of " + std::to_string(min) + " to "
                    + std::to_string(max) + " bytes without control characters";
  if (!value_->IsString())
    fail(must);
  std::string result{json::view(*value_)};
  const bool good = std::none_of(result.begin(), result.end(), [](char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
  });
  if (!good || result.size() < min || result.size() > max)
    fail(must);
  return result;
}

std::string
json_place::choice(std::initializer_list<std::string_view> allowed) const {
  if (!value_->IsString()
      || std::find(allowed.begin(), allowed.end(), json::view(*value_))
           == allowed.end())
    fail("be one of " + listed(allowed));
  return std::string{json::view(*value_)};
}

std::int64_t json_place::integer(std::int64_t min, std::int64_t max) const {
  if (!value_->IsInt64() || value_->GetInt64() < min
      || value_->GetInt64() > max)
    fail("be an integer" + from_to(min, max));
  return value_->GetInt64();
}

std::pair<std::int64_t, std::int64_t>
json_place::range(std::int64_t min, std::int64_t max) const {
  const auto both = value_->IsArray() && value_->Size() == 2;
  if (!both)
    fail("be a list of two integers" + from_to(min, max));
  const auto list = entries(2);
  const auto from = list[0].integer(min, max);
  const auto to = list[1].integer(min, max);
  if (from > to)
    fail("have the lower bound first");
  return {from, to};
}

bool json_place::flag() const {
  if (!value_->IsBool())
    fail("be true or false");
  return value_->GetBool();
}

void json_place::truth() const {
  if (!value_->IsTrue())
    fail("be true");
}

std::vector<json_place> json_place::entries(std::size_t max) const {
  if (!value_->IsArray() || value_->Size() > max)
    fail("be a list of at most " + std::to_string(max));
  std::vector<json_place> result;
  for (const auto& x : value_->GetArray())
    result.push_back(below(std::to_string(result.size()), x));
  return result;
}

std::vector<std::pair<std::string, json_place>>
json_place::members(std::size_t max) const {
  if (!value_->IsObject() || value_->MemberCount() > max)
    fail("be an object with at most " + std::to_string(max) + " fields");
  std::vector<std::pair<std::string, json_place>> result;
  std::set<std::string> names;
  for (const auto& x : value_->GetObject()) {
    std::string name{json::view(x.name)};
    auto place = below(name, x.value);
    if (!names.insert(name).second)
      place.fail("be there once");
    result.emplace_back(std::move(name), std::move(place));
  }
  return result;
}

std::string json_place::object_text(std::size_t max) const {
  auto result = value_->IsObject() ? json::to_text(*value_) : std::string{};
  if (result.empty() || result.size() > max)
    fail("be an object of at most " + std::to_string(max) + " bytes");
  return result;
}

json_place json_place::below(std::string_view name,
                             const rapidjson::Value& value) const {
  return {value, file_, pointer_ + '/' + escaped(name)};
}

json_fields::json_fields(json_place object) : object_(std::move(object)) {
  object_.members(1'000); // That it is one, and has no field twice.
}

std::optional<json_place> json_fields::find(std::string_view name) {
  asked_.emplace(name);
  if (const auto* x = json::find(*object_.value_, name))
    return object_.below(name, *x);
  return std::nullopt;
}

json_place json_fields::need(std::string_view name) {
  auto result = find(name);
  if (!result)
    object_.fail("have a field '" + std::string{name} + "'");
  return *result;
}

std::pair<std::string, json_place>
json_fields::one_of(std::initializer_list<std::string_view> names) {
  std::optional<std::pair<std::string, json_place>> result;
  for (auto name : names)
    if (auto place = find(name)) {
      if (result)
        object_.fail("have only one of " + listed(names));
      result.emplace(name, std::move(*place));
    }
  if (!result) {
    done(); // A name that is nearly right is told by itself.
    object_.fail("have one of " + listed(names));
  }
  return *result;
}

void json_fields::done() const {
  for (const auto& [name, place] : object_.members(1'000))
    if (!asked_.contains(name))
      place.fail("not be there: the fields here are " + listed(asked_));
}

rapidjson::Document parse_scenario_json(std::string_view text,
                                        const std::string& file) {
  auto fail = [&file](const std::string& why) {
    throw scenario_error{file + ": " + why};
  };
  if (text.size() > max_bytes)
    fail("must have at most " + std::to_string(max_bytes) + " bytes");
  if (json::depth(text) > max_depth || !protocol::json::has_safe_numbers(text))
    fail("must have at most " + std::to_string(max_depth)
         + " levels, and numbers with exponents of at most 4 digits");
  rapidjson::Document result;
  result.Parse<rapidjson::kParseIterativeFlag
               | rapidjson::kParseValidateEncodingFlag>(text.data(),
                                                        text.size());
  if (result.HasParseError())
    fail(position(text, result.GetErrorOffset()) + ": "
         + rapidjson::GetParseError_En(result.GetParseError()));
  return result;
}

} // namespace offhook::app
