#include "actors/call_limits.hpp"

#include <algorithm>

#include "actors/behaviour_parts.hpp"

namespace offhook::actors {

void limit_policy::began(time_point now) {
  if (rules_.duration_ms > 0 && !end_)
    end_ = now + milliseconds{rules_.duration_ms};
}

void limit_policy::used(std::uint64_t tokens, double cost_usd) {
  spent_ = spent_ || (rules_.tokens > 0 && tokens >= rules_.tokens)
           || (rules_.cost_usd > 0 && cost_usd >= rules_.cost_usd);
}

limit_policy::action limit_policy::due(time_point now) {
  if (over_)
    return action::none;
  if (spent_ || (end_ && now >= *end_)) {
    over_ = true;
    return action::wrap_up;
  }
  if (auto when = next_time(); !warned_ && when && now >= *when) {
    warned_ = true;
    return action::warn;
  }
  return action::none;
}

std::optional<limit_policy::time_point> limit_policy::next_time() const {
  if (over_ || !end_)
    return std::nullopt;
  auto warns = !warned_ && rules_.warning_ms > 0
               && rules_.warning_ms < rules_.duration_ms;
  return warns ? *end_ - milliseconds{rules_.warning_ms} : *end_;
}

call_limits_state::call_limits_state(behaviour_actor::pointer self,
                                     behaviour_context context)
  : self(self),
    context(std::move(context)),
    policy(this->context.agent->limits) {
}

behaviour_actor::behavior_type call_limits_state::make_behavior() {
  end_with_call(self, context, timer);
  return {[this](const call_event& event) {
    if (const auto* began = std::get_if<events::call_began>(&event.what))
      policy.began(self->clock().now()
                   - std::chrono::milliseconds{began->ago_ms});
    else if (const auto* x = std::get_if<events::usage_counted>(&event.what))
      policy.used(x->tokens, x->cost_usd);
    else
      return;
    check();
  }};
}

void call_limits_state::check() {
  auto now = self->clock().now();
  const auto& rules = context.agent->limits;
  switch (policy.due(now)) {
    case limit_policy::action::warn:
      give(self, context, orders::speak{rules.warning, "limits"});
      break;
    case limit_policy::action::wrap_up:
      give(self, context, orders::speak{rules.wrap_up, "farewell"});
      give(self, context,
           orders::hang_up{{}, context.agent->farewell_deadline_ms, true});
      break;
    case limit_policy::action::none:
      break;
  }
  arm(self, timer, policy.next_time(), [this] { check(); });
}

} // namespace offhook::actors
