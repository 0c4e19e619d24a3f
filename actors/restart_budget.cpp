#include "actors/restart_budget.hpp"

#include <algorithm>

namespace offhook::actors {

std::optional<restart_budget::duration> restart_budget::spend(double jitter) {
  if (spent_ >= limits_.attempts)
    return std::nullopt;
  auto delay = limits_.first_delay;
  for (std::uint32_t i = 0; i < spent_ && delay < limits_.max_delay; ++i)
    delay *= 2;
  delay = std::min(delay, limits_.max_delay);
  ++spent_;
  auto share = 0.5 + 0.5 * std::clamp(jitter, 0.0, 1.0);
  return std::chrono::duration_cast<duration>(delay * share);
}

} // namespace offhook::actors
