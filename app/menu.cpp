#include "app/menu.hpp"

#include <algorithm>
#include <charconv>
#include <stdexcept>

#include "app/read_values.hpp"

namespace twiml = offhook::protocol::twiml;

namespace offhook::app {

namespace {

constexpr std::size_t max_keys = 8;

// What people say into a menu is short; a longer transcript is cut.
constexpr std::size_t max_speech = 1024;

// As the API bounds them.
constexpr std::size_t max_hints = 100;

/// Words with single blanks around each of them: what stands between letters
/// and digits divides, and what is no ASCII is a letter.
std::string normalize(std::string_view text) {
  std::string result{" "};
  for (unsigned char c : text.substr(0, max_speech)) {
    auto is_upper = c >= 'A' && c <= 'Z';
    auto is_word = is_upper || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')
                   || c == '*' || c >= 0x80;
    if (is_word)
      result += static_cast<char>(is_upper ? c - 'A' + 'a' : c);
    else if (result.back() != ' ')
      result += ' ';
  }
  if (result.back() != ' ')
    result += ' ';
  return result;
}

bool says(const std::string& speech, std::string_view words) {
  return words.find_first_not_of(' ') != std::string_view::npos
         && speech.find(words) != std::string::npos;
}

} // namespace

std::string menu::choose(std::string_view keys, std::string_view speech) const {
  if (!keys.empty()) {
    for (const auto& x : rules_.choices)
      if (x.keys == keys)
        return x.agent;
    return {};
  }
  const auto said = normalize(speech);
  std::string result;
  for (const auto& x : rules_.choices) {
    auto meant = says(said, normalize(x.keys)) || says(said, normalize(x.agent))
                 || std::any_of(x.words.begin(), x.words.end(),
                                [&said](const std::string& word) {
                                  return says(said, normalize(word));
                                });
    if (!meant || x.agent == result)
      continue;
    if (!result.empty())
      return {}; // Who names two has not chosen.
    result = x.agent;
  }
  return result;
}

std::uint32_t menu::attempt_of(std::string_view query_value) const {
  const auto last = rules_.repeats + 1;
  if (query_value.empty())
    return 0;
  std::uint32_t result = 0;
  auto [end, error] = std::from_chars(query_value.data(),
                                      query_value.data() + query_value.size(),
                                      result);
  auto whole = error == std::errc{}
               && end == query_value.data() + query_value.size();
  return whole && result >= 1 && result <= last ? result : last;
}

std::vector<twiml::element>
menu::ask(const std::string& url, std::uint32_t attempt, bool invalid) const {
  const auto next = url + "?attempt=" + std::to_string(attempt + 1);
  twiml::gather_options options;
  options.input = rules_.input;
  options.action = next;
  options.timeout_s = rules_.timeout_s;
  options.num_digits = num_digits();
  options.language = rules_.language;
  if (rules_.input != "dtmf")
    options.hints = hints();
  auto text = invalid && !rules_.invalid.empty()
                ? rules_.invalid + ' ' + rules_.prompt
                : rules_.prompt;
  return {twiml::gather(options, twiml::say(text, rules_.language)),
          twiml::redirect(next)};
}

std::uint32_t menu::num_digits() const {
  // Only where all are of one length is the last key known to be the last.
  const auto length = rules_.choices.empty() ? 0
                                             : rules_.choices[0].keys.size();
  auto same = std::all_of(rules_.choices.begin(), rules_.choices.end(),
                          [length](const menu_choice& x) {
                            return x.keys.size() == length;
                          });
  return same && rules_.input != "speech" ? static_cast<std::uint32_t>(length)
                                          : 0;
}

std::string menu::hints() const {
  std::string result;
  std::size_t count = 0;
  auto add = [&](const std::string& word) {
    if (count++ < max_hints)
      result.append(result.empty() ? "" : ",").append(word);
  };
  for (const auto& x : rules_.choices) {
    add(x.agent);
    for (const auto& word : x.words)
      add(word);
  }
  return result;
}

// -- configuration ------------------------------------------------------------

namespace {

std::string names_of(const std::vector<std::string>& agents) {
  std::string result;
  for (const auto& x : agents)
    result.append(result.empty() ? "" : " ").append(x);
  return result;
}

void read_choices(const settings& from, const std::vector<std::string>& agents,
                  menu_rules& result) {
  const std::string key = "menu.choices";
  for (const auto& x : read_pairs(from.text(key))) {
    if (x.name.empty() || x.name.size() > max_keys
        || x.name.find_first_not_of("0123456789*") != std::string::npos)
      throw bad_entry(from, key, x.text,
                      "KEYS=AGENT, with one to " + std::to_string(max_keys)
                        + " keys of 0-9 and *");
    if (std::find(agents.begin(), agents.end(), x.value) == agents.end())
      throw bad_entry(from, key, x.text,
                      "KEYS=AGENT, with an agent of: " + names_of(agents));
    for (const auto& other : result.choices)
      if (other.keys == x.name)
        throw bad_entry(from, key, x.text, "the only choice with these keys");
    result.choices.push_back({x.name, x.value, {}});
  }
}

void read_words(const settings& from, menu_rules& result) {
  const std::string key = "menu.words";
  for (const auto& x : read_pairs(from.text(key))) {
    auto at = std::find_if(result.choices.begin(), result.choices.end(),
                           [&x](const menu_choice& choice) {
                             return choice.agent == x.name;
                           });
    auto words = read_list(x.value, '|');
    if (at == result.choices.end() || words.empty())
      throw bad_entry(from, key, x.text,
                      "AGENT=WORD|WORD..., with an agent of menu.choices");
    at->words.insert(at->words.end(), words.begin(), words.end());
  }
}

} // namespace

menu_rules read_menu(const settings& from,
                     const std::vector<std::string>& names) {
  auto agents = names;
  if (std::find(agents.begin(), agents.end(), "default") == agents.end())
    agents.insert(agents.begin(), "default");
  menu_rules result;
  result.enabled = from.flag("menu.enabled");
  read_choices(from, agents, result);
  read_words(from, result);
  if (result.enabled && result.choices.empty())
    throw bad_entry(from, "menu.choices", from.text("menu.choices"),
                    "one choice or more, since menu.enabled is true (from "
                      + from.origin("menu.enabled") + ")");
  const auto& input = from.text("menu.input");
  result.input = input == "speech" ? "speech"
                 : input == "both" ? "dtmf speech"
                                   : "dtmf";
  result.prompt = from.text("menu.prompt");
  result.invalid = from.text("menu.invalid");
  result.language = from.text("menu.language");
  result.timeout_s = static_cast<std::uint32_t>(
    (from.milliseconds("menu.timeout") + 999) / 1000);
  result.repeats = static_cast<std::uint32_t>(from.integer("menu.repeats"));
  result.otherwise = from.text("menu.otherwise");
  if (!result.otherwise.empty()
      && std::find(agents.begin(), agents.end(), result.otherwise)
           == agents.end())
    throw bad_entry(from, "menu.otherwise", result.otherwise,
                    "empty, or an agent of: " + names_of(agents));
  result.farewell = from.text("menu.farewell");
  return result;
}

} // namespace offhook::app
