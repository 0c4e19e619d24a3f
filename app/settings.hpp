#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace offhook::app {

/// What a key's value may be.
enum class value_kind : std::uint8_t {
  text,
  integer,
  real,
  duration,
  choice,
  boolean,    ///< true or false
  ip_address, ///< v4 or v6, without brackets, or `localhost`
  origin,     ///< `https://host[:port]` or empty: no path, no query
  ws_url,     ///< `ws://` or `wss://`, or empty
  http_url,   ///< `http://` or `https://`, or empty
};

/// One key of the configuration: everything that is known about it, once.
struct setting {
  /// A `*` stands for a name that the configuration chooses, such as that of an
  /// agent: `agents.*.voice`.
  std::string_view key;
  value_kind kind = value_kind::text;
  std::string_view default_value;
  double min = 0; ///< of numbers; of durations in milliseconds
  double max = 0;
  std::vector<std::string_view> choices;
  std::string_view help; ///< one sentence, with the unit
};

/// All keys of ours, in the order of the documentation.
std::span<const setting> all_settings();

/// @returns the setting whose key or pattern `key` is; null: there is none
const setting* find_setting(std::string_view key);

/// A pattern's key for one name; a key without a `*` is that key.
std::string key_for(const setting& x, std::string_view name);

/// What a value of this key may be, for people: `an integer from 0 to 65535`.
std::string allowed(const setting& x);

/// @returns an error text, or an empty one where `text` is a value of `x`
std::string check_value(const setting& x, std::string_view text);

/// The values of all keys, each checked and from somewhere.
class settings {
public:
  /// All defaults.
  settings();

  /// @param origin where the value came from, for messages
  /// @returns an error text naming key, value, what is allowed and the origin;
  ///          empty: taken
  std::string set(std::string_view key, std::string_view value,
                  std::string_view origin);

  /// What no single value can show.
  /// @returns an error text as `set` gives it; empty: the values go together
  std::string check_together() const;

  bool is_default(std::string_view key) const;
  /// The names that were chosen in a group such as `agents`, sorted.
  std::vector<std::string> names(std::string_view group) const;

  /// Of a named group: what is not set for a name is as for the name `default`.
  const std::string& text(std::string_view key) const;
  std::int64_t integer(std::string_view key) const;
  double real(std::string_view key) const;
  bool flag(std::string_view key) const;
  std::int64_t milliseconds(std::string_view key) const;

  /// Where the value came from: `default`, a file's name, `command line`.
  const std::string& origin(std::string_view key) const;

private:
  struct entry {
    std::string value;
    std::string origin;
  };

  const entry& at(std::string_view key) const;

  std::map<std::string, entry, std::less<>> values_;   ///< all that were set
  std::map<std::string, entry, std::less<>> defaults_; ///< by key or pattern
};

} // namespace offhook::app
