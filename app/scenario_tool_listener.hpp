#pragma once

#include <string>

#include "app/scenario_tools.hpp"
#include "net/listener.hpp"
#include "net/shard_loop.hpp"

namespace offhook::app {

/// A scenario's functions on a real port of 127.0.0.1.
class scenario_tool_listener {
public:
  /// @param loop runs until after `stop`
  /// @param tools outlives this
  scenario_tool_listener(net::shard_loop& loop, scenario_tools& tools);

  /// Such as `http://127.0.0.1:40123`.
  std::string origin() const;

  /// Answers no more, and waits. Not on the loop.
  void stop();

private:
  net::listener listener_;
};

} // namespace offhook::app
