#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace offhook::protocol {

/// The JSON Schema of a function's arguments. Any thread; never changed.
///
/// It knows what is checked, and refuses what it would only pretend to check:
/// `type`, `enum`, `properties`, `required`, `additionalProperties`, `items`,
/// `minItems`, `maxItems`, `uniqueItems`, `minProperties`, `maxProperties`,
/// `minLength`, `maxLength`, `pattern`, `minimum`, `maximum`, `multipleOf`,
/// `allOf`, `anyOf`, `oneOf`, `not`. Of the rest only what says nothing about
/// validity may be there: `title`, `description`, `default`, `examples`,
/// `format`, `$schema`, `$id`, `$comment`.
class json_schema {
public:
  static constexpr std::size_t max_schema_bytes = std::size_t{32} * 1024;
  static constexpr std::size_t max_text_bytes = std::size_t{32} * 1024;

  /// @param error set where the result is null: what is wrong, and where in the
  ///        schema
  static std::shared_ptr<const json_schema> compile(std::string_view text,
                                                    std::string& error);

  ~json_schema();
  json_schema(const json_schema&) = delete;
  json_schema& operator=(const json_schema&) = delete;

  /// Whether `text` is a JSON object as the schema has it.
  /// @returns what is wrong, in a sentence for the model; empty: nothing
  std::string check(std::string_view text) const;

private:
  struct impl;
  explicit json_schema(std::unique_ptr<impl> x);

  std::unique_ptr<impl> impl_;
};

} // namespace offhook::protocol
