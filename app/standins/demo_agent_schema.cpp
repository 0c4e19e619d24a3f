#include "app/standins/demo_agent_schema.hpp"

#include <algorithm>

namespace offhook::app::standins::schema {

namespace {

using verdict = std::optional<violation>;

std::string member(const std::string& path, std::string_view name) {
  std::string result = path;
  if (!result.empty())
    result += '.';
  result += name;
  return result;
}

std::string_view type_name(const json::value& x) {
  if (x.IsNull())
    return "null";
  if (x.IsBool())
    return "a boolean";
  if (x.IsNumber())
    return "a number";
  if (x.IsString())
    return "a string";
  return x.IsArray() ? "an array" : "an object";
}

/// Code points of UTF-8 text.
std::size_t characters(std::string_view text) {
  return static_cast<std::size_t>(
    std::count_if(text.begin(), text.end(), [](char c) {
      return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
    }));
}

verdict expect(bool right, const json::value& x, const std::string& path,
               std::string_view expected) {
  if (right)
    return std::nullopt;
  auto result = wrong_type(path, expected);
  result.message += ", but got ";
  result.message += type_name(x);
  result.message += " instead.";
  return result;
}

} // namespace

violation missing(const std::string& path) {
  return {"missing_required_parameter",
          "Missing required parameter: '" + path + "'.", path};
}

violation unknown(const std::string& path) {
  return {"unknown_parameter", "Unknown parameter: '" + path + "'.", path};
}

violation wrong_type(const std::string& path, std::string_view expected) {
  return {"invalid_parameter",
          "Invalid type for '" + path + "': expected " + std::string{expected},
          path};
}

violation wrong_value(const std::string& path, std::string_view why) {
  return {"invalid_value",
          "Invalid value for '" + path + "': " + std::string{why}, path};
}

rule anything() {
  return [](const json::value&, const std::string&) -> verdict {
    return std::nullopt;
  };
}

rule boolean() {
  return [](const json::value& x, const std::string& path) {
    return expect(x.IsBool(), x, path, "a boolean");
  };
}

rule null() {
  return [](const json::value& x, const std::string& path) {
    return expect(x.IsNull(), x, path, "null");
  };
}

rule text(std::size_t max_length, std::size_t min_length) {
  return [=](const json::value& x, const std::string& path) -> verdict {
    if (!x.IsString())
      return expect(false, x, path, "a string");
    if (x.GetStringLength() > max_length
        && characters(json::view(x)) > max_length)
      return wrong_value(path, "string too long, at most "
                                 + std::to_string(max_length) + ".");
    if (x.GetStringLength() < min_length)
      return wrong_value(path, "string too short.");
    return std::nullopt;
  };
}

rule one_of(std::vector<std::string> choices) {
  return [=](const json::value& x, const std::string& path) -> verdict {
    if (!x.IsString())
      return expect(false, x, path, "a string");
    if (std::find(choices.begin(), choices.end(), json::view(x))
        != choices.end())
      return std::nullopt;
    std::string why = "supported values are";
    for (auto& choice : choices)
      why += " '" + choice + "'";
    return wrong_value(path, why + ".");
  };
}

rule integer(std::int64_t low, std::int64_t high) {
  return [=](const json::value& x, const std::string& path) -> verdict {
    if (!x.IsNumber() || !x.IsInt64())
      return expect(false, x, path, "an integer");
    if (x.GetInt64() < low || x.GetInt64() > high)
      return wrong_value(path, "must be from " + std::to_string(low) + " to "
                                 + std::to_string(high) + ".");
    return std::nullopt;
  };
}

rule number(double low, double high) {
  return [=](const json::value& x, const std::string& path) -> verdict {
    if (!x.IsNumber())
      return expect(false, x, path, "a number");
    if (!(x.GetDouble() >= low && x.GetDouble() <= high))
      return wrong_value(path, "out of range.");
    return std::nullopt;
  };
}

rule list(rule element, std::size_t max_size) {
  return [=](const json::value& x, const std::string& path) -> verdict {
    if (!x.IsArray())
      return expect(false, x, path, "an array");
    if (x.Size() > max_size)
      return wrong_value(path, "array too long.");
    for (rapidjson::SizeType i = 0; i < x.Size(); ++i)
      if (auto bad = element(x[i], path + '[' + std::to_string(i) + ']'))
        return bad;
    return std::nullopt;
  };
}

rule object(std::vector<field> fields) {
  return [=](const json::value& x, const std::string& path) -> verdict {
    if (!x.IsObject())
      return expect(false, x, path, "an object");
    for (auto& entry : x.GetObject()) {
      auto name = json::view(entry.name);
      auto i = std::find_if(fields.begin(), fields.end(),
                            [&](auto& f) { return f.name == name; });
      if (i == fields.end())
        return unknown(member(path, name));
      if (auto bad = i->check(entry.value, member(path, name)))
        return bad;
    }
    for (auto& f : fields)
      if (f.required && !json::find(x, f.name))
        return missing(member(path, f.name));
    return std::nullopt;
  };
}

rule any_object() {
  return [](const json::value& x, const std::string& path) {
    return expect(x.IsObject(), x, path, "an object");
  };
}

rule map_of(rule element, std::size_t max_size, std::size_t max_name_length) {
  return [=](const json::value& x, const std::string& path) -> verdict {
    if (!x.IsObject())
      return expect(false, x, path, "an object");
    if (x.MemberCount() > max_size)
      return wrong_value(path, "too many entries, at most "
                                 + std::to_string(max_size) + ".");
    for (auto& entry : x.GetObject()) {
      if (entry.name.GetStringLength() > max_name_length)
        return wrong_value(path, "a key is too long.");
      if (auto bad = element(entry.value, member(path, json::view(entry.name))))
        return bad;
    }
    return std::nullopt;
  };
}

rule tagged(std::string tag, std::vector<std::pair<std::string, rule>> kinds) {
  return [=](const json::value& x, const std::string& path) -> verdict {
    if (!x.IsObject())
      return expect(false, x, path, "an object");
    auto* found = json::find(x, tag);
    if (!found)
      return missing(member(path, tag));
    if (!found->IsString())
      return expect(false, *found, member(path, tag), "a string");
    for (auto& [name, check] : kinds)
      if (json::view(*found) == name)
        return check(x, path);
    std::string why = "supported values are";
    for (auto& kind : kinds)
      why += " '" + kind.first + "'";
    return wrong_value(member(path, tag), why + ".");
  };
}

rule nullable(rule x) {
  return [=](const json::value& y, const std::string& path) -> verdict {
    return y.IsNull() ? std::nullopt : x(y, path);
  };
}

rule text_or(rule of_text, rule otherwise) {
  return [=](const json::value& x, const std::string& path) {
    return x.IsString() ? of_text(x, path) : otherwise(x, path);
  };
}

rule both(rule first, rule second) {
  return [=](const json::value& x, const std::string& path) {
    auto bad = first(x, path);
    return bad ? bad : second(x, path);
  };
}

} // namespace offhook::app::standins::schema
