#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

namespace offhook::actors {

/// What a caller hears while there is no session: a sound now and then, so that
/// the line does not seem dead, and once a line that says what is wrong. When
/// to give the call up is the supervisor's to decide. A plain class; the bridge
/// asks it.
class outage {
public:
  using time_point = std::chrono::steady_clock::time_point;
  using milliseconds = std::chrono::milliseconds;

  struct limits {
    milliseconds filler_after{2'000}; ///< of silence, again and again; 0: never
    milliseconds line_after{8'000};   ///< since it began; 0: never

    /// A session that is lost before this has ended nothing.
    milliseconds steady_after{5'000};
  };

  explicit outage(limits x) : limits_(x) {
  }

  /// Whether a caller is on the line and no session is there.
  void lasts(bool yes, time_point now);

  /// It is over: the agent is heard.
  void end();

  /// Something is heard until then.
  void sounds(time_point ends);

  enum class step : std::uint8_t { none, filler, line };

  /// What is due by now. Call it at `next_time`.
  step due(time_point now);
  std::optional<time_point> next_time() const;

  bool is_on() const noexcept {
    return began_ && !paused_;
  }

private:
  std::optional<time_point> line_time() const;
  std::optional<time_point> filler_time() const;

  limits limits_;
  std::optional<time_point> began_;
  std::optional<time_point> paused_; ///< a session is there, and may not last
  time_point quiet_since_{};
  bool line_said_ = false; ///< in this outage
};

} // namespace offhook::actors
