#include "actors/silence_policy.hpp"

#include "actors/behaviour_parts.hpp"

namespace offhook::actors {

void silence_policy::agent(bool speaks, time_point now) {
  agent_speaks_ = speaks;
  quiet_since_.reset();
  if (!agent_speaks_ && !caller_speaks_)
    quiet_since_ = now;
}

void silence_policy::caller(bool speaks, time_point now) {
  caller_speaks_ = speaks;
  quiet_since_.reset();
  talking_since_.reset();
  if (speaks) {
    asked_ = 0;
    talking_since_ = now;
  }
  // What the caller said is answered first: the agent's end begins the silence,
  // or this, should there be no answer.
  if (!agent_speaks_ && !caller_speaks_)
    quiet_since_ = now;
}

void silence_policy::line(bool there, time_point now) {
  away_ = !there;
  agent_speaks_ = false;
  caller_speaks_ = false;
  talking_since_.reset();
  asked_ = 0;
  quiet_since_ = now;
}

silence_policy::action silence_policy::due(time_point now) {
  auto next = next_time();
  if (!next || *next > now)
    return action::none;
  if (talking_since_) {
    over_ = true;
    return action::farewell;
  }
  // Until the agent has said what it is told to; where it says nothing, the
  // silence goes on.
  quiet_since_ = now + milliseconds{rules_.after_ms};
  if (asked_ < rules_.asks) {
    ++asked_;
    return action::ask_again;
  }
  over_ = true;
  return action::farewell;
}

std::optional<silence_policy::time_point> silence_policy::next_time() const {
  if (over_ || away_)
    return std::nullopt;
  if (talking_since_ && rules_.longest_talk_ms > 0)
    return *talking_since_ + milliseconds{rules_.longest_talk_ms};
  if (quiet_since_ && rules_.after_ms > 0)
    return *quiet_since_ + milliseconds{rules_.after_ms};
  return std::nullopt;
}

silence_state::silence_state(behaviour_actor::pointer self,
                             behaviour_context context)
  : self(self),
    context(std::move(context)),
    policy(this->context.agent->silence) {
}

behaviour_actor::behavior_type silence_state::make_behavior() {
  end_with_call(self, context, timer);
  return {[this](const call_event& event) {
    auto now = self->clock().now();
    if (const auto* x = std::get_if<events::agent_speech>(&event.what))
      policy.agent(x->begins, now);
    else if (const auto* y = std::get_if<events::caller_speech>(&event.what))
      policy.caller(y->begins, now);
    else if (std::holds_alternative<events::key_pressed>(event.what)) {
      policy.caller(true, now); // As good as a word.
      policy.caller(false, now);
    } else if (std::holds_alternative<events::call_began>(event.what)) {
      policy.agent(false, now);
    } else if (std::holds_alternative<events::line_left>(event.what)) {
      policy.line(false, now);
    } else if (std::holds_alternative<events::line_back>(event.what)) {
      policy.line(true, now);
    }
    check();
  }};
}

void silence_state::check() {
  auto now = self->clock().now();
  const auto& rules = context.agent->silence;
  switch (policy.due(now)) {
    case silence_policy::action::ask_again:
      give(self, context, orders::speak{rules.ask, "silence"});
      break;
    case silence_policy::action::farewell:
      give(self, context, orders::speak{rules.farewell, "farewell"});
      give(self, context,
           orders::hang_up{{}, context.agent->farewell_deadline_ms});
      break;
    default:
      break;
  }
  arm(self, timer, policy.next_time(), [this] { check(); });
}

} // namespace offhook::actors
