#pragma once

#include <map>
#include <string>
#include <string_view>

namespace offhook::app {

/// Values that come from the environment or from a `.env` file in the working
/// directory (the environment wins), and that never reach a log, a metric, an
/// error or a page.
struct secrets {
  std::string openai_api_key;
  std::string twilio_account_sid;
  std::string twilio_auth_token;
  std::string api_token;
  std::string fleet_key;
  std::string tool_secret; ///< signs what functions are asked with

  /// `OFFHOOK_MCP_NAME_AUTHORIZATION`, by its whole name.
  std::map<std::string, std::string> mcp_authorizations;

  /// What an MCP server is to be told of us, such as a token: that of the
  /// server's name in capitals, with `_` for `-`. Empty: none
  std::string mcp_authorization(std::string_view server) const;

  /// @param env_file read if it exists
  /// @param error set where the file has a line that is no `NAME=value`; names
  ///        the line's number, never its text
  static secrets load(const std::string& env_file, std::string& error);
};

/// `NAME=value` lines; `#` comments, blank lines, `export `, and values in
/// single or double quotes.
std::map<std::string, std::string> parse_dotenv(std::string_view text,
                                                std::string& error);

} // namespace offhook::app
