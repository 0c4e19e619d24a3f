#include "actors/tool_runs.hpp"

#include <algorithm>

namespace offhook::actors {

std::uint64_t tool_runs::begin(std::string call_id, webhook_tool_ptr tool,
                               time_point now) {
  if (runs_.empty())
    bridged_ = false;
  runs_.emplace(++last_id_, run{std::move(call_id), std::move(tool), now});
  return last_id_;
}

std::optional<tool_runs::run> tool_runs::finish(std::uint64_t id) {
  auto found = runs_.extract(id);
  if (found.empty())
    return std::nullopt;
  return std::move(found.mapped());
}

template <class Predicate>
std::vector<tool_runs::numbered> tool_runs::take(Predicate is_taken) {
  std::vector<numbered> result;
  for (auto i = runs_.begin(); i != runs_.end();)
    if (is_taken(i->second)) {
      result.emplace_back(i->first, std::move(i->second));
      i = runs_.erase(i);
    } else {
      ++i;
    }
  return result;
}

std::vector<tool_runs::numbered> tool_runs::expire(time_point now) {
  return take([now](const run& x) {
    return x.began + milliseconds{x.tool->deadline_ms} <= now;
  });
}

std::vector<tool_runs::numbered> tool_runs::interrupt() {
  return take([](const run& x) { return x.tool->cancel_on_interruption; });
}

void tool_runs::agent(bool speaks, time_point now) {
  agent_speaks_ = speaks;
  if (!speaks)
    quiet_since_ = now;
}

void tool_runs::caller(bool speaks, time_point now) {
  caller_speaks_ = speaks;
  if (!speaks)
    quiet_since_ = now;
}

std::optional<std::pair<tool_runs::time_point, const tool_runs::run*>>
tool_runs::next_filler() const {
  std::optional<std::pair<time_point, const run*>> result;
  if (bridged_ || agent_speaks_)
    return result;
  for (const auto& [id, x] : runs_) {
    if (x.tool->filler.empty() && !x.tool->filler_tone)
      continue;
    auto at = std::max(x.began, quiet_since_)
              + milliseconds{x.tool->filler_after_ms};
    if (!result || at < result->first)
      result.emplace(at, &x);
  }
  return result;
}

const webhook_tool* tool_runs::filler(time_point now) {
  auto next = next_filler();
  if (!next || next->first > now)
    return nullptr;
  bridged_ = true;
  return caller_speaks_ ? nullptr : next->second->tool.get();
}

std::optional<tool_runs::time_point> tool_runs::next_time() const {
  std::optional<time_point> result;
  if (auto next = next_filler())
    result = next->first;
  for (const auto& [id, x] : runs_) {
    auto at = x.began + milliseconds{x.tool->deadline_ms};
    if (!result || at < *result)
      result = at;
  }
  return result;
}

} // namespace offhook::actors
