#pragma once

#include <chrono>
#include <cstdint>

namespace offhook::actors {

/// Keeps the model's clock, which counts audio, in step with the line's, which
/// counts time: says how much mu-law silence stands for audio that did not
/// come. One per stream; a plain class, owned by the bridge.
class caller_clock {
public:
  using time_point = std::chrono::steady_clock::time_point;
  using milliseconds = std::chrono::milliseconds;

  struct limits {
    /// Of silence for one gap: a longer one is a pause that nobody waits for.
    std::uint64_t max_gap_ms = 10'000;

    /// Twilio's frames come every 20 ms; later than this they have stopped. A
    /// packet that is sent again on the way takes less: what is said before and
    /// after it is one turn.
    milliseconds stall{800};
  };

  explicit caller_clock(limits x) : limits_(x) {
  }

  /// A frame came.
  /// @param timestamp_ms of its first sample, on the stream's clock
  /// @returns the bytes of silence that belong before it
  std::uint64_t frame(std::uint64_t timestamp_ms, std::uint64_t bytes,
                      time_point now);

  /// The line is silent while somebody was speaking: the turn could never
  /// close. Call it now and then until the turn has closed.
  /// @returns the bytes of silence that are due; what is given out here is
  ///          taken off the next gap
  std::uint64_t stalled(time_point now);

  /// Whether no frame has come for so long that `stalled` has something to
  /// give.
  bool is_stalled(time_point now) const;

private:
  limits limits_;
  bool begun_ = false;
  std::uint64_t next_ms_ = 0; // where the next frame belongs
  time_point last_{};         // when the newest came
  std::uint64_t given_ = 0;   // bytes of silence since
};

} // namespace offhook::actors
