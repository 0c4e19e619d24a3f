#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include <caf/disposable.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "actors/behaviour.hpp"

namespace offhook::actors {

/// When a caller who says nothing is asked again, and when the line is given
/// up; and when somebody has talked for so long that it must be music. Times
/// are those at the caller's ear: what the agent still says is no silence. A
/// plain class; the behaviour below asks it.
class silence_policy {
public:
  using time_point = std::chrono::steady_clock::time_point;
  using milliseconds = std::chrono::milliseconds;

  explicit silence_policy(silence_rules rules) : rules_(rules) {
  }

  void agent(bool speaks, time_point now);
  void caller(bool speaks, time_point now);

  /// The caller is on the line, or with somebody else, where nothing counts.
  void line(bool there, time_point now);

  enum class action : std::uint8_t { none, ask_again, farewell };

  /// What is due by now. After `farewell` nothing more is.
  action due(time_point now);
  std::optional<time_point> next_time() const;

private:
  silence_rules rules_;
  bool away_ = false;
  bool agent_speaks_ = false;
  bool caller_speaks_ = false;
  std::optional<time_point> quiet_since_;
  std::optional<time_point> talking_since_;
  std::uint32_t asked_ = 0; // since the caller said something
  bool over_ = false;
};

/// The behaviour `silence`.
struct silence_state {
  static inline const char* name = "silence";

  silence_state(behaviour_actor::pointer self, behaviour_context context);

  behaviour_actor::behavior_type make_behavior();

  void check();

  behaviour_actor::pointer self;
  behaviour_context context;
  silence_policy policy;
  caf::disposable timer;
};

using silence_impl = behaviour_actor::stateful_impl<silence_state>;

} // namespace offhook::actors
