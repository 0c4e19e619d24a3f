#define CAF_SUITE protocol.json_schema

#include "protocol/json_schema.hpp"

#include "caf/test/dsl.hpp"

#include <string>

using offhook::protocol::json_schema;

namespace {

const std::string order = R"({
  "type": "object",
  "properties": {
    "number": {"type": "string", "pattern": "^[A-Z]{2}[0-9]+$"},
    "count": {"type": "integer", "minimum": -5, "maximum": 10},
    "tags": {"type": "array", "items": {"type": "string"}, "maxItems": 2},
    "kind": {"enum": ["new", "old"], "description": "Which one."}
  },
  "required": ["number"],
  "additionalProperties": false
})";

std::shared_ptr<const json_schema> compiled(const std::string& text) {
  std::string error;
  auto result = json_schema::compile(text, error);
  CAF_CHECK_EQUAL(error, "");
  CAF_REQUIRE(result != nullptr);
  return result;
}

std::string error_of(const std::string& text) {
  std::string error;
  CAF_CHECK(json_schema::compile(text, error) == nullptr);
  return error;
}

std::string nested(std::size_t depth) {
  return R"({"type":"object","properties":{"a":)" + std::string(depth, '[')
         + std::string(depth, ']') + "}}";
}

} // namespace

CAF_TEST(arguments as the schema has them) {
  auto schema = compiled(order);
  for (auto text :
       {R"({"number":"AB1"})", R"({"number":"AB1","count":-5})",
        R"({"number":"AB1","count":3.0,"kind":"old"})",
        R"({"number":"AB1","tags":["a","b"]})", R"( { "number" : "XY99" } )"})
    CAF_CHECK_EQUAL(schema->check(text), "");
}

CAF_TEST(arguments that break a rule are told which) {
  auto schema = compiled(order);
  const std::pair<const char*, const char*> cases[] = {
    {R"({})", "the object breaks the rule 'required'"},
    {R"({"number":1})", "'/number' breaks the rule 'type'"},
    {R"({"number":"ab1"})", "'/number' breaks the rule 'pattern'"},
    {R"({"number":"AB1","count":-6})", "'/count' breaks the rule 'minimum'"},
    {R"({"number":"AB1","count":11})", "'/count' breaks the rule 'maximum'"},
    {R"({"number":"AB1","count":1.5})", "'/count' breaks the rule 'type'"},
    {R"({"number":"AB1","tags":["a",1]})", "'/tags/1' breaks the rule 'type'"},
    {R"({"number":"AB1","tags":["a","b","c"]})",
     "'/tags' breaks the rule 'maxItems'"},
    {R"({"number":"AB1","kind":"x"})", "'/kind' breaks the rule 'enum'"},
    {R"({"number":"AB1","more":1})",
     "'/more' breaks the rule 'additionalProperties'"},
  };
  for (const auto& [text, why] : cases) {
    CAF_MESSAGE(text);
    CAF_CHECK_NOT_EQUAL(schema->check(text).find(why), std::string::npos);
  }
}

CAF_TEST(arguments that are none) {
  auto schema = compiled(R"({"type":"object"})");
  for (const std::string& text :
       {std::string{}, std::string{"{"}, std::string{"[]"}, std::string{"1"},
        std::string{"{} {}"}, std::string{R"({"a":"\ud800"})"},
        std::string{"{\"a\":\"\xff\"}"},
        R"({"a":)" + std::string(5000, '[') + std::string(5000, ']') + "}",
        R"({"a":")" + std::string(40'000, 'a') + "\"}"})
    CAF_CHECK(!schema->check(text).empty());
  // A number beyond every type neither crashes nor passes as one.
  auto numbers
    = compiled(R"({"type":"object","properties":{"a":{"type":"integer"}}})");
  CAF_CHECK(!numbers->check(R"({"a":1e99999999999})").empty());
  CAF_CHECK(!numbers->check(R"({"a":-1e-99999999999})").empty());
}

CAF_TEST(a schema that is none says where) {
  CAF_CHECK(error_of("").starts_with("it is no JSON object"));
  CAF_CHECK(error_of("[]").starts_with("it is no JSON object"));
  CAF_CHECK(error_of(R"({"type":"object")").starts_with("it is no JSON"));
  const std::pair<const char*, const char*> cases[] = {
    {R"({})", "/type: "},
    {R"({"type":"string"})", "/type: "},
    {R"({"type":"objekt"})", "/type: it must be a type's name"},
    {R"({"type":"object","properties":[]})", "/properties: "},
    {R"({"type":"object","properties":{"a":{"type":"text"}}})",
     "/properties/a/type: "},
    {R"({"type":"object","properties":{"a":1}})", "/properties/a: "},
    {R"({"type":"object","required":"a"})", "/required: "},
    {R"({"type":"object","required":[1]})", "/required: "},
    {R"({"type":"object","additionalProperties":1})",
     "/additionalProperties: "},
    {R"({"type":"object","minProperties":-1})", "/minProperties: "},
    {R"({"type":"object","properties":{"a":{"pattern":"["}}})",
     "/properties/a/pattern: "},
    {R"({"type":"object","properties":{"a":{"enum":[]}}})",
     "/properties/a/enum: "},
    {R"({"type":"object","properties":{"a":{"multipleOf":0}}})",
     "/properties/a/multipleOf: "},
    {R"({"type":"object","anyOf":[{"type":"objekt"}]})", "/anyOf/type: "},
    // What RapidJSON would pass over.
    {R"({"type":"object","properties":{"a":{"const":1}}})",
     "/properties/a/const: this keyword is not checked"},
    {R"({"type":"object","properties":{"a":{"$ref":"#"}}})",
     "/properties/a/$ref: "},
    {R"({"type":"object","if":{}})", "/if: "},
  };
  for (const auto& [text, why] : cases) {
    CAF_MESSAGE(text);
    CAF_CHECK_EQUAL(error_of(text).substr(0, std::string{why}.size()), why);
  }
  CAF_CHECK(!error_of(nested(100)).empty());
  CAF_CHECK(!error_of(std::string(40'000, ' ') + order).empty());
}
