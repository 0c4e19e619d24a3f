#pragma once

#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "app/settings.hpp"

/// What several readers of the configuration need.
namespace offhook::app {

/// `a, b` as its parts, without the spaces around them and without empty ones.
std::vector<std::string> read_list(std::string_view text, char comma = ',');

/// One entry `NAME=VALUE` of a list.
struct list_pair {
  std::string text;  ///< all of it, for messages
  std::string name;  ///< all of it where there is no `=`
  std::string value; ///< empty where there is no `=`
};

/// `a=1, b=2` likewise.
std::vector<list_pair> read_pairs(std::string_view text);

/// The text file that a key names.
/// @throws std::runtime_error naming the key and the file
std::string read_text_file(const settings& from, const std::string& key);

/// A value that is no name of something there is.
std::runtime_error bad_name(const settings& from, const std::string& key,
                            const std::string& value,
                            const std::vector<std::string>& allowed);

/// An entry of a value's list, or all of it, that is wrong in its own way.
std::runtime_error bad_entry(const settings& from, const std::string& key,
                             const std::string& entry,
                             const std::string& must_be);

/// The same of a value that is not to be shown.
std::runtime_error bad_value(const settings& from, const std::string& key,
                             const std::string& must_be);

} // namespace offhook::app
