#include "app/config.hpp"

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <caf/config_value.hpp>
#include <caf/init_global_meta_objects.hpp>
#include <caf/settings.hpp>

#include "actors/shard_scheduler.hpp"

namespace offhook::app {

namespace {

constexpr const char* default_file = "caf-application.conf";

/// `a.b.c` as CAF splits it: category `a.b`, name `c`.
std::pair<std::string, std::string> split_key(std::string_view key) {
  auto dot = key.rfind('.');
  if (dot == std::string_view::npos)
    return {"global", std::string{key}};
  return {std::string{key.substr(0, dot)}, std::string{key.substr(dot + 1)}};
}

/// A value of a configuration file as the text that stood there.
std::string to_text(const caf::config_value& x) {
  if (auto* text = caf::get_if<std::string>(&x))
    return *text;
  return caf::to_string(x);
}

/// CAF's reader takes a dot in a key for a map without its brace, and drops
/// what is behind it without a word.
/// @returns the first such key with its line; empty: there is none
std::string dotted_key(std::string_view text) {
  auto line = 1;
  auto is_name = [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '_' || c == '-';
  };
  for (std::size_t i = 0; i < text.size(); ++i) {
    auto c = text[i];
    if (c == '\n')
      ++line;
    auto close = c == '"' || c == '\'' ? c : c == '<' ? '>' : '\0';
    if (c == '#') {
      i = std::min(text.find('\n', i), text.size()) - 1;
    } else if (close != '\0') {
      for (++i; i < text.size() && text[i] != close; ++i) {
        if (text[i] == '\\' && close != '>')
          ++i;
        if (i < text.size() && text[i] == '\n')
          ++line;
      }
    } else if (is_name(static_cast<unsigned char>(c))) {
      auto end = i;
      while (
        end < text.size()
        && (is_name(static_cast<unsigned char>(text[end])) || text[end] == '.'))
        ++end;
      auto word = text.substr(i, end - i);
      // Values that begin with a letter have no dot.
      if (std::isalpha(static_cast<unsigned char>(c)) != 0
          && word.find('.') != word.npos)
        return "line " + std::to_string(line) + ": '" + std::string{word} + "'";
      i = end - 1;
    }
  }
  return {};
}

/// All leaves of a settings tree with their whole keys.
void flatten(
  const caf::settings& tree, const std::string& prefix,
  std::vector<std::pair<std::string, const caf::config_value*>>& out) {
  for (const auto& [name, value] : tree) {
    auto key = prefix.empty() ? std::string{name} : prefix + '.' + name;
    if (auto* inner = caf::get_if<caf::settings>(&value))
      flatten(*inner, key, out);
    else
      out.emplace_back(key, &value);
  }
}

} // namespace

config::config() {
  load<actors::shard_scheduler>();
  // Per-actor metrics exist only for actors that are named here.
  put(content, "caf.metrics-filters.actors.includes",
      std::vector<std::string>{"bridge", "call-supervisor", "call-registry",
                               "openai-socket", "twilio-socket", "pacer"});
}

std::string config::read(std::vector<std::string> args) {
  std::string file = default_file;
  auto explicit_file = false;
  constexpr std::string_view file_flag = "--config-file=";
  for (const auto& x : args)
    if (x.starts_with(file_flag)) {
      file = x.substr(file_flag.size());
      explicit_file = true;
    }
  if (auto error = read_file(file, explicit_file); !error.empty())
    return error;
  for (const auto& x : args)
    if (!x.starts_with(file_flag))
      if (auto error = read_argument(x); !error.empty())
        return error;
  if (auto error = values_.check_together(); !error.empty())
    return error;
  // What was checked above goes to CAF too, for its own keys and for those who
  // ask the actor system for ours.
  std::ifstream stream;
  if (std::filesystem::exists(file))
    stream.open(file);
  std::stringstream text;
  if (stream.is_open())
    text << stream.rdbuf();
  std::erase_if(args,
                [&](const std::string& x) { return x.starts_with(file_flag); });
  return hand_over(std::move(args), text);
}

std::string config::hand_over(std::vector<std::string> args,
                              std::istream& file) {
  // CAF reads its own options; ours it need not know, for they are checked, and
  // only who asks the actor system for one sees them there.
  std::erase_if(args,
                [](const std::string& x) { return !x.starts_with("--caf."); });
  if (auto error = parse(args, file))
    return "configuration refused: " + caf::to_string(error);
  for (const auto* key : {"shards", "behaviours.threads"})
    put(content, key, values_.integer(key));
  if (!remainder.empty())
    return "unexpected argument '" + remainder.front() + "'";
  return {};
}

std::string config::read_arguments(const std::vector<std::string>& args) {
  for (const auto& x : args)
    if (auto error = read_argument(x); !error.empty())
      return error;
  if (auto error = values_.check_together(); !error.empty())
    return error;
  std::stringstream nothing;
  return hand_over(args, nothing);
}

std::string config::read_file(const std::string& path, bool must_exist) {
  std::error_code ignored;
  if (!std::filesystem::is_regular_file(path, ignored))
    return must_exist ? "cannot read configuration file '" + path + "'"
                      : std::string{};
  std::stringstream text;
  text << std::ifstream{path}.rdbuf();
  if (auto where = dotted_key(text.view()); !where.empty())
    return "cannot parse configuration file '" + path + "': " + where
           + " has a dot: write http { port = 5050 } for http.port, and a name "
             "with a dot in quotes";
  auto tree = parse_config_file(path.c_str());
  if (!tree)
    return "cannot parse configuration file '" + path
           + "': " + caf::to_string(tree.error());
  std::vector<std::pair<std::string, const caf::config_value*>> leaves;
  flatten(*tree, {}, leaves);
  for (const auto& [key, value] : leaves) {
    if (key.starts_with("caf.")) {
      auto [category, name] = split_key(key);
      if (!custom_options_.qualified_name_lookup(category, name))
        return "unknown key '" + key + "' (from " + path + ")";
      continue;
    }
    if (auto error = values_.set(key, to_text(*value), path); !error.empty())
      return error;
  }
  return {};
}

std::string config::read_argument(const std::string& arg) {
  auto equals = arg.find('=');
  if (!arg.starts_with("--") || equals == std::string::npos)
    return "unexpected argument '" + arg + "': options are --key=value";
  auto key = arg.substr(2, equals - 2);
  if (key.starts_with("caf."))
    return {}; // CAF checks its own.
  return values_.set(key, arg.substr(equals + 1), "command line");
}

} // namespace offhook::app
