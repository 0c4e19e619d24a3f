#include "app/read_values.hpp"

#include <fstream>
#include <sstream>

namespace offhook::app {

namespace {

// What a model can be told at once is some 16,000 tokens.
constexpr std::size_t max_text_file = std::size_t{64} * 1024;

} // namespace

std::string read_text_file(const settings& from, const std::string& key) {
  const auto& path = from.text(key);
  std::ifstream file{path};
  std::stringstream text;
  if (!file || !(text << file.rdbuf()) || text.view().size() > max_text_file)
    throw std::runtime_error{"cannot read '" + path + "', which key '" + key
                             + "' (from " + from.origin(key)
                             + ") names: it must be a text file of at most "
                             + std::to_string(max_text_file) + " bytes"};
  return text.str();
}

std::runtime_error bad_name(const settings& from, const std::string& key,
                            const std::string& value,
                            const std::vector<std::string>& allowed) {
  std::string error = "bad value '" + value + "' for key '" + key + "' (from "
                      + from.origin(key) + "): it must be of";
  for (const auto& x : allowed)
    error += ' ' + x;
  return std::runtime_error{error};
}

std::runtime_error bad_value(const settings& from, const std::string& key,
                             const std::string& must_be) {
  return std::runtime_error{"bad value for key '" + key + "' (from "
                            + from.origin(key) + "): " + must_be};
}

} // namespace offhook::app
