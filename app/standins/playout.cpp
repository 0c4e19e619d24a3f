#include "app/standins/playout.hpp"

#include <algorithm>
#include <utility>

namespace offhook::app::standins {

void playout::advance(time_point now) {
  if (queue_.empty())
    return;
  auto due = run_position_ + to_samples(run_began_, now);
  auto n = static_cast<std::size_t>(
    std::min<std::uint64_t>(due - std::min(due, played_), queue_.size()));
  if (n == 0)
    return;
  auto end = queue_.begin() + static_cast<std::ptrdiff_t>(n);
  events_.push_back(played{time_of(played_), {queue_.begin(), end}});
  queue_.erase(queue_.begin(), end);
  played_ += n;
  while (!marks_.empty() && marks_.front().position <= played_) {
    auto& m = marks_.front();
    events_.push_back(mark_reached{time_of(m.position), std::move(m.name)});
    marks_.pop_front();
  }
  if (queue_.empty())
    dry_at_ = time_of(played_);
}

std::size_t playout::push(std::span<const std::byte> audio, time_point now) {
  advance(now);
  auto room = options_.max_queued - std::min(options_.max_queued, unplayed());
  auto n = std::min(room, audio.size());
  if (n == 0)
    return audio.size();
  if (queue_.empty()) {
    const bool same_burst = dry_at_ && !std::exchange(broken_, false);
    const auto gap = same_burst ? to_samples(*dry_at_, now) : 0;
    if (gap > 0 && gap <= std::uint64_t{options_.burst_gap_ms} * 8)
      events_.push_back(underrun{*dry_at_, gap});
    // A gap of less than a sample is none: the run goes on where it was.
    if (!same_burst || gap > 0) {
      run_position_ = played_;
      run_began_ = now;
    }
  }
  queue_.insert(queue_.end(), audio.begin(),
                audio.begin() + static_cast<std::ptrdiff_t>(n));
  return audio.size() - n;
}

void playout::mark(std::string name, time_point now) {
  advance(now);
  if (queue_.empty())
    events_.push_back(mark_reached{now, std::move(name)});
  else
    marks_.push_back({std::move(name), played_ + queue_.size()});
}

std::size_t playout::clear(time_point now) {
  advance(now);
  auto dropped = queue_.size();
  queue_.clear();
  for (auto& m : std::exchange(marks_, {}))
    events_.push_back(mark_reached{now, std::move(m.name), true});
  break_burst();
  return dropped;
}

std::vector<playout::event> playout::take_events() {
  return std::exchange(events_, {});
}

std::optional<time_point> playout::next_mark() const noexcept {
  if (marks_.empty())
    return std::nullopt;
  return time_of(marks_.front().position);
}

} // namespace offhook::app::standins
