#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <caf/typed_event_based_actor.hpp>

#include "actors/behaviour.hpp"

namespace offhook::actors {

/// Runs the functions that the model calls. Built in: `end_call`, `set_agent`,
/// `transfer_call`, `send_digits`. What it does not know it answers with an
/// error, so that no call stays open.
struct call_tools_state {
  static inline const char* name = "tools";

  call_tools_state(behaviour_actor::pointer self, behaviour_context context);

  behaviour_actor::behavior_type make_behavior();

  void on_call(const protocol::openai::function_call& call);
  void set_agent(const protocol::openai::function_call& call);
  void order(decltype(call_order::what) what);
  void refuse(const std::string& call_id, std::string_view why);

  behaviour_actor::pointer self;
  behaviour_context context;
};

using call_tools_impl = behaviour_actor::stateful_impl<call_tools_state>;

/// The built-in function of that name, as the model of this agent is told of
/// it; nothing where there is none.
std::optional<protocol::openai::function_tool>
built_in_tool(std::string_view name, const agent_profile& agent);

/// Their names.
std::vector<std::string> built_in_tools();

} // namespace offhook::actors
