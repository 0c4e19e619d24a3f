#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "app/scenario.hpp"

namespace offhook::app {

/// What the model of a scenario says: the replies, used up over all sessions of
/// the call. Any thread.
class scenario_agent {
public:
  explicit scenario_agent(const scenario& from);

  /// The first reply that fits and is not used up; an empty one where there is
  /// none, which is noted.
  standins::agent_reply answer(const standins::turn_info& turn);

  /// What the caller's next turn is transcribed as.
  std::string transcribe();

  /// The requests that no reply was left for, described.
  std::vector<std::string> unforeseen() const;

  /// The places of replies that were asked for less often than they say.
  std::vector<std::string> unused() const;

private:
  mutable std::mutex mutex_;
  const std::vector<scripted_reply> replies_;
  const std::vector<std::string> caller_texts_;
  std::vector<std::size_t> used_; ///< by reply
  std::size_t transcribed_ = 0;
  std::vector<std::string> unforeseen_;
};

/// The demo agent's script whose lines are this one's.
standins::demo_agent_script script_of(std::shared_ptr<scenario_agent> agent);

} // namespace offhook::app
