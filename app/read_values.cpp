#include "app/read_values.hpp"

#include <fstream>
#include <sstream>

namespace offhook::app {

namespace {

// What a model can be told at once is some 16,000 tokens.
constexpr std::size_t max_text_file = std::size_t{64} * 1024;

std::string trim(std::string_view text) {
  const auto first = text.find_first_not_of(' ');
  if (first == std::string_view::npos)
    return {};
  return std::string{
    text.substr(first, text.find_last_not_of(' ') - first + 1)};
}

} // namespace

std::vector<std::string> read_list(std::string_view text, char comma) {
  std::vector<std::string> result;
  while (!text.empty()) {
    const auto end = text.find(comma);
    if (auto entry = trim(text.substr(0, end)); !entry.empty())
      result.push_back(std::move(entry));
    text.remove_prefix(end == text.npos ? text.size() : end + 1);
  }
  return result;
}

std::vector<list_pair> read_pairs(std::string_view text) {
  std::vector<list_pair> result;
  for (auto& entry : read_list(text)) {
    const auto equals = entry.find('=');
    list_pair x{{}, trim(std::string_view{entry}.substr(0, equals)), {}};
    if (equals != entry.npos)
      x.value = trim(std::string_view{entry}.substr(equals + 1));
    x.text = std::move(entry);
    result.push_back(std::move(x));
  }
  return result;
}

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

std::runtime_error bad_entry(const settings& from, const std::string& key,
                             const std::string& entry,
                             const std::string& must_be) {
  return std::runtime_error{"bad value '" + entry + "' for key '" + key
                            + "' (from " + from.origin(key) + "): it must be "
                            + must_be};
}

std::runtime_error bad_value(const settings& from, const std::string& key,
                             const std::string& must_be) {
  return std::runtime_error{"bad value for key '" + key + "' (from "
                            + from.origin(key) + "): " + must_be};
}

} // namespace offhook::app
