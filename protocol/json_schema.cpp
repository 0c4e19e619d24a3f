#include "protocol/json_schema.hpp"

#include "protocol/json.hpp"
#include "protocol/rapidjson.hpp"
#include "protocol/utf8.hpp"

#include <rapidjson/schema.h>

#include <algorithm>
#include <array>
#include <utility>

namespace offhook::protocol {

namespace rj = json::rj;

namespace {

using value = rj::Value;
using schema_document = rj::GenericSchemaDocument<value>;
using validator = rj::GenericSchemaValidator<schema_document>;

std::string_view as_text(const value& x) {
  return {x.GetString(), x.GetStringLength()};
}

// -- is it a schema -----------------------------------------------------------

/// What a keyword's value must be.
enum class form : std::uint8_t {
  anything,
  type_name,    ///< one, or a list of them
  list,         ///< not empty
  names,        ///< a list of texts
  schema,       ///< one more of the kind
  schema_or_no, ///< the same, or true or false
  schema_map,   ///< by name
  schema_list,  ///< not empty
  count,        ///< not negative
  number,
  positive,
  flag,
  pattern,
};

struct keyword {
  std::string_view name;
  form what;
  std::string_view must_be;
};

constexpr auto keywords = std::to_array<keyword>({
  {"type", form::type_name, "a type's name, or a list of them"},
  {"enum", form::list, "a list of values"},
  {"properties", form::schema_map, "an object of schemas"},
  {"required", form::names, "a list of names"},
  {"additionalProperties", form::schema_or_no, "true, false or a schema"},
  {"items", form::schema, "one schema"},
  {"minItems", form::count, "a whole number"},
  {"maxItems", form::count, "a whole number"},
  {"uniqueItems", form::flag, "true or false"},
  {"minProperties", form::count, "a whole number"},
  {"maxProperties", form::count, "a whole number"},
  {"minLength", form::count, "a whole number"},
  {"maxLength", form::count, "a whole number"},
  {"pattern", form::pattern, "a regular expression"},
  {"minimum", form::number, "a number"},
  {"maximum", form::number, "a number"},
  {"multipleOf", form::positive, "a number above 0"},
  {"allOf", form::schema_list, "a list of schemas"},
  {"anyOf", form::schema_list, "a list of schemas"},
  {"oneOf", form::schema_list, "a list of schemas"},
  {"not", form::schema, "one schema"},
  {"title", form::anything, ""},
  {"description", form::anything, ""},
  {"default", form::anything, ""},
  {"examples", form::anything, ""},
  {"format", form::anything, ""},
  {"$schema", form::anything, ""},
  {"$id", form::anything, ""},
  {"$comment", form::anything, ""},
});

bool is_type_name(const value& x) {
  constexpr std::array<std::string_view, 7> types{"null",   "boolean", "object",
                                                  "array",  "number",  "string",
                                                  "integer"};
  return x.IsString()
         && std::find(types.begin(), types.end(), as_text(x)) != types.end();
}

template <class F>
bool is_list(const value& x, F each) {
  return x.IsArray() && std::all_of(x.Begin(), x.End(), each);
}

bool is_pattern(const value& x) {
  constexpr std::size_t longest = 256;
  if (!x.IsString() || x.GetStringLength() > longest)
    return false;
  // RapidJSON would leave out one that it cannot read, without a word.
  return rj::internal::GenericRegex<rj::UTF8<>>{x.GetString()}.IsValid();
}

/// Whether the value of a keyword is none, but for the schemas within it.
bool is_wrong(form what, const value& x) {
  switch (what) {
    case form::anything:
      return false;
    case form::type_name:
      return !is_type_name(x) && !(is_list(x, is_type_name) && !x.Empty());
    case form::list:
    case form::schema_list:
      return !x.IsArray() || x.Empty();
    case form::names:
      return !is_list(x, [](const value& y) { return y.IsString(); });
    case form::schema:
    case form::schema_map:
      return !x.IsObject();
    case form::schema_or_no:
      return !x.IsObject() && !x.IsBool();
    case form::count:
      return !x.IsUint();
    case form::number:
      return !x.IsNumber();
    case form::positive:
      return !x.IsNumber() || !(x.GetDouble() > 0);
    case form::flag:
      return !x.IsBool();
    case form::pattern:
      return !is_pattern(x);
  }
  return true;
}

/// @returns what is wrong with a schema; empty: nothing
std::string fault(const value& schema, const std::string& path) {
  if (!schema.IsObject())
    return path + ": a schema must be an object";
  for (const auto& [key, given] : schema.GetObject()) {
    const auto name = as_text(key);
    const auto here = path + '/' + std::string{name};
    const auto* known
      = std::find_if(keywords.begin(), keywords.end(),
                     [name](const keyword& x) { return x.name == name; });
    if (known == keywords.end())
      return here + ": this keyword is not checked, so it may not be there";
    if (is_wrong(known->what, given))
      return here + ": it must be " + std::string{known->must_be};
    std::string inner;
    if (known->what == form::schema
        || (known->what == form::schema_or_no && given.IsObject()))
      inner = fault(given, here);
    else if (known->what == form::schema_map)
      for (const auto& [property, x] : given.GetObject())
        inner = inner.empty()
                  ? fault(x, here + '/' + std::string{as_text(property)})
                  : inner;
    else if (known->what == form::schema_list)
      for (const auto& x : given.GetArray())
        inner = inner.empty() ? fault(x, here) : inner;
    if (!inner.empty())
      return inner;
  }
  return {};
}

const value& value_of(const json::object& x) {
  return *static_cast<const value*>(x.raw());
}

} // namespace

struct json_schema::impl {
  // A schema keeps pointers to the names in its text, so that must stay: what
  // `json::read` gives is gone with the next text.
  explicit impl(std::string_view x) : text(parse(x)), document(text) {
  }

  static rj::Document parse(std::string_view x) {
    rj::Document result;
    result.Parse<rj::kParseIterativeFlag>(x.data(), x.size());
    return result;
  }

  rj::Document text;
  schema_document document;
};

json_schema::json_schema(std::unique_ptr<impl> x) : impl_(std::move(x)) {
}

json_schema::~json_schema() = default;

std::shared_ptr<const json_schema> json_schema::compile(std::string_view text,
                                                        std::string& error) {
  if (text.size() > max_schema_bytes || !utf8::is_valid(text)) {
    error = "a schema is UTF-8 text of at most "
            + std::to_string(max_schema_bytes) + " bytes";
    return nullptr;
  }
  auto got = json::read(text, [&error](const json::object& root) {
    const auto& schema = value_of(root);
    error = fault(schema, "");
    const auto type = schema.FindMember("type");
    if (error.empty()
        && (type == schema.MemberEnd() || !type->value.IsString()
            || as_text(type->value) != "object"))
      error = "/type: it must be \"object\", which arguments are";
    return true;
  });
  if (!got)
    error = "it is no JSON object (" + to_string(got.error()) + ")";
  else if (error.empty() && !json::has_safe_numbers(text))
    error = "it has a number with an exponent that is too long";
  if (!error.empty())
    return nullptr;
  return std::shared_ptr<const json_schema>{
    new json_schema{std::make_unique<impl>(text)}};
}

std::string json_schema::check(std::string_view text) const {
  if (text.size() > max_text_bytes)
    return "The arguments are longer than " + std::to_string(max_text_bytes)
           + " bytes.";
  if (!utf8::is_valid(text))
    return "The arguments are not UTF-8.";
  auto got = json::read(text, [this](const json::object& root) {
    validator check{impl_->document};
    value_of(root).Accept(check);
    if (check.IsValid())
      return std::string{};
    rj::StringBuffer where;
    check.GetInvalidDocumentPointer().Stringify(where);
    constexpr std::size_t longest = 200;
    std::string_view path{where.GetString(), where.GetSize()};
    std::string result = "The arguments are not valid: ";
    result += path.empty() ? "the object"
                           : "'" + std::string{utf8::cut(path, longest)} + "'";
    result += " breaks the rule '";
    result += check.GetInvalidSchemaKeyword();
    return result + "' of the schema.";
  });
  return got ? *got : "The arguments are no JSON object.";
}

} // namespace offhook::protocol
