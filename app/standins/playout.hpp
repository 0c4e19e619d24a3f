#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "app/standins/sample_clock.hpp"

namespace offhook::app::standins {

/// What Twilio does with the audio that the server sends: it is queued and
/// played at 8 bytes a millisecond, and a mark is returned when all audio sent
/// before it has been played, or at once when the queue is cleared. Time comes
/// from outside and never goes back.
class playout {
public:
  /// Twilio's limit (warning 31931): more than ten minutes are discarded.
  static constexpr std::size_t max_queued_bytes = 10 * 60 * 8000;

  struct options {
    std::size_t max_queued = max_queued_bytes;

    /// Audio that comes within this after the queue ran dry belongs to the same
    /// burst, so that the gap is an underrun.
    std::uint32_t burst_gap_ms = 400;
  };

  /// Audio went out, from `at` on.
  struct played {
    time_point at;
    std::vector<std::byte> audio;
  };

  /// A mark is due to be returned.
  struct mark_reached {
    time_point at;
    std::string name;
    bool cleared = false;
  };

  /// Play-out had run dry at `at`, inside a burst, for so long.
  struct underrun {
    time_point at;
    std::uint64_t samples = 0;
  };

  using event = std::variant<played, mark_reached, underrun>;

  explicit playout(options opts) noexcept : options_(opts) {
    // nop
  }

  playout() noexcept : playout(options{}) {
    // nop
  }

  /// Plays up to `now`. The other members that take the time do that first.
  void advance(time_point now);

  /// @returns how many bytes did not fit and were discarded.
  std::size_t push(std::span<const std::byte> audio, time_point now);

  void mark(std::string name, time_point now);

  /// @returns the number of bytes dropped.
  std::size_t clear(time_point now);

  /// What comes next is a burst of its own: the other side spoke meanwhile.
  void break_burst() noexcept {
    broken_ = true;
  }

  /// What happened, in the order of time, since the last call.
  std::vector<event> take_events();

  /// When the next mark is due, as far as the audio queued by now tells.
  std::optional<time_point> next_mark() const noexcept;

  std::size_t unplayed() const noexcept {
    return queue_.size();
  }

  std::size_t outstanding_marks() const noexcept {
    return marks_.size();
  }

private:
  struct waiting_mark {
    std::string name;
    std::uint64_t position = 0; // In bytes of all that was ever queued.
  };

  time_point time_of(std::uint64_t position) const noexcept {
    return run_began_ + to_duration(position - run_position_);
  }

  options options_;
  std::deque<std::byte> queue_;
  std::deque<waiting_mark> marks_;
  std::uint64_t played_ = 0;       // Position of the next byte to be played.
  std::uint64_t run_position_ = 0; // Where the run under way began.
  time_point run_began_{};
  std::optional<time_point> dry_at_;
  bool broken_ = false; // The next gap is none.
  std::vector<event> events_;
};

} // namespace offhook::app::standins
