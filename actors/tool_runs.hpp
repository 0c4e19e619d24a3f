#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "actors/webhook_tool.hpp"

namespace offhook::actors {

/// The functions of one call that are under way: when each has had its time,
/// which ones an interruption ends, and when words have to bridge the silence.
/// A plain class; the behaviour `tools` owns it.
class tool_runs {
public:
  using time_point = std::chrono::steady_clock::time_point;
  using milliseconds = std::chrono::milliseconds;

  struct run {
    std::string call_id;
    webhook_tool_ptr tool;
    time_point began;
  };

  using numbered = std::pair<std::uint64_t, run>;

  /// @returns the number of the run, never 0
  std::uint64_t begin(std::string call_id, webhook_tool_ptr tool,
                      time_point now);

  /// The run has its answer. @returns nothing where it is over already
  std::optional<run> finish(std::uint64_t id);

  /// Takes those whose time is over.
  std::vector<numbered> expire(time_point now);

  /// The caller interrupts: takes those that end by that.
  std::vector<numbered> interrupt();

  /// Who speaks, at the caller's ear.
  void agent(bool speaks, time_point now);
  void caller(bool speaks, time_point now);

  /// Whose words, or tone, are due by now, or null. Due once for all
  /// that is under way, after a silence: not while the agent speaks, and not at
  /// all where the caller does when it would be.
  const webhook_tool* filler(time_point now);

  /// When to ask for `expire` and `filler`.
  std::optional<time_point> next_time() const;

  std::size_t size() const noexcept {
    return runs_.size();
  }

private:
  template <class Predicate>
  std::vector<numbered> take(Predicate is_taken);

  /// When the first filler is due, and whose it is.
  std::optional<std::pair<time_point, const run*>> next_filler() const;

  std::map<std::uint64_t, run> runs_;
  std::uint64_t last_id_ = 0;
  bool agent_speaks_ = false;
  bool caller_speaks_ = false;
  bool bridged_ = false; // Nothing more is said until all is answered.
  time_point quiet_since_{};
};

} // namespace offhook::actors
