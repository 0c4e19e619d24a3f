#include "app/scenario_agent.hpp"

#include <utility>

namespace offhook::app {

namespace {

bool fits(const scripted_reply& reply, const standins::turn_info& turn) {
  const auto at = turn.metadata.find("purpose");
  const auto purpose = at == turn.metadata.end() ? std::string{} : at->second;
  return reply.purpose == purpose && reply.results == !turn.tool_outputs.empty()
         && turn.instructions.find(reply.instructions) != std::string::npos
         && turn.caller_text.find(reply.caller) != std::string::npos;
}

std::string describe(const standins::turn_info& turn) {
  std::string result = "one with ";
  const auto at = turn.metadata.find("purpose");
  result += at == turn.metadata.end() ? "no purpose"
                                      : "the purpose '" + at->second + "'";
  if (!turn.tool_outputs.empty())
    result += " after " + std::to_string(turn.tool_outputs.size())
              + " results of functions";
  if (!turn.caller_text.empty())
    result += ", when the caller had said \"" + turn.caller_text + '"';
  return result;
}

} // namespace

scenario_agent::scenario_agent(const scenario& from)
  : replies_(from.replies),
    caller_texts_(from.caller_texts),
    used_(from.replies.size()) {
  // nop
}

standins::agent_reply scenario_agent::answer(const standins::turn_info& turn) {
  std::lock_guard guard{mutex_};
  for (std::size_t i = 0; i < replies_.size(); ++i) {
    const auto& x = replies_[i];
    if ((x.times != 0 && used_[i] == x.times) || !fits(x, turn))
      continue;
    ++used_[i];
    return x.what;
  }
  unforeseen_.push_back(describe(turn));
  return {};
}

std::string scenario_agent::transcribe() {
  std::lock_guard guard{mutex_};
  return transcribed_ < caller_texts_.size() ? caller_texts_[transcribed_++]
                                             : "(something)";
}

std::vector<std::string> scenario_agent::unforeseen() const {
  std::lock_guard guard{mutex_};
  return unforeseen_;
}

std::vector<std::string> scenario_agent::unused() const {
  std::lock_guard guard{mutex_};
  std::vector<std::string> result;
  for (std::size_t i = 0; i < replies_.size(); ++i)
    if (used_[i] < replies_[i].times)
      result.push_back(replies_[i].place);
  return result;
}

standins::demo_agent_script script_of(std::shared_ptr<scenario_agent> agent) {
  standins::demo_agent_script result;
  result.answer = [agent](const standins::turn_info& turn) {
    return agent->answer(turn);
  };
  result.transcribe = [agent] { return agent->transcribe(); };
  return result;
}

} // namespace offhook::app
