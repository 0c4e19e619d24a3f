#include "app/standins/demo_agent_input.hpp"

#include <algorithm>
#include <cmath>

namespace offhook::app::standins {

namespace {

constexpr std::uint32_t window_ms = 10;

/// How much audio without speech is kept beyond the padding.
constexpr std::uint64_t spare_ms = 1000;

/// Without detection the client decides what a turn is: a bound all the same.
constexpr std::uint64_t max_buffered_ms = 10 * 60 * 1000;

} // namespace

void input_audio::set_format(audio_format format) {
  if (format == format_)
    return;
  clock_base_ms_ = clock_ms();
  bytes_end_ = 0;
  bytes_.clear();
  half_.clear();
  floor_ms_ = clock_base_ms_;
  format_ = format;
  forget_turn();
}

void input_audio::set_rule(std::optional<loudness_rule> rule) {
  if (!rule || !rule_)
    forget_turn();
  rule_ = rule;
}

std::uint64_t input_audio::clock_ms() const noexcept {
  return clock_base_ms_ + bytes_end_ / bytes_per_ms(format_);
}

std::vector<speech_edge> input_audio::append(std::span<const std::byte> bytes) {
  std::vector<speech_edge> edges;
  std::vector<std::byte> joined;
  trim(); // Now, and not at the end: the edges' audio is taken after this.
  if (format_ == audio_format::pcm
      && (!half_.empty() || bytes.size() % 2 != 0)) {
    joined = half_;
    joined.insert(joined.end(), bytes.begin(), bytes.end());
    half_.clear();
    if (joined.size() % 2 != 0) {
      half_.push_back(joined.back());
      joined.pop_back();
    }
    bytes = joined;
  }
  bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
  bytes_end_ += bytes.size();
  if (rule_) {
    auto per_window = window_ms * samples_per_ms(format_);
    for (auto sample : to_samples(bytes, format_)) {
      window_energy_ += double{static_cast<double>(sample)} * sample;
      if (++window_samples_ == per_window)
        end_window(edges);
    }
  }
  return edges;
}

void input_audio::end_window(std::vector<speech_edge>& edges) {
  auto rms = std::sqrt(window_energy_ / static_cast<double>(window_samples_));
  auto start_ms = window_start_ms_;
  window_energy_ = 0;
  window_samples_ = 0;
  window_start_ms_ += window_ms;
  auto loud = rms >= rule_->threshold_rms;
  if (!speaking_) {
    if (!loud) {
      loud_ms_ = 0;
      return;
    }
    if (loud_ms_ == 0)
      onset_ms_ = start_ms;
    loud_ms_ += window_ms;
    if (loud_ms_ < rule_->min_speech_ms)
      return;
    speaking_ = true;
    quiet_ms_ = 0;
    auto padding = std::min<std::uint64_t>(rule_->prefix_padding_ms, onset_ms_);
    edges.push_back({true, std::max(onset_ms_ - padding, floor_ms_)});
    return;
  }
  quiet_ms_ = loud ? 0 : quiet_ms_ + window_ms;
  if (quiet_ms_ < rule_->silence_duration_ms || loud)
    return;
  speaking_ = false;
  loud_ms_ = 0;
  floor_ms_ = window_start_ms_; // The next turn does not reach into this one.
  edges.push_back({false, window_start_ms_});
}

std::vector<std::byte> input_audio::take(std::uint64_t start_ms,
                                         std::uint64_t end_ms) {
  auto per_ms = bytes_per_ms(format_);
  auto first = bytes_end_ - bytes_.size(); // Position of the oldest byte kept.
  auto index = [&](std::uint64_t ms) {
    auto wanted = ms > clock_base_ms_ ? (ms - clock_base_ms_) * per_ms : 0;
    return static_cast<std::ptrdiff_t>(
      std::clamp<std::uint64_t>(wanted, first, bytes_end_) - first);
  };
  auto from = std::min(index(start_ms), index(end_ms));
  auto to = index(end_ms);
  std::vector<std::byte> result(bytes_.begin() + from, bytes_.begin() + to);
  bytes_.erase(bytes_.begin(), bytes_.begin() + to);
  floor_ms_ = std::clamp(end_ms, floor_ms_, clock_ms());
  if (speaking_ && end_ms >= clock_ms())
    forget_turn();
  return result;
}

void input_audio::clear() {
  bytes_.clear();
  floor_ms_ = clock_ms();
  forget_turn();
}

void input_audio::forget_turn() {
  speaking_ = false;
  loud_ms_ = 0;
  quiet_ms_ = 0;
  window_energy_ = 0;
  window_samples_ = 0;
  window_start_ms_ = clock_ms();
}

void input_audio::trim() {
  auto keep_ms = rule_ && !speaking_ ? rule_->prefix_padding_ms + spare_ms
                                     : max_buffered_ms;
  auto keep = keep_ms * bytes_per_ms(format_);
  // Not at every append: erasing at the front moves all the rest.
  if (bytes_.size() > 2 * keep)
    bytes_.erase(bytes_.begin(),
                 bytes_.end() - static_cast<std::ptrdiff_t>(keep));
}

} // namespace offhook::app::standins
