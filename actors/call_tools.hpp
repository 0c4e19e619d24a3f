#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <caf/disposable.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "actors/behaviour.hpp"
#include "actors/tool_runs.hpp"

namespace offhook::actors {

/// What only the HTTP client's callbacks send to the behaviour.
using call_tools_base
  = behaviour_actor::extend<caf::result<void>(tool_answered)>;

/// Runs the functions that the model calls. Built in: `end_call`, `set_agent`,
/// `transfer_call`, `send_digits`; the others are webhooks of the operator's.
/// Each call is answered once: what it does not know, what fails and what takes
/// too long with an error, so that none stays open.
struct call_tools_state {
  static inline const char* name = "tools";

  call_tools_state(call_tools_base::pointer self, behaviour_context context);
  ~call_tools_state();

  call_tools_base::behavior_type make_behavior();

  void on_call(const protocol::openai::function_call& call);
  void set_agent(const protocol::openai::function_call& call);
  void order(decltype(call_order::what) what);
  void refuse(const std::string& call_id, std::string_view why);

  // -- webhooks (call_webhooks.cpp) -------------------------------------------

  void on_event(const call_event& event);
  void run(const webhook_tool_ptr& tool,
           const protocol::openai::function_call& call);
  void on_answer(const tool_answered& answer);

  /// Gives up a run, and its request.
  void give_up(const tool_runs::numbered& run, tool_outcome why);

  /// Answers the model, counts and logs.
  void settle(const tool_runs::run& run, const tool_result& result,
              std::string_view detail = {});

  /// Does what is due, and sets the timer anew.
  void watch();

  call_tools_base::pointer self;
  behaviour_context context;

  tool_runs runs;
  std::map<std::uint64_t, std::shared_ptr<net::http_exchange>> exchanges;
  caf::disposable timer;
};

using call_tools_impl = call_tools_base::stateful_impl<call_tools_state>;

/// The built-in function of that name, as the model of this agent is told of
/// it; nothing where there is none.
std::optional<protocol::openai::function_tool>
built_in_tool(std::string_view name, const agent_profile& agent);

/// Their names.
std::vector<std::string> built_in_tools();

} // namespace offhook::actors
