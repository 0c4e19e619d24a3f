#pragma once

#include <chrono>
#include <optional>
#include <string>

#include <caf/disposable.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "actors/behaviour.hpp"

namespace offhook::actors {

/// Puts the keys that a caller presses together: an entry ends with the
/// terminator, after a pause, or when it is as long as it may be. A plain
/// class; the behaviour below asks it.
class key_collector {
public:
  using time_point = std::chrono::steady_clock::time_point;

  explicit key_collector(const key_rules& rules) : rules_(rules) {
  }

  /// @returns the entry that this key completes, without its terminator
  std::optional<std::string> press(char key, time_point now);

  /// The entry that the pause has completed by now.
  std::optional<std::string> due(time_point now);
  std::optional<time_point> next_time() const;

private:
  std::optional<std::string> take();

  key_rules rules_;
  std::string entry_;
  std::optional<time_point> last_;
};

/// The behaviour `keys`: an entry that has an action is acted on without the
/// model; any other reaches the model as text.
struct key_input_state {
  static inline const char* name = "keys";

  key_input_state(behaviour_actor::pointer self, behaviour_context context);

  behaviour_actor::behavior_type make_behavior();

  void on_entry(const std::string& entry);
  void watch();

  behaviour_actor::pointer self;
  behaviour_context context;
  key_collector keys;
  caf::disposable timer;
};

using key_input_impl = behaviour_actor::stateful_impl<key_input_state>;

} // namespace offhook::actors
