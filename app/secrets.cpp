#include "app/secrets.hpp"

#include <cctype>
#include <cstdlib>
#include <fstream>
#include <optional>
#include <sstream>

#include <unistd.h>

namespace offhook::app {

namespace {

constexpr std::string_view mcp_prefix = "OFFHOOK_MCP_";
constexpr std::string_view mcp_suffix = "_AUTHORIZATION";

std::string_view trim(std::string_view text) {
  auto first = text.find_first_not_of(" \t\r");
  if (first == std::string_view::npos)
    return {};
  return text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

bool is_name(std::string_view text) {
  if (text.empty() || (text[0] >= '0' && text[0] <= '9'))
    return false;
  for (auto c : text)
    if (!(c == '_' || (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z')
          || (c >= 'a' && c <= 'z')))
      return false;
  return true;
}

/// The value behind `NAME=`: with or without quotes, a comment behind it.
/// @returns nothing where it is neither
std::optional<std::string_view> value_of(std::string_view text) {
  auto value = trim(text);
  if (!value.empty() && (value.front() == '"' || value.front() == '\'')) {
    auto close = value.find(value.front(), 1);
    if (close == std::string_view::npos)
      return std::nullopt;
    auto rest = value.substr(close + 1);
    if (!trim(rest).empty()
        && ((rest.front() != ' ' && rest.front() != '\t')
            || trim(rest).front() != '#'))
      return std::nullopt;
    return value.substr(1, close - 1);
  }
  // A comment needs a space before it: a secret may well hold a `#`. Without a
  // value there is nothing but the comment, which must not become one.
  for (std::size_t at = text.find('#'); at != std::string_view::npos;
       at = text.find('#', at + 1))
    if (at > 0 && (text[at - 1] == ' ' || text[at - 1] == '\t'))
      return trim(text.substr(0, at));
  return value;
}

} // namespace

std::map<std::string, std::string> parse_dotenv(std::string_view text,
                                                std::string& error) {
  std::map<std::string, std::string> result;
  auto number = 0;
  while (!text.empty()) {
    auto end = text.find('\n');
    auto line = trim(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    ++number;
    if (line.empty() || line.front() == '#')
      continue;
    if (line.starts_with("export "))
      line = trim(line.substr(7));
    auto equals = line.find('=');
    auto name = trim(line.substr(0, equals));
    if (equals == std::string_view::npos || !is_name(name)) {
      error = "line " + std::to_string(number) + " is no NAME=value";
      return {};
    }
    auto value = value_of(line.substr(equals + 1));
    if (!value) {
      // Without the text: it may be a secret.
      error = "line " + std::to_string(number) + ": the value of "
              + std::string{name} + " has a quote without its pair";
      return {};
    }
    result[std::string{name}] = *value;
  }
  return result;
}

secrets secrets::load(const std::string& env_file, std::string& error) {
  std::map<std::string, std::string> file;
  if (std::ifstream stream{env_file}) {
    std::stringstream text;
    text << stream.rdbuf();
    file = parse_dotenv(text.str(), error);
    if (!error.empty())
      error = env_file + ": " + error;
  }
  auto get = [&file](const char* name) -> std::string {
    if (const auto* value = std::getenv(name))
      return value;
    auto at = file.find(name);
    return at == file.end() ? std::string{} : at->second;
  };
  secrets result;
  result.openai_api_key = get("OPENAI_API_KEY");
  result.twilio_account_sid = get("TWILIO_ACCOUNT_SID");
  result.twilio_auth_token = get("TWILIO_AUTH_TOKEN");
  result.api_token = get("OFFHOOK_API_TOKEN");
  result.fleet_key = get("OFFHOOK_FLEET_KEY");
  result.tool_secret = get("OFFHOOK_TOOL_SECRET");
  auto add_mcp = [&result](std::string_view name, std::string_view value) {
    if (name.starts_with(mcp_prefix) && name.ends_with(mcp_suffix))
      result.mcp_authorizations.insert_or_assign(std::string{name},
                                                 std::string{value});
  };
  for (const auto& [name, value] : file)
    add_mcp(name, value);
  for (char** x = environ; *x != nullptr; ++x) {
    std::string_view entry{*x};
    if (auto equals = entry.find('='); equals != std::string_view::npos)
      add_mcp(entry.substr(0, equals), entry.substr(equals + 1));
  }
  return result;
}

std::string secrets::mcp_authorization(std::string_view server) const {
  std::string name{mcp_prefix};
  for (unsigned char c : server)
    name += c == '-' ? '_' : static_cast<char>(std::toupper(c));
  name += mcp_suffix;
  auto at = mcp_authorizations.find(name);
  return at == mcp_authorizations.end() ? std::string{} : at->second;
}

} // namespace offhook::app
