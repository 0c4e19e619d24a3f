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
