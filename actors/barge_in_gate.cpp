#include "actors/barge_in_gate.hpp"

#include <algorithm>
#include <cmath>

#include "protocol/g711.hpp"

namespace g711 = offhook::protocol::g711;

namespace offhook::actors {

namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

// An echo comes back over the telephone network and the caller's room.
constexpr milliseconds longest_echo{500};

// Our idea of when a frame is heard is off by as much as the network's delay.
constexpr milliseconds clock_error{150};

constexpr milliseconds kept{3'000};

microseconds length_of(std::size_t bytes) {
  return microseconds{bytes * 1000 / g711::bytes_per_ms};
}

} // namespace

barge_in_gate::barge_in_gate(options x)
  : options_(x),
    echo_factor_(x.echo_loss_db > 0 ? std::pow(10.0, -x.echo_loss_db / 20)
                                    : 0) {
}

void barge_in_gate::playing(std::span<const std::byte> audio,
                            time_point begins) {
  if (!closed() || echo_factor_ <= 0)
    return;
  for (std::size_t at = 0; at < audio.size(); at += g711::frame_bytes) {
    auto frame = audio.subspan(at,
                               std::min(g711::frame_bytes, audio.size() - at));
    auto from = begins + length_of(at);
    ours_.push_back({from, from + length_of(frame.size()), g711::rms(frame)});
  }
}

void barge_in_gate::cleared() {
  // What sounded already still echoes.
  asking_ = false;
  speech_ms_ = 0;
}

double barge_in_gate::loudest_of_ours(time_point at) const {
  double result = 0;
  for (const auto& x : ours_)
    if (x.to + longest_echo + clock_error >= at && x.from <= at + clock_error)
      result = std::max(result, x.rms);
  return result;
}

bool barge_in_gate::caller(std::span<const std::byte> audio, time_point now) {
  if (!closed())
    return false;
  while (!ours_.empty() && ours_.front().to + kept < now)
    ours_.pop_front();
  while (!heard_.empty() && heard_.front().at + kept < now)
    heard_.pop_front();
  auto rms = g711::rms(audio);
  auto echo = echo_factor_ > 0 ? loudest_of_ours(now) * echo_factor_ : 0.0;
  if (rms < options_.min_rms || rms <= echo)
    return false;
  auto ms = static_cast<std::uint32_t>(g711::to_ms(audio.size()));
  heard_.push_back({now, ms});
  if (!asking_)
    return false;
  speech_ms_ += ms;
  return speech_ms_ >= options_.min_speech_ms;
}

bool barge_in_gate::onset(milliseconds ago, time_point now) {
  if (!closed())
    return true;
  asking_ = true;
  speech_ms_ = 0;
  for (const auto& x : heard_)
    if (x.at + ago >= now)
      speech_ms_ += x.ms;
  return speech_ms_ >= options_.min_speech_ms;
}

void barge_in_gate::end() {
  asking_ = false;
  speech_ms_ = 0;
}

} // namespace offhook::actors
