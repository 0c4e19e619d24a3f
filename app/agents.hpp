#pragma once

#include <string>

#include "actors/agent_profile.hpp"
#include "actors/behaviour.hpp"
#include "actors/usage_ledger.hpp"
#include "app/settings.hpp"
#include "app/tools.hpp"

/// What the configuration says of agents, as the actors take it.
namespace offhook::app {

/// @param tools what the agent may name beside the built-in functions
/// @throws std::runtime_error where a file that the agent names cannot be read,
///         or it names what there is not
actors::agent_profile read_agent(const settings& from, const std::string& name,
                                 const tool_catalog& tools = {});

/// @throws std::runtime_error where the agent turns on what there is not
void check_behaviours(const settings& from, const std::string& name,
                      const actors::behaviour_registry& known);

/// Gives each behaviour what its own section of the configuration says.
/// @throws std::runtime_error where that has a key which nobody knows
void read_sections(const settings& from, actors::behaviour_registry& known);

/// @param model the one that the agent talks with
/// @throws std::runtime_error where the agent has a limit that cannot be kept
void check_limits(const settings& from, const actors::agent_profile& agent,
                  const std::string& model, const actors::price_table& prices);

actors::price_table read_prices(const settings& from);

/// The agent that answers a called number, or an empty name.
std::string agent_for_number(const std::map<std::string, actors::agent_ptr>& of,
                             const std::string& number);

} // namespace offhook::app
