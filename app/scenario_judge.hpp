#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "app/scenario.hpp"
#include "app/scenario_run.hpp"

namespace offhook::app {

/// One thing that had to come true.
struct scenario_check {
  bool good = true;
  std::string expected;
  std::string happened;
  std::optional<std::int64_t> at_ms; ///< when what happened did
};

/// `expected ...; what happened: ... (at 00:03.200)`, or what came true.
std::string to_string(const scenario_check& x);

/// Judges what the person on the telephone saw: how the call ended, who
/// answered and interrupted whom, what Twilio refused.
std::vector<scenario_check> judge_caller(const expectations& expect,
                                         const scenario_run& run);

/// The same of a scenario whose model is somewhere else: what was heard of it
/// is judged by the sound itself.
std::vector<scenario_check> judge_caller(const scenario& what,
                                         const scenario_run& run);

/// Judges all of it: the caller's side, what was heard by the sound itself,
/// what passed to and from the model, and what the gateway says of the call.
std::vector<scenario_check> judge(const scenario& what,
                                  const scenario_run& run);

/// The first that is not good, as text; empty: all are.
std::string first_failure(const std::vector<scenario_check>& checks);

} // namespace offhook::app
