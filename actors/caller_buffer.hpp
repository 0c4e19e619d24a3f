#pragma once

#include <chrono>
#include <cstdint>
#include <deque>

#include "protocol/g711.hpp"
#include "protocol/media.hpp"

namespace offhook::actors {

/// Caller audio while no session is ready for it: nothing of the first words is
/// lost. Bounded in length and in age: the oldest frames go first, and what was
/// said too long ago is not said again. A plain class.
class caller_buffer {
public:
  using time_point = std::chrono::steady_clock::time_point;

  explicit caller_buffer(std::uint64_t max_bytes) : max_bytes_(max_bytes) {
  }

  /// @returns the bytes dropped for it
  std::uint64_t push(protocol::audio_bytes frame, time_point now) {
    if (frame.empty())
      return 0; // No server need be given nothing.
    bytes_ += frame.size();
    frames_.push_back({std::move(frame), now});
    auto before = bytes_;
    while (bytes_ > max_bytes_ && !frames_.empty())
      drop_oldest();
    return before - bytes_;
  }

  /// What is older than the buffer is long is nobody's concern any more: its
  /// stream was away meanwhile.
  /// @returns the bytes dropped
  std::uint64_t expire(time_point now) {
    std::chrono::milliseconds oldest{protocol::g711::to_ms(max_bytes_)};
    auto before = bytes_;
    while (!frames_.empty() && frames_.front().at + oldest < now)
      drop_oldest();
    return before - bytes_;
  }

  /// Takes everything, oldest first, as few larger pieces.
  std::deque<protocol::audio_bytes> take(std::uint64_t piece_bytes) {
    std::deque<protocol::audio_bytes> result;
    for (auto& x : frames_) {
      if (result.empty() || result.back().size() + x.audio.size() > piece_bytes)
        result.emplace_back();
      result.back().insert(result.back().end(), x.audio.begin(), x.audio.end());
    }
    frames_.clear();
    bytes_ = 0;
    return result;
  }

  std::uint64_t bytes() const noexcept {
    return bytes_;
  }

private:
  struct frame {
    protocol::audio_bytes audio;
    time_point at;
  };

  void drop_oldest() {
    bytes_ -= frames_.front().audio.size();
    frames_.pop_front();
  }

  std::uint64_t max_bytes_;
  std::uint64_t bytes_ = 0;
  std::deque<frame> frames_;
};

} // namespace offhook::actors
