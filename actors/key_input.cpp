#include "actors/key_input.hpp"

#include <utility>

#include "actors/behaviour_parts.hpp"

namespace offhook::actors {

std::optional<std::string> key_collector::take() {
  last_.reset();
  if (entry_.empty())
    return std::nullopt;
  return std::exchange(entry_, {});
}

std::optional<std::string> key_collector::press(char key, time_point now) {
  // An action of one key is due with it, and so is an entry that is full.
  if (entry_.empty() && rules_.actions.contains(std::string(1, key)))
    return std::string(1, key);
  if (rules_.terminator.find(key) != std::string::npos)
    return take();
  entry_ += key;
  last_ = now;
  if (entry_.size() >= rules_.max_length)
    return take();
  return std::nullopt;
}

std::optional<std::string> key_collector::due(time_point now) {
  auto next = next_time();
  return next && *next <= now ? take() : std::nullopt;
}

std::optional<key_collector::time_point> key_collector::next_time() const {
  if (!last_)
    return std::nullopt;
  return *last_ + std::chrono::milliseconds{rules_.pause_ms};
}

key_input_state::key_input_state(behaviour_actor::pointer self,
                                 behaviour_context context)
  : self(self),
    context(std::move(context)),
    keys(this->context.agent->keys) {
}

behaviour_actor::behavior_type key_input_state::make_behavior() {
  end_with_call(self, context, timer);
  return {[this](const call_event& event) {
    const auto* pressed = std::get_if<events::key_pressed>(&event.what);
    if (!pressed)
      return;
    if (auto entry = keys.press(pressed->key, self->clock().now()))
      on_entry(*entry);
    watch();
  }};
}

void key_input_state::watch() {
  arm(self, timer, keys.next_time(), [this] {
    if (auto entry = keys.due(self->clock().now()))
      on_entry(*entry);
    watch();
  });
}

void key_input_state::on_entry(const std::string& entry) {
  const auto& rules = context.agent->keys;
  auto order = [this](auto what) { give(self, context, std::move(what)); };
  if (auto action = rules.actions.find(entry); action != rules.actions.end()) {
    if (action->second == key_action::end)
      order(orders::hang_up{{}, context.agent->farewell_deadline_ms});
    else
      order(orders::speak{"Repeat what you said last.", "keys"});
    return;
  }
  // What is masked reaches neither the model nor the log.
  order(
    orders::tell{rules.mask ? std::string(entry.size(), '*') : entry, true});
  order(orders::speak{{}, "keys"});
}

} // namespace offhook::actors
