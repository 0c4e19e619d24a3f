#pragma once

#include <string>
#include <string_view>
#include <vector>

/// Lists within one value of the configuration.
namespace offhook::app {

/// What stands between the commas, without the blanks around it; nothing for
/// empty entries.
std::vector<std::string> read_list(std::string_view text, char comma = ',');

/// One entry `NAME=VALUE` of a list.
struct list_pair {
  std::string text;  ///< all of it, for messages
  std::string name;  ///< all of it where there is no `=`
  std::string value; ///< empty where there is no `=`
};

std::vector<list_pair> read_pairs(std::string_view text);

} // namespace offhook::app
