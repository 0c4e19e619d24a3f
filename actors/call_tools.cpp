#include "actors/call_tools.hpp"

#include <array>

namespace offhook::actors {

namespace {

constexpr std::array<std::pair<std::string_view, std::string_view>, 1> built_in{
  {{"end_call",
    "Hangs up. Say goodbye in the same turn, before you call it: the line is "
    "closed as soon as the caller has heard it. Call it only when the caller "
    "wants to end the call or has nothing more to ask."}}};

} // namespace

bool built_in_tool(std::string_view name,
                   protocol::openai::function_tool& result) {
  for (const auto& [known, description] : built_in)
    if (known == name) {
      result = {std::string{known}, std::string{description},
                R"({"type":"object","properties":{}})"};
      return true;
    }
  return false;
}

call_tools_state::call_tools_state(behaviour_actor::pointer self,
                                   behaviour_context context)
  : self(self),
    context(std::move(context)) {
}

behaviour_actor::behavior_type call_tools_state::make_behavior() {
  // No call, no behaviour.
  self->monitor(context.director);
  self->set_down_handler(
    [this](caf::down_msg&) { self->quit(caf::exit_reason::user_shutdown); });
  return {[this](const call_event& event) {
    if (const auto* called = std::get_if<events::tool_called>(&event.what))
      on_call(called->call);
  }};
}

void call_tools_state::on_call(const protocol::openai::function_call& call) {
  auto offered = false;
  for (const auto& x : context.agent->session.tools)
    offered = offered || x.name == call.name;
  if (offered && call.name == "end_call") {
    self->send(context.director,
               call_order{orders::hang_up{
                 call.call_id, context.agent->farewell_deadline_ms}});
    return;
  }
  self->send(context.director,
             call_order{orders::answer_tool{
               call.call_id, R"({"error":"there is no such function"})"}});
}

} // namespace offhook::actors
