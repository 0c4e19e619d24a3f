#include "actors/agent_profile.hpp"

namespace offhook::actors {

namespace {

std::string_view trim(std::string_view text) {
  auto first = text.find_first_not_of(' ');
  if (first == std::string_view::npos)
    return {};
  return text.substr(first, text.find_last_not_of(' ') - first + 1);
}

} // namespace

std::string fill_in(std::string_view text,
                    const std::map<std::string, std::string>& values) {
  std::string result;
  while (!text.empty()) {
    auto open = text.find("{{");
    auto close = open == std::string_view::npos ? open
                                                : text.find("}}", open + 2);
    if (close == std::string_view::npos)
      return result.append(text);
    auto name = trim(text.substr(open + 2, close - open - 2));
    auto value = values.find(std::string{name});
    if (value == values.end())
      result.append(text.substr(0, close + 2));
    else
      result.append(text.substr(0, open)).append(value->second);
    text.remove_prefix(close + 2);
  }
  return result;
}

agent_ptr for_call(const agent_ptr& agent,
                   const std::map<std::string, std::string>& values) {
  if (agent->session.instructions.find("{{") == std::string::npos
      && agent->greeting.find("{{") == std::string::npos)
    return agent;
  auto result = std::make_shared<agent_profile>(*agent);
  result->session.instructions = fill_in(agent->session.instructions, values);
  result->greeting = fill_in(agent->greeting, values);
  return result;
}

} // namespace offhook::actors
