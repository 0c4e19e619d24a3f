#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "app/scenario_ear.hpp"
#include "app/scenario_judge.hpp"

/// What the files of the judge share.
namespace offhook::app {

/// Collects checks.
class verdict {
public:
  using time = std::optional<std::int64_t>;

  void check(bool good, std::string expected, std::string happened,
             time at_ms = {}) {
    checks_.push_back({good, std::move(expected), std::move(happened), at_ms});
  }

  /// Two values that must be equal.
  template <class T>
  void equal(const std::string& what, const T& expected, const T& happened,
             time at_ms = {}) {
    const auto good = expected == happened;
    check(good, what + ' ' + word(expected), good ? "" : word(happened), at_ms);
  }

  std::vector<scenario_check> take() {
    return std::exchange(checks_, {});
  }

  static std::string word(const std::string& x) {
    return x.empty() ? "none" : x;
  }

  static std::string word(std::int64_t x) {
    return std::to_string(x);
  }

  static std::string word(const std::vector<std::string>& x) {
    std::string result;
    for (const auto& one : x)
      result.append(result.empty() ? "" : ", ").append(one.empty() ? "-" : one);
    return result.empty() ? "none" : result;
  }

private:
  std::vector<scenario_check> checks_;
};

/// `2310 ms`.
inline std::string in_ms(std::int64_t x) {
  return std::to_string(x) + " ms";
}

/// `2000 to 4000 ms`.
inline std::string in_ms(const bounds& x) {
  return std::to_string(x.first) + " to " + in_ms(x.second);
}

inline bool within(std::int64_t x, const bounds& of) {
  return x >= of.first && x <= of.second;
}

/// The model's side of the judge.
/// @param cut lines of which a part was heard
void judge_model(const expectations& expect, const scenario_run& run,
                 const std::vector<heard_line>& cut, verdict& result);

/// What was heard of the agent, by the tape.
void judge_sound(const scenario& what, const scenario_run& run,
                 const std::vector<heard_line>& heard, verdict& result);

} // namespace offhook::app
