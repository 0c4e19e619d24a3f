#pragma once

#include <caf/typed_event_based_actor.hpp>

#include "actors/behaviour.hpp"

namespace offhook::actors {

/// The behaviour `transcript`: writes what is said to the log, as it was heard.
/// Who turns it on has chosen that; nothing else of ours does.
struct transcript_state {
  static inline const char* name = "transcript";

  /// Keys of its section: `unheard`, whether the rest of what the agent meant
  /// to say is written too.
  static std::map<std::string, std::string> settings();
  static std::string check(const std::map<std::string, std::string>& settings);

  transcript_state(behaviour_actor::pointer self, behaviour_context context);

  behaviour_actor::behavior_type make_behavior();

  void write(std::string_view who, std::string_view text);

  behaviour_actor::pointer self;
  behaviour_context context;
  bool with_unheard = false;
};

using transcript_impl = behaviour_actor::stateful_impl<transcript_state>;

} // namespace offhook::actors
