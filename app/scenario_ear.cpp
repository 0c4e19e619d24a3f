#include "app/scenario_ear.hpp"

#include <algorithm>

#include "protocol/g711.hpp"

namespace offhook::app {

namespace g711 = protocol::g711;

namespace {

// What is shorter is no part of a line.
constexpr std::size_t shortest = 40 * g711::bytes_per_ms;

// Sounds with less silence between them are one.
constexpr std::size_t pause = 100 * g711::bytes_per_ms;

std::span<const std::byte> voiced(std::span<const std::byte> audio) {
  const auto is_sound = [](std::byte x) { return x != g711::silence; };
  const auto begin = std::find_if(audio.begin(), audio.end(), is_sound);
  const auto end = std::find_if(audio.rbegin(), audio.rend(), is_sound).base();
  return begin < end ? std::span{begin, end} : std::span<const std::byte>{};
}

std::int64_t to_ms(std::size_t bytes) {
  return static_cast<std::int64_t>(g711::to_ms(bytes));
}

/// Up to where the sound goes on that begins at `at`.
std::size_t end_of_sound(std::span<const std::byte> track, std::size_t at) {
  std::size_t last = at;
  for (; at < track.size() && at - last < pause; ++at)
    if (track[at] != g711::silence)
      last = at;
  return last + 1;
}

} // namespace

std::vector<heard_line> listen(std::span<const std::byte> track,
                               const std::vector<speech>& lines) {
  std::vector<std::span<const std::byte>> sounds;
  for (const auto& x : lines)
    sounds.push_back(voiced(x.audio));
  std::vector<heard_line> result;
  for (std::size_t at = 0; at < track.size();) {
    if (track[at] == g711::silence) {
      ++at;
      continue;
    }
    std::size_t best = 0;
    std::size_t longest = 0;
    for (std::size_t i = 0; i < sounds.size(); ++i) {
      const auto n = std::min(sounds[i].size(), track.size() - at);
      const auto end
        = std::mismatch(sounds[i].begin(),
                        sounds[i].begin() + static_cast<std::ptrdiff_t>(n),
                        track.begin() + static_cast<std::ptrdiff_t>(at))
            .first;
      const auto same = static_cast<std::size_t>(end - sounds[i].begin());
      if (same > longest) {
        longest = same;
        best = i;
      }
    }
    if (longest >= shortest) {
      result.push_back({lines[best].name, to_ms(at), to_ms(longest),
                        to_ms(sounds[best].size())});
      at += longest;
      continue;
    }
    const auto end = end_of_sound(track, at);
    if (end - at >= shortest)
      result.push_back({{}, to_ms(at), to_ms(end - at), 0});
    at = end;
  }
  return result;
}

} // namespace offhook::app
