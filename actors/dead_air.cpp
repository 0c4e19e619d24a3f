#include "actors/dead_air.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <vector>

#include "protocol/g711.hpp"

namespace g711 = offhook::protocol::g711;

namespace offhook::actors {

namespace {

// Quieter than this is line noise: -60 dB of full scale.
constexpr double audible_rms = 32;

constexpr std::uint32_t all_steps = 3;

void append_tone(std::vector<std::byte>& out, double hertz) {
  constexpr int samples = 1'600; // 0.2 s
  constexpr double loudness = 1'400;
  for (int i = 0; i < samples; ++i) {
    auto fade = std::sin(std::numbers::pi * i / samples); // No clicks.
    auto wave = std::sin(2 * std::numbers::pi * hertz * i / 8000);
    out.push_back(
      g711::encode(static_cast<std::int16_t>(loudness * fade * wave)));
  }
}

} // namespace

void dead_air::awaited(bool due, time_point now) {
  if (!due) {
    quiet_since_.reset();
    taken_ = 0;
  } else if (!quiet_since_) {
    quiet_since_ = now;
  }
}

void dead_air::sounds(std::span<const std::byte> audio, time_point ends) {
  if (!quiet_since_ || limit_.count() == 0 || g711::rms(audio) < audible_rms)
    return;
  filled(ends);
  taken_ = 0;
}

void dead_air::filled(time_point ends) {
  if (quiet_since_)
    quiet_since_ = std::max(*quiet_since_, ends);
}

dead_air::step dead_air::due(time_point now) {
  auto when = next_time();
  if (!when || *when > now)
    return step::none;
  quiet_since_ = now;
  return static_cast<step>(++taken_);
}

std::optional<dead_air::time_point> dead_air::next_time() const {
  if (!quiet_since_ || limit_.count() == 0 || taken_ == all_steps)
    return std::nullopt;
  return *quiet_since_ + limit_;
}

std::span<const std::byte> waiting_tone() {
  static const auto tone = [] {
    std::vector<std::byte> result;
    append_tone(result, 440);
    append_tone(result, 554);
    return result;
  }();
  return tone;
}

} // namespace offhook::actors
