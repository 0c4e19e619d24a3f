#include "app/lists.hpp"

namespace offhook::app {

namespace {

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

} // namespace offhook::app
