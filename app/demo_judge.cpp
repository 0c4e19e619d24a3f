#include "app/demo_judge.hpp"

namespace offhook::app {

std::string judge_call(const standins::demo_caller_result& call) {
  const auto& stats = call.stats;
  if (!call.failure.empty())
    return call.failure;
  if (call.ending != standins::call_ending::caller_hung_up)
    return "the call ended otherwise than by the caller: "
           + std::string{to_string(call.ending)};
  if (stats.violation_count > 0)
    return "the server sent what Twilio would not take: "
           + stats.violations.front().text;
  if (stats.underruns > 0)
    return "the agent's voice had gaps";
  if (!call.callback_failures.empty())
    return "a status callback failed: " + call.callback_failures.front();
  auto barge_ins = 0;
  for (const auto& turn : stats.turns) {
    if (!turn.response_latency_ms)
      return "no answer to " + turn.name;
    if (turn.barge_in) {
      ++barge_ins;
      if (!turn.truncated_at_ms)
        return "the agent was not interrupted by " + turn.name;
    }
  }
  return barge_ins == 1 ? std::string{}
                        : "there were " + std::to_string(barge_ins)
                            + " interruptions, not one";
}

std::string judge_agent(const standins::demo_agent_stats& agent) {
  if (agent.errors > 0)
    return "the model refused " + std::to_string(agent.errors) + " events";
  if (agent.truncated != 1)
    return "the model was told " + std::to_string(agent.truncated)
           + " times, not once, how much of an answer was heard";
  return {};
}

} // namespace offhook::app
