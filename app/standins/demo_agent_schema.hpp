#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "app/standins/demo_agent_json.hpp"

/// Rules for JSON values, put together from small ones. The service refuses a
/// whole event for one wrong field, and so do these.
namespace offhook::app::standins::schema {

/// The first thing wrong with an event, in the words of an `error` event.
struct violation {
  std::string code;
  std::string message;
  std::string param; ///< path such as `session.audio.input`; may be empty
};

/// @returns nothing where `x`, found at `path`, is as it must be.
using rule = std::function<std::optional<violation>(const json::value& x,
                                                    const std::string& path)>;

/// One member of an object.
struct field {
  std::string name;
  rule check;
  bool required = false;
};

violation missing(const std::string& path);
violation unknown(const std::string& path);
violation wrong_type(const std::string& path, std::string_view expected);
violation wrong_value(const std::string& path, std::string_view why);

inline constexpr std::size_t any_length
  = std::numeric_limits<std::size_t>::max();

rule anything();
rule boolean();
rule null();

/// Lengths are in characters.
rule text(std::size_t max_length = any_length, std::size_t min_length = 0);
rule one_of(std::vector<std::string> choices);
rule integer(std::int64_t low, std::int64_t high);
rule number(double low, double high);
rule list(rule element, std::size_t max_size = any_length);

/// An object with these members and no others.
rule object(std::vector<field> fields);

/// An object with any members.
rule any_object();

/// An object of any names to values of one kind.
rule map_of(rule element, std::size_t max_size, std::size_t max_name_length);

/// An object whose member `tag` says which rule the whole object follows.
rule tagged(std::string tag, std::vector<std::pair<std::string, rule>> kinds);

/// Null, or what `x` says.
rule nullable(rule x);

/// A string as `of_text` says, or anything else as `otherwise` says.
rule text_or(rule of_text, rule otherwise);

/// Both, the first one first.
rule both(rule first, rule second);

} // namespace offhook::app::standins::schema
