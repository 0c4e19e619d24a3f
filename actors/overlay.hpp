#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "protocol/media.hpp"

namespace offhook::actors {

/// Sound that is laid over what the agent says, and heard alone where it says
/// nothing: a filler, something in the background. A plain class; the bridge
/// owns it.
class overlay {
public:
  explicit overlay(std::size_t max_bytes) : max_bytes_(max_bytes) {
  }

  /// Sound behind that which waits already.
  /// @returns the bytes taken: all, or none beyond the bound
  std::size_t add(std::span<const std::byte> sound);

  /// Mixes what is next into `frames`, as much as there is.
  void mix_into(std::span<std::byte> frames);

  /// What is next by itself: at most `max_bytes`, whole 20 ms frames, the last
  /// one filled up with silence.
  protocol::audio_bytes take(std::size_t max_bytes);

  bool empty() const noexcept {
    return position_ == sound_.size();
  }

  void clear() noexcept {
    sound_.clear();
    position_ = 0;
  }

private:
  void drop_spent();

  std::size_t max_bytes_;
  protocol::audio_bytes sound_;
  std::size_t position_ = 0;
};

} // namespace offhook::actors
