#include "actors/overlay.hpp"

#include <algorithm>

#include "protocol/g711.hpp"

namespace g711 = offhook::protocol::g711;

namespace offhook::actors {

std::size_t overlay::add(std::span<const std::byte> sound) {
  if (sound_.size() - position_ + sound.size() > max_bytes_)
    return 0;
  drop_spent();
  sound_.insert(sound_.end(), sound.begin(), sound.end());
  return sound.size();
}

void overlay::mix_into(std::span<std::byte> frames) {
  auto size = std::min(frames.size(), sound_.size() - position_);
  for (std::size_t i = 0; i < size; ++i) {
    auto sum = g711::decode(frames[i]) + g711::decode(sound_[position_ + i]);
    frames[i]
      = g711::encode(static_cast<std::int16_t>(std::clamp(sum, -32768, 32767)));
  }
  position_ += size;
  drop_spent();
}

protocol::audio_bytes overlay::take(std::size_t max_bytes) {
  auto whole = max_bytes - max_bytes % g711::frame_bytes;
  auto size = std::min(whole, sound_.size() - position_);
  auto begin = sound_.begin() + static_cast<std::ptrdiff_t>(position_);
  protocol::audio_bytes result(begin,
                               begin + static_cast<std::ptrdiff_t>(size));
  position_ += size;
  drop_spent();
  if (auto rest = size % g711::frame_bytes; rest > 0)
    result.resize(size + g711::frame_bytes - rest, g711::silence);
  return result;
}

void overlay::drop_spent() {
  if (!empty())
    return;
  sound_.clear();
  position_ = 0;
}

} // namespace offhook::actors
