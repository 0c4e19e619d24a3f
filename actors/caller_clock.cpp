#include "actors/caller_clock.hpp"

#include <algorithm>

#include "protocol/g711.hpp"

namespace g711 = offhook::protocol::g711;

namespace offhook::actors {

std::uint64_t caller_clock::frame(std::uint64_t timestamp_ms,
                                  std::uint64_t bytes, time_point now) {
  std::uint64_t missing = 0;
  if (begun_ && timestamp_ms > next_ms_) {
    auto gap
      = g711::to_bytes(std::min(timestamp_ms - next_ms_, limits_.max_gap_ms));
    missing = gap - std::min(gap, given_);
  }
  // A clock that went back, or began anew, is followed and not filled.
  begun_ = true;
  next_ms_ = timestamp_ms + g711::to_ms(bytes);
  last_ = now;
  given_ = 0;
  return missing;
}

bool caller_clock::is_stalled(time_point now) const {
  return begun_ && now - last_ >= limits_.stall;
}

std::uint64_t caller_clock::stalled(time_point now) {
  if (!is_stalled(now))
    return 0;
  auto elapsed = std::chrono::duration_cast<milliseconds>(now - last_).count();
  auto due = g711::to_bytes(
    std::min(static_cast<std::uint64_t>(elapsed), limits_.max_gap_ms));
  // The newest frame itself lasted until a frame's length later.
  due -= std::min<std::uint64_t>(due, g711::frame_bytes);
  due -= due % g711::frame_bytes;
  auto result = due - std::min(due, given_);
  given_ += result;
  return result;
}

} // namespace offhook::actors
