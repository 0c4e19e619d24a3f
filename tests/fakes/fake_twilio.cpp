#include "tests/fakes/fake_twilio.hpp"

#include <algorithm>

namespace offhook::tests {

namespace {

using ms = std::chrono::milliseconds;
using us = std::chrono::microseconds;

us length_of(std::size_t bytes) {
  return us{bytes * 125};
}

} // namespace

fake_twilio_state::fake_twilio_state(actors::twilio_socket_actor::pointer self,
                                     std::shared_ptr<twilio_record> record,
                                     actors::bridge_actor bridge,
                                     std::uint32_t generation)
  : self_(self),
    record_(std::move(record)),
    bridge_(std::move(bridge)),
    generation_(generation) {
}

actors::twilio_socket_actor::behavior_type fake_twilio_state::make_behavior() {
  return {
    [this](actors::play_audio& x) { play(x); },
    [this](actors::play_mark& x) {
      record_->log.push_back("mark");
      if (record_->loses_marks)
        return;
      auto now = self_->clock().now();
      marks_.push_back(x.name);
      auto wait = std::max(busy_until_ - now, time_point::duration{0});
      self_->run_delayed(wait, [this, name = x.name, epoch = epoch_] {
        if (epoch == epoch_)
          return_mark(name);
      });
    },
    [this](actors::clear_playback) {
      record_->log.push_back("clear");
      ++record_->clears;
      advance();
      ++epoch_;
      queue_.clear();
      busy_until_ = self_->clock().now();
      while (!marks_.empty())
        return_mark(std::string{marks_.front()});
    },
    [](const actors::bridge_replaced&) {},
    [this](actors::close_socket& x) {
      record_->closes.emplace_back(x.code, x.reason);
    },
  };
}

void fake_twilio_state::return_mark(const std::string& name) {
  advance();
  std::erase(marks_, name);
  record_->marks_returned.push_back(name);
  self_->send(bridge_, actors::mark_ack{generation_, name});
}

void fake_twilio_state::play(actors::play_audio& x) {
  record_->log.push_back("media");
  record_->payload_sizes.push_back(x.payload.size());
  record_->payloads.push_back(x.payload);
  advance();
  auto now = self_->clock().now();
  // Dry within a burst: less than half a second ago something was playing.
  if (busy_until_ != time_point{} && busy_until_ < now
      && now - busy_until_ < ms{500})
    ++record_->underruns;
  auto begin = std::max(now, busy_until_);
  busy_until_ = begin + length_of(x.payload.size());
  queue_.push_back(piece{begin, std::move(x.payload), 0});
  auto lead = std::chrono::duration_cast<ms>(busy_until_ - now).count();
  record_->max_lead_ms = std::max(record_->max_lead_ms,
                                  static_cast<std::uint64_t>(lead));
}

void fake_twilio_state::advance() {
  auto now = self_->clock().now();
  while (!queue_.empty()) {
    auto& x = queue_.front();
    auto due = now <= x.begin
                 ? 0
                 : std::chrono::duration_cast<us>(now - x.begin).count() / 125;
    auto until = std::min(static_cast<std::size_t>(due), x.audio.size());
    for (; x.played < until; ++x.played)
      ++record_->heard[std::to_integer<std::uint8_t>(x.audio[x.played])];
    if (x.played < x.audio.size())
      return;
    queue_.pop_front();
  }
}

} // namespace offhook::tests
