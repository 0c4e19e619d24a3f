#include "actors/call_tools.hpp"

#include "actors/behaviour_parts.hpp"
#include "actors/environment.hpp"
#include "protocol/text_parameters.hpp"

namespace offhook::actors {

namespace {

using protocol::text_parameter;
using protocol::openai::function_tool;

function_tool end_call_tool(const agent_profile&) {
  return {"end_call",
          "Hangs up. Say goodbye in the same turn, before you call it: the "
          "line is closed as soon as the caller has heard it. Call it only "
          "when the caller wants to end the call or has nothing more to ask.",
          protocol::schema_of({})};
}

function_tool set_agent_tool(const agent_profile& agent) {
  text_parameter whom{"agent", "Who is to take over."};
  for (const auto& [name, about] : agent.colleagues) {
    whom.choices.push_back(name);
    if (!about.empty())
      whom.description += ' ' + name + ": " + about;
  }
  text_parameter note{"note",
                      "What the other agent should know and the caller would "
                      "not want to say twice, in a sentence or two."};
  note.required = false;
  return {"set_agent",
          "Hands the caller over to another agent, who knows what was said so "
          "far. Tell the caller in the same turn, before you call it.",
          protocol::schema_of({whom, note})};
}

function_tool transfer_call_tool(const agent_profile& agent) {
  text_parameter target{"target", "Whom to connect the caller with."};
  for (const auto& [name, line] : agent.transfer.targets)
    target.choices.push_back(name);
  return {"transfer_call",
          "Connects the caller with somebody else. Say that you do so in the "
          "same turn, before you call it. Where nobody can be had the caller "
          "comes back, and the result says why; else the call goes on without "
          "you.",
          protocol::schema_of({target})};
}

function_tool send_digits_tool(const agent_profile&) {
  return {
    "send_digits",
    "Sends the tones of telephone keys to the other end, such as for its "
    "menu or an extension.",
    protocol::schema_of(
      {{"digits", "1 to 32 of 0-9 * # and w, which waits half a second."}})};
}

/// One that is not there is empty, which is none that is allowed.
std::string argument(const protocol::openai::function_call& call,
                     const std::string& name) {
  return protocol::text_arguments(call.arguments)[name];
}

using tool_maker = function_tool (*)(const agent_profile&);

const std::map<std::string_view, tool_maker>& makers() {
  static const std::map<std::string_view, tool_maker> all{
    {"end_call", &end_call_tool},
    {"send_digits", &send_digits_tool},
    {"set_agent", &set_agent_tool},
    {"transfer_call", &transfer_call_tool}};
  return all;
}

} // namespace

std::optional<function_tool> built_in_tool(std::string_view name,
                                           const agent_profile& agent) {
  auto found = makers().find(name);
  if (found == makers().end())
    return std::nullopt;
  return found->second(agent);
}

std::vector<std::string> built_in_tools() {
  std::vector<std::string> result;
  for (const auto& [name, maker] : makers())
    result.emplace_back(name);
  return result;
}

call_tools_state::call_tools_state(call_tools_base::pointer self,
                                   behaviour_context context)
  : self(self),
    context(std::move(context)) {
}

call_tools_base::behavior_type call_tools_state::make_behavior() {
  end_with_call(self, context, timer);
  return {
    [this](const call_event& event) { on_event(event); },
    [this](const tool_answered& answer) { on_answer(answer); },
  };
}

void call_tools_state::on_call(const protocol::openai::function_call& call) {
  auto offered = false;
  for (const auto& x : context.agent->session.tools)
    offered = offered || x.name == call.name;
  if (offered && call.name == "end_call")
    order(orders::hang_up{call.call_id, context.agent->farewell_deadline_ms});
  else if (offered && call.name == "set_agent")
    set_agent(call);
  else if (offered && call.name == "transfer_call")
    order(orders::transfer{call.call_id, argument(call, "target"),
                           context.agent->farewell_deadline_ms});
  else if (offered && call.name == "send_digits")
    order(orders::send_digits{call.call_id, argument(call, "digits"),
                              context.agent->farewell_deadline_ms});
  else if (auto webhook = context.agent->webhooks.find(call.name);
           webhook != context.agent->webhooks.end())
    run(webhook->second, call);
  else {
    context.env->metrics->tool_called("unknown",
                                      to_string(tool_outcome::unknown_tool));
    refuse(call.call_id, "there is no such function");
  }
}

void call_tools_state::set_agent(const protocol::openai::function_call& call) {
  auto arguments = protocol::text_arguments(call.arguments);
  const auto& agent = arguments["agent"];
  if (context.agent->colleagues.contains(agent))
    order(orders::set_agent{call.call_id, agent, arguments["note"]});
  else
    refuse(call.call_id, "agent must be one of those that the function names");
}

void call_tools_state::order(decltype(call_order::what) what) {
  self->send(context.director, call_order{std::move(what)});
}

void call_tools_state::refuse(const std::string& call_id,
                              std::string_view why) {
  order(
    orders::answer_tool{call_id, R"({"error":")" + std::string{why} + R"("})"});
}

} // namespace offhook::actors
