#include "actors/tool_board.hpp"

#include <algorithm>

namespace offhook::actors {

void tool_board::called(std::uint32_t session, const std::string& response_id,
                        const std::vector<std::string>& call_ids) {
  if (!call_ids.empty())
    rounds_[{session, response_id}] = {call_ids, session, false};
}

tool_board::outcome tool_board::answered(const std::string& call_id,
                                         bool speaks) {
  for (auto at = rounds_.begin(); at != rounds_.end(); ++at) {
    auto& round = at->second;
    auto found = std::find(round.open.begin(), round.open.end(), call_id);
    if (found == round.open.end())
      continue;
    round.open.erase(found);
    round.speaks = round.speaks || speaks;
    outcome result{true, round.open.empty() && round.speaks, round.session};
    if (round.open.empty())
      rounds_.erase(at);
    return result;
  }
  return {};
}

void tool_board::interrupted() {
  for (auto& [id, round] : rounds_)
    round.speaks = false;
}

std::vector<std::string> tool_board::open() const {
  std::vector<std::string> result;
  for (const auto& [id, round] : rounds_)
    result.insert(result.end(), round.open.begin(), round.open.end());
  return result;
}

void tool_board::clear() {
  rounds_.clear();
}

} // namespace offhook::actors
