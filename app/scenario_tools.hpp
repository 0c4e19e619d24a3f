#pragma once

#include <cstddef>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "app/scenario.hpp"

namespace offhook::app {

/// The server that runs a scenario's functions: `/NAME` is the function of that
/// name, and what it answers stands in the file. Any thread.
class scenario_tools {
public:
  explicit scenario_tools(const scenario& from);

  /// The next answer of a function; the last one stays. 404 where there is none
  /// of that name.
  tool_answer answer(std::string_view path);

  /// Where settings of the gateway have `{{tools}}`, the origin of the server.
  static std::string fill_in(std::string text, std::string_view origin);

private:
  std::mutex mutex_;
  const std::map<std::string, std::vector<tool_answer>, std::less<>> answers_;
  std::map<std::string, std::size_t, std::less<>> given_;
};

} // namespace offhook::app
