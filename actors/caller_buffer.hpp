#pragma once

#include <cstdint>
#include <deque>

#include "protocol/media.hpp"

namespace offhook::actors {

/// Caller audio while no session is ready for it: nothing of the first words is
/// lost. Bounded: the oldest frames go first. A plain class.
class caller_buffer {
public:
  explicit caller_buffer(std::uint64_t max_bytes) : max_bytes_(max_bytes) {
  }

  /// @returns the bytes dropped for it
  std::uint64_t push(protocol::audio_bytes frame) {
    std::uint64_t dropped = 0;
    bytes_ += frame.size();
    frames_.push_back(std::move(frame));
    while (bytes_ > max_bytes_ && !frames_.empty()) {
      dropped += frames_.front().size();
      bytes_ -= frames_.front().size();
      frames_.pop_front();
    }
    return dropped;
  }

  /// Takes everything, oldest first, as few larger pieces.
  std::deque<protocol::audio_bytes> take(std::uint64_t piece_bytes) {
    std::deque<protocol::audio_bytes> result;
    for (auto& frame : frames_) {
      if (result.empty() || result.back().size() + frame.size() > piece_bytes)
        result.emplace_back();
      result.back().insert(result.back().end(), frame.begin(), frame.end());
    }
    frames_.clear();
    bytes_ = 0;
    return result;
  }

  std::uint64_t bytes() const noexcept {
    return bytes_;
  }

private:
  std::uint64_t max_bytes_;
  std::uint64_t bytes_ = 0;
  std::deque<protocol::audio_bytes> frames_;
};

} // namespace offhook::actors
