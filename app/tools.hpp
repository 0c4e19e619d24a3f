#pragma once

#include <map>
#include <string>

#include "actors/webhook_tool.hpp"
#include "app/secrets.hpp"
#include "app/settings.hpp"
#include "net/https_client.hpp"
#include "protocol/openai_commands.hpp"

/// What the configuration says of functions that others run.
namespace offhook::app {

/// All functions of the group `tools`, by name: as the model is told of them,
/// and as they are run.
struct tool_catalog {
  struct entry {
    protocol::openai::function_tool told;
    actors::webhook_tool_ptr run;
  };

  std::map<std::string, entry, std::less<>> webhooks;

  /// The group `mcp`, by name.
  std::map<std::string, protocol::openai::mcp_server, std::less<>> mcp_servers;
};

/// @throws std::runtime_error naming the key whose value is wrong
tool_catalog read_tools(const settings& from, const secrets& keys);

/// How this process asks others.
/// @throws std::runtime_error naming the key whose value is wrong
net::https_client_options read_http_client(const settings& from);

} // namespace offhook::app
