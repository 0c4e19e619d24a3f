#include "app/scenario_tools.hpp"

#include <algorithm>

namespace offhook::app {

scenario_tools::scenario_tools(const scenario& from) : answers_(from.tools) {
  // nop
}

tool_answer scenario_tools::answer(std::string_view path) {
  std::lock_guard guard{mutex_};
  const auto name = path.substr(std::min<std::size_t>(1, path.size()));
  const auto at = answers_.find(name);
  if (at == answers_.end())
    return {404, R"({"error":"no such function"})", 0};
  auto& n = given_[std::string{name}];
  const auto& list = at->second;
  return list[std::min(n++, list.size() - 1)];
}

std::string scenario_tools::fill_in(std::string text, std::string_view origin) {
  constexpr std::string_view placeholder = "{{tools}}";
  for (auto at = text.find(placeholder); at != std::string::npos;
       at = text.find(placeholder, at + origin.size()))
    text.replace(at, placeholder.size(), origin);
  return text;
}

} // namespace offhook::app
