#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include <caf/disposable.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "actors/behaviour.hpp"

namespace offhook::actors {

/// When a call has cost or lasted enough: first the caller is warned, then the
/// agent wraps up. A plain class; the behaviour below asks it.
class limit_policy {
public:
  using time_point = std::chrono::steady_clock::time_point;
  using milliseconds = std::chrono::milliseconds;

  explicit limit_policy(limit_rules rules) : rules_(rules) {
  }

  void began(time_point now);

  /// What the call has used so far.
  void used(std::uint64_t tokens, double cost_usd);

  enum class action : std::uint8_t { none, warn, wrap_up };

  /// What is due by now. After `wrap_up` nothing more is.
  action due(time_point now);
  std::optional<time_point> next_time() const;

private:
  limit_rules rules_;
  std::optional<time_point> end_; ///< of the time that there is
  bool spent_ = false;
  bool warned_ = false;
  bool over_ = false;
};

/// The behaviour `limits`.
struct call_limits_state {
  static inline const char* name = "limits";

  call_limits_state(behaviour_actor::pointer self, behaviour_context context);

  behaviour_actor::behavior_type make_behavior();

  void check();

  behaviour_actor::pointer self;
  behaviour_context context;
  limit_policy policy;
  caf::disposable timer;
};

using call_limits_impl = behaviour_actor::stateful_impl<call_limits_state>;

} // namespace offhook::actors
