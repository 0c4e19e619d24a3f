#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace offhook::app::standins {

/// Finds utterances in mu-law audio: what an ear makes of one track. Time is
/// counted in samples from the beginning of the call; what is never added is
/// silence. Windows of 10 ms count as voice by their energy, and an utterance
/// lasts over the pauses between its words.
class voice_tracker {
public:
  /// A window whose root mean square is below this is silence.
  static constexpr double voice_rms = 100;

  static constexpr std::size_t window_bytes = 80; // 10 ms

  struct utterance {
    std::uint64_t number = 0; ///< 1 for the first
    std::uint64_t began = 0;  ///< sample of its first voice
    std::uint64_t ended = 0;  ///< behind its last voice so far
    bool active = true;       ///< the silence is not long enough yet

    /// From the first voice to the last, the pauses between them included.
    std::uint64_t heard_ms() const noexcept {
      return (ended - began) / 8;
    }
  };

  /// An utterance began, or is over.
  struct change {
    bool began = false;
    utterance what;
  };

  /// @param hang_ms silence after which an utterance is over
  explicit voice_tracker(std::uint32_t hang_ms = 600) noexcept;

  /// Audio that begins at sample `at`; what lies before the position is cut.
  void add(std::uint64_t at, std::span<const std::byte> audio);

  /// Nothing but what was added is heard up to sample `to`.
  void advance(std::uint64_t to);

  /// The utterance under way is over now, whatever the silence.
  void cut();

  /// What happened since the last call.
  std::vector<change> take_changes();

  /// The utterance under way, or the last one.
  const std::optional<utterance>& latest() const noexcept {
    return latest_;
  }

  std::uint64_t position() const noexcept {
    return position_;
  }

  /// Milliseconds since the last voice; nothing where there was none.
  std::optional<std::uint64_t> silent_ms() const noexcept;

private:
  void end_window();

  std::uint64_t hang_samples_;
  std::uint64_t position_ = 0;
  std::array<std::byte, window_bytes> window_{};
  std::size_t filled_ = 0;
  bool window_voiced_ = false; // Anything in it but silence.
  std::optional<utterance> latest_;
  std::vector<change> changes_;
};

/// Where the voice in a recording begins and ends, in samples; nothing where it
/// has none.
struct voice_span {
  std::uint64_t began = 0;
  std::uint64_t ended = 0;
};

std::optional<voice_span> find_voice(std::span<const std::byte> audio);

} // namespace offhook::app::standins
