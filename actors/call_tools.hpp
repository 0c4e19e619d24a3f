#pragma once

#include <caf/typed_event_based_actor.hpp>

#include "actors/behaviour.hpp"

namespace offhook::actors {

/// Runs the functions that the model calls. Built in: `end_call`. What it does
/// not know it answers with an error, so that no call stays open.
struct call_tools_state {
  static inline const char* name = "tools";

  call_tools_state(behaviour_actor::pointer self, behaviour_context context);

  behaviour_actor::behavior_type make_behavior();

  void on_call(const protocol::openai::function_call& call);

  behaviour_actor::pointer self;
  behaviour_context context;
};

using call_tools_impl = behaviour_actor::stateful_impl<call_tools_state>;

/// The built-in function of that name as the model is told of it.
/// @returns whether there is one
bool built_in_tool(std::string_view name,
                   protocol::openai::function_tool& result);

} // namespace offhook::actors
