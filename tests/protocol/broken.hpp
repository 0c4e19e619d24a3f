#pragma once

#include "corpus.hpp"

#include "protocol/errc.hpp"
#include "protocol/result.hpp"

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// Every way in which one frame can be broken in one place, and what a parser
/// has to say of each.
namespace offhook::tests {

using protocol::errc;
using protocol::parse_error;

/// What a parser reads a field as.
enum class kind {
  text,          ///< bounded
  cut_text,      ///< cut at its bound
  number,        ///< or its digits in a string
  hint,          ///< what is wrong is as good as absent
  same_text,     ///< must be equal to another field
  object,        ///<
  audio,         ///< base64
  voice,         ///< a text, or an object with an id
  key,           ///< one character of a telephone's keys
  format_text,   ///< a part of `mediaFormat`
  format_number, ///< likewise
};

/// A field that a parser reads. All others must make no difference.
struct field {
  std::string path;
  kind what = kind::text;
  bool required = false;
  std::string reported_at{}; ///< empty: the path
};

using schema = std::vector<field>;

inline constexpr bool required = true;

/// One wrong value to put in the place of a field.
struct wrong_value {
  enum class type { none, null, other, object, bad_number, text } what;
  std::string json;
};

inline std::string nested(std::size_t depth) {
  return std::string(depth, '[') + std::string(depth, ']');
}

inline const std::vector<wrong_value>& wrong_values() {
  using enum wrong_value::type;
  static const std::vector<wrong_value> result{
    {none, ""},
    {null, "null"},
    {other, "true"},
    {other, "[]"},
    {other, R"([{"a":[null]}])"},
    {other, nested(50)},
    {object, "{}"},
    {bad_number, "-1"},
    {bad_number, "1.5"},
    {bad_number, "1e308"},
    {bad_number, "18446744073709551615"},
    {bad_number, "100000000000000000000"},
    {text, R"("-1")"},
    {text, R"("1.5")"},
    {text, R"("1e400")"},
    {text, R"("100000000000000000000")"},
    {text, R"("x")"},
    {text, R"("\udc00")"},
    {text, '"' + std::string(100'000, '!') + '"'},
  };
  return result;
}

/// The errors that are right for `x` in the place of `f`; an empty code stands
/// for a frame that is read nevertheless.
inline std::vector<std::optional<errc>> allowed(const field& f,
                                                const wrong_value& x) {
  using enum wrong_value::type;
  if (f.what == kind::hint)
    return {std::nullopt, errc::not_json}; // The latter: half a pair.
  const bool is_format = f.what == kind::format_text
                         || f.what == kind::format_number;
  const bool is_number = f.what == kind::number
                         || f.what == kind::format_number;
  switch (x.what) {
    case none:
    case null:
      if (is_format)
        return {errc::unsupported_format};
      if (f.required)
        return {errc::missing_field};
      return {std::nullopt};
    case other:
      return {errc::wrong_type};
    case object:
      if (f.what == kind::object)
        return {std::nullopt, errc::missing_field, errc::unsupported_format};
      if (f.what == kind::voice)
        return {std::nullopt};
      return {errc::wrong_type};
    case bad_number:
      return {is_number ? errc::out_of_range : errc::wrong_type};
    case text:
      break;
  }
  const bool is_digits = x.json.find_first_of("01") != x.json.npos
                         && x.json.find('u') == x.json.npos;
  const bool is_long = x.json.size() > 1000;
  const bool is_unpaired = x.json.find('u') != x.json.npos;
  switch (f.what) {
    case kind::object:
      return {errc::wrong_type};
    case kind::number:
    case kind::format_number:
      return {is_digits ? errc::out_of_range : errc::wrong_type};
    case kind::audio:
      return {errc::not_base64};
    case kind::format_text:
      return {errc::unsupported_format};
    case kind::key:
      return {errc::too_long, errc::out_of_range};
    case kind::cut_text:
      if (is_unpaired)
        return {errc::not_json};
      return {std::nullopt};
    case kind::text:
    case kind::voice:
    case kind::hint:
    case kind::same_text:
      break;
  }
  if (is_long)
    return {errc::too_long};
  if (is_unpaired)
    return {errc::not_json};
  if (f.what == kind::same_text)
    return {errc::inconsistent};
  return {std::nullopt};
}

/// Writes `x` with the field at `path` replaced by `json`, or left out if that
/// is empty.
inline void print(std::string& out, const json_value& x, std::string_view path,
                  std::string_view json) {
  if (!x.IsObject() || path.empty()) {
    out += to_text(x);
    return;
  }
  const auto dot = path.find('.');
  const auto name = path.substr(0, dot);
  out += '{';
  for (const auto& member : x.GetObject()) {
    const bool hit = member.name.GetString() == name;
    if (hit && dot == path.npos && json.empty())
      continue;
    if (out.back() != '{')
      out += ',';
    out += to_text(member.name);
    out += ':';
    if (!hit)
      out += to_text(member.value);
    else if (dot == path.npos)
      out += json;
    else
      print(out, member.value, path.substr(dot + 1), json);
  }
  out += '}';
}

inline std::string replaced(const json_value& x, std::string_view path,
                            std::string_view json) {
  std::string result;
  print(result, x, path, json);
  return result;
}

/// All paths of `x` that lead through objects only.
inline void collect_paths(const json_value& x, const std::string& prefix,
                          std::vector<std::string>& out) {
  for (const auto& member : x.GetObject()) {
    out.push_back(prefix + member.name.GetString());
    if (member.value.IsObject())
      collect_paths(member.value, out.back() + '.', out);
  }
}

inline const field* find_field(const schema& fields, std::string_view path) {
  for (const auto& x : fields) {
    const std::string_view y = x.path;
    if (y == path
        || (y.ends_with(".*") && path.starts_with(y.substr(0, y.size() - 1))))
      return &x;
  }
  return nullptr;
}

/// Puts each wrong value in the place of each field of `frame`.
template <class Parse>
void check_fields(tally& out, const std::string& frame, const schema& fields,
                  Parse parse) {
  const auto doc = parse_json(frame);
  const auto original = parse(frame);
  std::vector<std::string> paths;
  collect_paths(doc, "", paths);
  for (const auto& path : paths)
    for (const auto& wrong : wrong_values()) {
      const auto text = replaced(doc, path, wrong.json);
      const auto got = parse(text);
      const auto label = path + " <- " + wrong.json.substr(0, 30) + ": "
                         + (got ? "read" : to_string(got.error())) + " in "
                         + text;
      const auto* f = find_field(fields, path);
      if (f == nullptr) {
        out.note(got && *got == *original, label);
        continue;
      }
      const auto where = f->reported_at.empty() ? path : f->reported_at;
      bool ok = false;
      for (const auto& code : allowed(*f, wrong)) {
        if (!code)
          ok |= static_cast<bool>(got);
        else if (!got && *code == errc::inconsistent)
          // Of two that are to be equal either may be named.
          ok |= got.error().code == *code
                && std::string_view{got.error().where}.ends_with(
                  path.substr(path.rfind('.') + 1));
        else if (!got && got.error().code == *code)
          // Of an object that lacks fields the first one is named.
          ok |= f->what == kind::object ? got.error().where.starts_with(where)
                                        : got.error().where == where;
      }
      out.note(ok, label);
    }
}

/// Breaks the text of `frame` as a whole.
template <class Parse>
void check_text(tally& out, const std::string& frame, Parse parse) {
  auto fails = [&](const std::string& text, errc code, std::string_view what) {
    const auto got = parse(text);
    out.note(!got && got.error() == parse_error{code, ""},
             std::string{what} + ": " + text);
  };
  const auto original = parse(frame);
  auto passes = [&](const std::string& text, std::string_view what) {
    const auto got = parse(text);
    out.note(got && *got == *original, std::string{what} + ": " + text);
  };
  // All lengths of a short frame, and a choice of those of a long one.
  const std::size_t stride = frame.size() < 1000 ? 1 : 17;
  for (std::size_t n = 0; n < frame.size(); n += stride)
    fails(frame.substr(0, n), errc::not_json, "truncated");
  fails(frame.substr(0, frame.size() - 1), errc::not_json, "truncated");
  fails(frame.substr(1), errc::not_json, "beheaded");
  fails(frame + '}', errc::not_json, "one bracket more");
  fails(frame + frame, errc::not_json, "twice");
  fails(frame + '\0', errc::not_json, "zero byte behind");
  fails(frame + '\0' + frame, errc::not_json, "zero byte between");
  fails("\xEF\xBB\xBF" + frame, errc::not_json, "byte order mark");
  fails('[' + frame + ']', errc::not_an_object, "in an array");
  passes(" \r\n\t" + frame + " \r\n\t", "white space");
  const auto with = [&frame](const std::string& value) {
    return R"({"x":)" + value + ',' + frame.substr(1);
  };
  for (auto value : {"null", "true", "[]", "{}", "-1.5e-300", "\"\\u0000\"",
                     R"({"type":"x","event":{"media":[1,"2",{}]}})"})
    passes(with(value), "unknown field");
  passes(with(nested(60)), "nested");
  fails(with(nested(64)), errc::not_json, "nested too deep");
  fails(with(nested(100'000)), errc::not_json, "nested too deep");
  fails(with(std::string(100'000, '[')), errc::not_json, "nested too deep");
  fails(with("1e999"), errc::out_of_range, "a number too large for anyone");
  // The sum of its exponent and its digits is beyond an int's range, and with
  // it RapidJSON looked far beyond its table of powers.
  passes(with("0.0000000000e-2147483639"), "a number of many digits");
  passes(with("123.4567890123e-2147483647"), "a number of many digits");
  fails(with("1" + std::string(5000, '0')), errc::out_of_range,
        "a whole number of many digits");
  fails(with("\"\\ud800\""), errc::not_json, "half a pair");
  fails(with("\"\n\""), errc::not_json, "control character");
  fails(with("01"), errc::not_json, "no number");
  fails(with("NaN"), errc::not_json, "no number");
  fails(with("'x'"), errc::not_json, "no string");
}

} // namespace offhook::tests
