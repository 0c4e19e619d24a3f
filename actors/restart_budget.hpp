#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

namespace offhook::actors {

/// When a failed Realtime socket may be dialled again, and when no more. It
/// counts attempts in a row that never reached `session.updated`; a session
/// that did gives the whole budget back. Likewise, without a delay of ours, for
/// Media Streams sockets, where one that lasted does.
class restart_budget {
public:
  using duration = std::chrono::milliseconds;

  struct limits {
    std::uint32_t attempts = 5; ///< in a row, the first dial not counted
    duration first_delay{250};  ///< doubles with every attempt
    duration max_delay{4000};
  };

  explicit restart_budget(limits x) : limits_(x) {
  }

  /// Takes one attempt.
  /// @param jitter 0.0 to 1.0: the delay is between half of it and all of it
  /// @returns how long to wait before it, or nothing: the budget is spent.
  std::optional<duration> spend(double jitter);

  /// A session reached `session.updated`.
  void give_back() {
    spent_ = 0;
  }

  std::uint32_t spent() const noexcept {
    return spent_;
  }

private:
  limits limits_;
  std::uint32_t spent_ = 0;
};

} // namespace offhook::actors
