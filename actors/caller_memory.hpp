#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>

#include "protocol/media.hpp"

namespace offhook::actors {

/// The newest of what the caller said, for a session that has to hear it again:
/// the onset of a voice when another session takes over, and a whole turn where
/// the session was lost that was to answer it. Bounded. A plain class; the
/// bridge owns it.
class caller_memory {
public:
  /// @param idle_bytes kept while nothing is open
  /// @param max_bytes of a turn; what is older is forgotten
  caller_memory(std::size_t idle_bytes, std::size_t max_bytes)
    : idle_(idle_bytes),
      max_(max_bytes) {
  }

  /// A session was given this.
  void given(std::span<const std::byte> audio) {
    audio_.insert(audio_.end(), audio.begin(), audio.end());
    if (open_)
      turn_ += audio.size();
    if (turn_ > max_) // Nobody answers what was so long ago.
      settle();
    auto kept = open_ ? max_ : idle_;
    if (audio_.size() >= 2 * kept) // Not with every frame.
      trim(kept);
  }

  /// What was said since `ago_bytes` is not answered.
  void open(std::size_t ago_bytes) {
    open_ = true;
    turn_ = std::min(ago_bytes, audio_.size());
  }

  /// It is answered, or written down.
  void settle() noexcept {
    open_ = false;
    turn_ = 0;
  }

  bool is_open() const noexcept {
    return open_;
  }

  /// The audio of the open turn; empty: none is.
  protocol::audio_bytes turn() const {
    return newest(turn_);
  }

  void clear() noexcept {
    audio_.clear();
    settle();
  }

  /// The last `bytes`, or what there is.
  protocol::audio_bytes newest(std::size_t bytes) const {
    auto size = std::min(bytes, audio_.size());
    return {audio_.end() - static_cast<std::ptrdiff_t>(size), audio_.end()};
  }

private:
  /// Into room of its own size: a call is not to hold that of its longest turn.
  void trim(std::size_t kept) {
    audio_ = newest(kept);
  }

  std::size_t idle_;
  std::size_t max_;
  protocol::audio_bytes audio_;
  std::size_t turn_ = 0; ///< bytes of the open turn, at the end
  bool open_ = false;
};

} // namespace offhook::actors
