#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "app/standins/demo_agent_audio.hpp"

namespace offhook::app::standins {

/// What voice activity detection by loudness goes by.
struct loudness_rule {
  double threshold_rms = 600;
  std::uint32_t min_speech_ms = 40; ///< less is a click, not speech
  std::uint32_t prefix_padding_ms = 300;
  std::uint32_t silence_duration_ms = 500;
};

/// The caller began or ended a turn.
struct speech_edge {
  bool started = false;
  std::uint64_t at_ms = 0; ///< audio clock; with padding, with the silence
};

/// The input audio buffer of a session and the detection of turns in it. Its
/// clock counts the audio appended, not the time: where nothing is appended, an
/// open turn stays open.
class input_audio {
public:
  /// Drops what is buffered where the format changes.
  void set_format(audio_format format);

  /// Nothing: no detection.
  void set_rule(std::optional<loudness_rule> rule);

  std::vector<speech_edge> append(std::span<const std::byte> bytes);

  /// All audio appended in this session.
  std::uint64_t clock_ms() const noexcept;

  /// Appended since the last commit or clear.
  std::uint64_t buffered_ms() const noexcept {
    return clock_ms() - floor_ms_;
  }

  /// Where the buffer begins on the audio clock.
  std::uint64_t floor_ms() const noexcept {
    return floor_ms_;
  }

  bool speaking() const noexcept {
    return speaking_;
  }

  /// Takes the audio from `start_ms` to `end_ms` and drops what was before it.
  /// Audio that nobody spoke in is not kept for long: the result may be
  /// shorter.
  std::vector<std::byte> take(std::uint64_t start_ms, std::uint64_t end_ms);

  /// Drops what is buffered and forgets an open turn.
  void clear();

private:
  void end_window(std::vector<speech_edge>& edges);
  void forget_turn();
  void trim();

  audio_format format_ = audio_format::pcm;
  std::optional<loudness_rule> rule_;

  std::vector<std::byte> bytes_;    // The newest audio of the clock.
  std::uint64_t bytes_end_ = 0;     // Bytes appended since the clock's base.
  std::uint64_t clock_base_ms_ = 0; // Clock when the format was set.
  std::uint64_t floor_ms_ = 0;
  std::vector<std::byte> half_; // A sample cut in two by the client.

  double window_energy_ = 0;
  std::size_t window_samples_ = 0;
  std::uint64_t window_start_ms_ = 0;
  std::uint64_t onset_ms_ = 0;
  std::uint32_t loud_ms_ = 0;
  std::uint32_t quiet_ms_ = 0;
  bool speaking_ = false;
};

} // namespace offhook::app::standins
