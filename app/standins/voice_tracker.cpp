#include "app/standins/voice_tracker.hpp"

#include <algorithm>
#include <utility>

#include "protocol/g711.hpp"

namespace offhook::app::standins {

namespace g711 = protocol::g711;

voice_tracker::voice_tracker(std::uint32_t hang_ms) noexcept
  : hang_samples_(g711::to_bytes(hang_ms)) {
  // nop
}

void voice_tracker::add(std::uint64_t at, std::span<const std::byte> audio) {
  if (at > position_) {
    advance(at);
  } else {
    // Two runs of audio can meet within one sample; never hear one twice.
    auto late = static_cast<std::size_t>(
      std::min<std::uint64_t>(position_ - at, audio.size()));
    audio = audio.subspan(late);
  }
  while (!audio.empty()) {
    auto n = std::min(audio.size(), window_bytes - filled_);
    std::copy_n(audio.begin(), n, window_.begin() + filled_);
    window_voiced_ = true;
    filled_ += n;
    position_ += n;
    audio = audio.subspan(n);
    if (filled_ == window_bytes)
      end_window();
  }
}

void voice_tracker::advance(std::uint64_t to) {
  while (position_ < to) {
    auto n = static_cast<std::size_t>(
      std::min<std::uint64_t>(to - position_, window_bytes - filled_));
    std::fill_n(window_.begin() + filled_, n, g711::silence);
    filled_ += n;
    position_ += n;
    if (filled_ == window_bytes)
      end_window();
  }
}

void voice_tracker::cut() {
  // Nor does what the window holds of it begin another one.
  window_voiced_ = false;
  if (latest_ && latest_->active) {
    latest_->active = false;
    changes_.push_back({false, *latest_});
  }
}

std::vector<voice_tracker::change> voice_tracker::take_changes() {
  return std::exchange(changes_, {});
}

std::optional<std::uint64_t> voice_tracker::silent_ms() const noexcept {
  if (!latest_)
    return std::nullopt;
  return g711::to_ms(position_ - latest_->ended);
}

void voice_tracker::end_window() {
  filled_ = 0;
  if (std::exchange(window_voiced_, false) && g711::rms(window_) >= voice_rms) {
    if (!latest_ || !latest_->active) {
      auto number = latest_ ? latest_->number + 1 : 1;
      latest_ = utterance{number, position_ - window_bytes, position_, true};
      changes_.push_back({true, *latest_});
    }
    latest_->ended = position_;
  } else if (latest_ && latest_->active
             && position_ - latest_->ended >= hang_samples_) {
    cut();
  }
}

std::optional<voice_span> find_voice(std::span<const std::byte> audio) {
  std::optional<voice_span> result;
  for (std::size_t at = 0; at < audio.size();
       at += voice_tracker::window_bytes) {
    auto window = audio.subspan(at, std::min(voice_tracker::window_bytes,
                                             audio.size() - at));
    if (g711::rms(window) < voice_tracker::voice_rms)
      continue;
    if (!result)
      result = voice_span{at, at};
    result->ended = at + window.size();
  }
  return result;
}

} // namespace offhook::app::standins
