#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <rapidjson/document.h>

/// How scenarios read JSON that a person wrote: every value has its bounds, and
/// what is wrong is told with its place and what is allowed there.
namespace offhook::app {

/// Such as `call.json: /caller/2/hear must be an integer from 1 to 120000`.
struct scenario_error : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// One value of a document that outlives it, and where it stands. All members
/// that read throw `scenario_error`.
class json_place {
public:
  json_place(const rapidjson::Value& value, std::string file,
             std::string pointer);

  /// Throws: this place `must` be something else, such as `be a list`.
  [[noreturn]] void fail(const std::string& must) const;

  /// Valid UTF-8 without control characters, of `min` to `max` bytes.
  std::string text(std::size_t max = 4'000, std::size_t min = 0) const;

  /// One of `allowed`.
  std::string choice(std::initializer_list<std::string_view> allowed) const;

  std::int64_t integer(std::int64_t min, std::int64_t max) const;

  std::uint32_t milliseconds(std::uint32_t max = 120'000) const {
    return static_cast<std::uint32_t>(integer(0, max));
  }

  /// Two integers, the first not above the second.
  std::pair<std::int64_t, std::int64_t> range(std::int64_t min,
                                              std::int64_t max) const;

  /// `true`, or `false` where that is allowed.
  bool flag() const;
  void truth() const;

  /// The entries of a list of at most `max`.
  std::vector<json_place> entries(std::size_t max) const;

  /// The fields of an object of at most `max`, whatever their names.
  std::vector<std::pair<std::string, json_place>>
  members(std::size_t max) const;

  bool is_text() const noexcept {
    return value_->IsString();
  }

  /// An object as JSON text, of at most `max` bytes.
  std::string object_text(std::size_t max) const;

private:
  friend class json_fields;

  json_place below(std::string_view name, const rapidjson::Value& value) const;

  const rapidjson::Value* value_;
  std::string file_;
  std::string pointer_; // RFC 6901
};

/// The fields of one object with names that are known. Whoever has asked for
/// all that may be there calls `done`, which refuses the rest.
class json_fields {
public:
  explicit json_fields(json_place object);

  std::optional<json_place> find(std::string_view name);
  json_place need(std::string_view name);

  /// The one field of these that must be there, and no other of them.
  std::pair<std::string, json_place>
  one_of(std::initializer_list<std::string_view> names);

  /// @throws scenario_error where a field is none that was asked for
  void done() const;

private:
  json_place object_;
  std::set<std::string, std::less<>> asked_;
};

/// Parses a document: at most 256 KiB and 16 levels, no field twice.
/// @throws scenario_error with line and column where it is no JSON
rapidjson::Document parse_scenario_json(std::string_view text,
                                        const std::string& file);

} // namespace offhook::app
