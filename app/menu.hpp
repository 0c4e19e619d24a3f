#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "app/settings.hpp"
#include "protocol/twiml.hpp"

namespace offhook::app {

/// One agent that a caller can choose.
struct menu_choice {
  std::string keys; ///< 0-9 and *
  std::string agent;
  std::vector<std::string> words; ///< lower case, single blanks in between
};

/// What the configuration says of the menu.
struct menu_rules {
  bool enabled = false; ///< `/incoming-call` begins with it
  std::vector<menu_choice> choices;
  std::string input = "dtmf"; ///< as `<Gather input>`
  std::string prompt;
  std::string invalid;
  std::string language;
  std::uint32_t timeout_s = 5;
  std::uint32_t repeats = 2;
  std::string otherwise; ///< agent where none was chosen; empty: hang up
  std::string farewell;
};

/// Which agent a caller wants, asked before any session is opened: the TwiML
/// that asks, and what an answer means. It remembers nothing; the number of the
/// attempt travels in the URL.
class menu {
public:
  menu() = default;

  explicit menu(menu_rules rules) : rules_(std::move(rules)) {
  }

  const menu_rules& rules() const noexcept {
    return rules_;
  }

  /// Whether there is anything to choose from.
  bool available() const noexcept {
    return !rules_.choices.empty();
  }

  /// The agent that was chosen; empty: none, or more than one was named.
  std::string choose(std::string_view keys, std::string_view speech) const;

  /// The number of the attempt that a query tells: 0 before the first one, and
  /// the last one where the query says what we never said.
  std::uint32_t attempt_of(std::string_view query_value) const;

  /// Whether the prompt may be said again after this attempt.
  bool may_repeat(std::uint32_t attempt) const noexcept {
    return attempt <= rules_.repeats;
  }

  /// The document that asks for the attempt behind `attempt`.
  /// @param url of the menu, without a query
  /// @param invalid whether something was entered that is no choice
  std::vector<protocol::twiml::element>
  ask(const std::string& url, std::uint32_t attempt, bool invalid) const;

private:
  std::uint32_t num_digits() const;
  std::string hints() const;

  menu_rules rules_;
};

/// @param agents the names that may be chosen, beside `default`
/// @throws std::runtime_error, which names the key, where the keys do not go
///         together
menu_rules read_menu(const settings& from,
                     const std::vector<std::string>& agents);

} // namespace offhook::app
