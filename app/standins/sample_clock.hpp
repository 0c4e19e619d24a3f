#pragma once

#include <chrono>
#include <cstdint>

#include "app/standins/machine.hpp"

/// Telephone audio as a measure of time: 8 kHz, so that a sample (one byte of
/// mu-law) is 125 us.
namespace offhook::app::standins {

inline constexpr std::chrono::microseconds sample_time{125};

/// What `samples` take to be played.
constexpr std::chrono::steady_clock::duration
to_duration(std::uint64_t samples) noexcept {
  return sample_time * static_cast<std::int64_t>(samples);
}

/// Whole samples from `origin` to `t`; 0 where `t` is earlier.
constexpr std::uint64_t to_samples(time_point origin, time_point t) noexcept {
  return t <= origin ? 0
                     : static_cast<std::uint64_t>((t - origin) / sample_time);
}

/// Whole milliseconds from `origin` to `t`, negative where `t` is earlier.
constexpr std::int64_t to_ms(time_point origin, time_point t) noexcept {
  return std::chrono::floor<std::chrono::milliseconds>(t - origin).count();
}

} // namespace offhook::app::standins
