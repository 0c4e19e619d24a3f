#include "actors/rollover.hpp"

#include <algorithm>

namespace offhook::actors {

namespace {

using std::chrono::milliseconds;

// Sessions do not follow each other faster, whatever a clock says.
constexpr milliseconds least_age{10'000};

// Of what a server says; more is a mistake of somebody's.
constexpr std::int64_t longest_age_s = 24 * 3600;

} // namespace

std::optional<milliseconds>
rollover_wait(const rollover_rules& rules,
              std::optional<std::int64_t> expires_at, std::int64_t now) {
  std::optional<milliseconds> result;
  if (rules.age.count() > 0)
    result = rules.age;
  if (expires_at && *expires_at > now) {
    milliseconds left{std::min(*expires_at - now, longest_age_s) * 1000};
    // A short life has a short margin.
    auto wait = std::max(left - rules.margin, left / 2);
    result = result ? std::min(*result, wait) : wait;
  }
  if (result)
    result = std::max(*result, least_age);
  return result;
}

} // namespace offhook::actors
