#include "actors/outage.hpp"

#include <algorithm>

namespace offhook::actors {

void outage::lasts(bool yes, time_point now) {
  if (!yes) {
    if (is_on())
      paused_ = now;
    return;
  }
  if (paused_ && now - *paused_ >= limits_.steady_after)
    end();
  paused_.reset();
  if (!began_) {
    began_ = now;
    quiet_since_ = std::max(quiet_since_, now);
  }
}

void outage::end() {
  began_.reset();
  paused_.reset();
  line_said_ = false;
}

void outage::sounds(time_point ends) {
  quiet_since_ = std::max(quiet_since_, ends);
}

std::optional<outage::time_point> outage::line_time() const {
  if (!is_on() || line_said_ || limits_.line_after.count() == 0)
    return std::nullopt;
  // Never over what is being heard.
  return std::max(*began_ + limits_.line_after, quiet_since_);
}

std::optional<outage::time_point> outage::filler_time() const {
  if (!is_on() || limits_.filler_after.count() == 0)
    return std::nullopt;
  return quiet_since_ + limits_.filler_after;
}

outage::step outage::due(time_point now) {
  if (auto at = line_time(); at && *at <= now) {
    line_said_ = true;
    return step::line;
  }
  if (auto at = filler_time(); at && *at <= now) {
    quiet_since_ = now; // Should there be no sound for it.
    return step::filler;
  }
  return step::none;
}

std::optional<outage::time_point> outage::next_time() const {
  auto line = line_time();
  auto filler = filler_time();
  if (line && filler)
    return std::min(*line, *filler);
  return line ? line : filler;
}

} // namespace offhook::actors
