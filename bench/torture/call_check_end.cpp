// What must hold of a call that is over.

#include "bench/torture/call_check.hpp"

#include <algorithm>

namespace offhook::torture {

namespace {

// The gateway's own bounds, as they are where nothing is configured.
constexpr std::uint32_t budget_attempts = 5;
constexpr std::chrono::seconds longest_gap{20};
constexpr std::uint32_t stream_attempts = 5;
constexpr std::size_t bridges_a_minute = 3;

} // namespace

void call_check::check_left_out() {
  if (stream_fails_since_)
    may_lose(*stream_fails_since_, now_);
  // The last are on their way as the caller hangs up.
  may_lose(nobody_since_.value_or(now_ - moment) - moment, now_);
  for (std::uint32_t i = 0; i < frames_.size(); ++i) {
    const auto& x = frames_[i];
    auto excused = std::any_of(excused_.begin(), excused_.end(),
                               [&x](const span_of_time& span) {
                                 return x.sent >= span.from
                                        && x.sent <= span.until;
                               });
    if (!x.was_sent || x.arrived || excused)
      continue;
    wrong("caller frame " + std::to_string(i) + " was left out");
    return; // One says it.
  }
}

void call_check::ended(actors::call_outcome as) {
  using actors::call_outcome;
  outcome_ = as;
  auto excused = plan_.excuses();
  excused.insert(call_outcome::completed);
  // The budget of restarts is spent by what need not end a call.
  auto first_dial = had_session_ ? 0u : 1u; // It is no restart.
  auto lasting = std::any_of(sessions_.begin(), sessions_.end(),
                             [this](const auto& x) {
                               return x.second.talks && lasts(x.second);
                             });
  if (dials_in_vain_ >= budget_attempts + first_dial
      || (gap_began_ && !lasting && now_ - *gap_began_ >= longest_gap))
    excused.insert(call_outcome::model_failed);
  if (streams_lost_ > stream_attempts || left_unheard_)
    excused.insert(call_outcome::stream_lost);
  for (auto i = bridge_failures_.begin(); i != bridge_failures_.end(); ++i)
    if (std::count_if(i, bridge_failures_.end(),
                      [i](time_point x) {
                        return x - *i <= std::chrono::minutes{1};
                      })
        > static_cast<std::ptrdiff_t>(bridges_a_minute))
      excused.insert(call_outcome::failed);
  if (!excused.contains(as))
    wrong("ended as " + to_string(as) + ", which its faults do not justify");
  for (auto& [number, x] : sessions_)
    if (x.talks)
      check_deferred(x);
  if (watched_ == place::at_the_gateway)
    check_left_out();
  using effect = fault_rule::effect;
  // Where a call ends while nothing passes, what waits is lost with it.
  auto light = plan_.first_dial_ms == 0 && plan_.session_age_s == 0
               && std::all_of(plan_.faults.begin(), plan_.faults.end(),
                              [](const fault& x) {
                                return rule_of(x.kind).what == effect::light
                                       && x.kind != fault_kind::model_stall
                                       && x.kind != fault_kind::stream_stall;
                              });
  // The last frames are on their way as the caller hangs up.
  const std::uint64_t under_way = watched_ == place::at_the_gateway ? 4 : 50;
  if (light && arrived_ + under_way < sent_)
    wrong("of " + std::to_string(sent_) + " caller frames "
          + std::to_string(arrived_) + " arrived");
  if (!plan_.quiet)
    return;
  if (dials_ != 1)
    wrong("a call without faults had " + std::to_string(dials_) + " sessions");
  for (std::uint32_t i = 1; i <= replies_; ++i)
    if (!whole_.contains(i))
      wrong("a call without faults did not hear utterance " + std::to_string(i)
            + " of " + std::to_string(replies_)
            + (cuts_.contains(i) ? ": it was cut" : ""));
  if (replies_ < plan_.talk.size())
    wrong("a call without faults had " + std::to_string(replies_)
          + " answers to " + std::to_string(plan_.talk.size()) + " turns");
}

} // namespace offhook::torture
