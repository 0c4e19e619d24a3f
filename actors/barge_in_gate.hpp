#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <span>

namespace offhook::actors {

/// Stands between voice activity and `clear`: a cough, a door and the echo of
/// our own voice are no interruption. What counts is speech of the caller that
/// the agent's voice cannot account for, and enough of it. A plain class; the
/// bridge feeds it both directions and asks.
class barge_in_gate {
public:
  using time_point = std::chrono::steady_clock::time_point;
  using milliseconds = std::chrono::milliseconds;

  struct options {
    /// So much of independent speech is an interruption; 0: every onset of
    /// voice activity is one at once.
    std::uint32_t min_speech_ms = 0;

    /// The caller's audio must be this many decibels above what an echo of ours
    /// could be: 6 is half the amplitude. 0: no comparison.
    double echo_loss_db = 0;

    /// Quieter than this (RMS of 16-bit samples) nothing is speech.
    double min_rms = 250;
  };

  explicit barge_in_gate(options x);

  /// Whether voice activity is not an interruption by itself.
  bool closed() const noexcept {
    return options_.min_speech_ms > 0;
  }

  /// Audio of ours that the caller hears from `begins` on.
  void playing(std::span<const std::byte> audio, time_point begins);

  /// What was to be played is not.
  void cleared();

  /// Audio of the caller, as it comes.
  /// @returns whether with it an interruption is real
  bool caller(std::span<const std::byte> audio, time_point now);

  /// The server heard the onset of speech this long ago, by the audio that it
  /// was given: what came since counts.
  /// @returns whether that is an interruption already
  bool onset(milliseconds ago, time_point now);

  /// ... and the end of it.
  void end();

  /// Between an onset and its end.
  bool open_question() const noexcept {
    return asking_;
  }

private:
  struct span_of_time {
    time_point from;
    time_point to;
    double rms;
  };

  struct spoken {
    time_point at;
    std::uint32_t ms;
  };

  double loudest_of_ours(time_point at) const;

  options options_;
  double echo_factor_ = 0; // 0: no comparison
  std::deque<span_of_time> ours_;
  std::deque<spoken> heard_; // independent speech of the last moments
  bool asking_ = false;
  std::uint32_t speech_ms_ = 0; // since the onset
};

} // namespace offhook::actors
