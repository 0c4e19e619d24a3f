#pragma once

#include <stdexcept>
#include <string>
#include <vector>

#include "app/lists.hpp"
#include "app/settings.hpp"

/// What several readers of the configuration need.
namespace offhook::app {

/// The text file that a key names.
/// @throws std::runtime_error naming the key and the file
std::string read_text_file(const settings& from, const std::string& key);

/// A value that is no name of something there is.
std::runtime_error bad_name(const settings& from, const std::string& key,
                            const std::string& value,
                            const std::vector<std::string>& allowed);

/// A value that is wrong in its own way.
std::runtime_error bad_value(const settings& from, const std::string& key,
                             const std::string& must_be);

} // namespace offhook::app
