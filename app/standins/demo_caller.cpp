#include "app/standins/demo_caller.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "protocol/g711.hpp"

namespace offhook::app::standins {

namespace g711 = protocol::g711;
using kind = timeline_event::kind;

namespace {

constexpr std::chrono::milliseconds frame_time{g711::frame_ms};

} // namespace

demo_caller::demo_caller(stream_setup stream, std::shared_ptr<phone_call> call)
  : stream_(std::move(stream)),
    call_(std::move(call)),
    playout_(call_->queue_options()) {
  // nop
}

effects demo_caller::on_open(time_point now) {
  effects out;
  if (phase_ != phase::idle)
    return out;
  phase_ = phase::open;
  opened_ = now_ = now;
  next_tick_ = now + frame_time;
  call_->attach(now);
  call_->note(now, kind::stream_opened, party::twilio, stream_.stream_sid);
  ++call_->stats().frames_sent;
  out.emplace_back(send_text{wire::connected()});
  send(wire::start(stream_, ++sequence_), out);
  return out;
}

effects demo_caller::on_text(std::string_view text, time_point now) {
  effects out;
  run_to(now, out);
  if (phase_ != phase::open)
    return out; // It crossed our `stop` on the way.
  auto& stats = call_->stats();
  ++stats.frames_received;
  auto frame = wire::read(text, stream_.stream_sid);
  if (const auto* x = std::get_if<wire::server_media>(&frame)) {
    ++stats.media_received;
    stats.bytes_received += x->audio.size();
    if (x->audio.empty() || x->audio.size() % g711::frame_bytes != 0)
      ++stats.partial_frames;
    const auto discarded = playout_.push(x->audio, now_);
    stats.max_queued_ms = std::max(stats.max_queued_ms,
                                   g711::to_ms(playout_.unplayed()));
    if (discarded > 0 && !std::exchange(overflow_told_, true))
      call_->violated(now_, 31931, "more than the queue holds, discarded");
  } else if (auto* x = std::get_if<wire::server_mark>(&frame)) {
    call_->mark_received(now_, x->name);
    playout_.mark(std::move(x->name), now_);
  } else if (std::holds_alternative<wire::server_clear>(frame)) {
    // Before the marks come back, so that the timeline tells why they do.
    const auto dropped = playout_.clear(now_);
    call_->cleared(now_, dropped);
  } else {
    call_->violated(now_, 31951, std::get<wire::server_violation>(frame).why);
  }
  collect(out);
  return out;
}

void demo_caller::on_closed(std::uint16_t code, time_point now) {
  if (phase_ == phase::closed)
    return;
  effects unsendable;
  if (phase_ == phase::open) {
    now_ = std::max(now_, now);
    playout_.advance(now_);
    collect(unsendable);
    call_->stats().bytes_unplayed += playout_.unplayed();
  }
  const bool ours = phase_ != phase::open;
  phase_ = phase::closed;
  call_->note(std::max(now_, now), kind::stream_closed,
              ours ? party::twilio : party::server,
              "code " + std::to_string(code));
  if (!ours)
    call_->detach(now_, true);
}

effects demo_caller::on_time(time_point now) {
  effects out;
  run_to(now, out);
  return out;
}

std::optional<time_point> demo_caller::next_time() const {
  if (phase_ != phase::open)
    return std::nullopt;
  return std::min(next_tick_, playout_.next_mark().value_or(next_tick_));
}

void demo_caller::on_binary(std::size_t bytes, time_point now) {
  if (phase_ == phase::open)
    call_->violated(now, 31950,
                    "binary frame of " + std::to_string(bytes) + " bytes");
}

effects demo_caller::hang_up(time_point now) {
  effects out;
  run_to(now, out);
  if (phase_ == phase::open) {
    call_->note(now_, kind::hang_up, party::caller, "hangs up");
    hung_up_ = true;
    end_stream(out);
  }
  return out;
}

// Called late, it goes through all that was due in the order of its time, as if
// it had been called for each.
void demo_caller::run_to(time_point now, effects& out) {
  if (const auto due = next_time())
    call_->ran_late(*due, now);
  while (phase_ == phase::open) {
    const auto next = *next_time();
    if (next > now)
      break;
    now_ = std::max(now_, next);
    playout_.advance(now_);
    collect(out);
    if (next == next_tick_)
      tick(out);
  }
  if (phase_ == phase::open) {
    now_ = std::max(now_, now);
    playout_.advance(now_);
    collect(out);
  }
}

void demo_caller::collect(effects& out) {
  for (auto& event : playout_.take_events()) {
    if (const auto* x = std::get_if<playout::played>(&event)) {
      call_->played(x->at, x->audio);
    } else if (const auto* x = std::get_if<playout::mark_reached>(&event)) {
      call_->mark_returned(x->at, x->name, x->cleared);
      send(wire::mark(stream_.stream_sid, ++sequence_, x->name), out);
    } else if (const auto* x = std::get_if<playout::underrun>(&event)) {
      call_->underrun(x->at, x->samples);
    }
  }
}

void demo_caller::tick(effects& out) {
  const auto chunk_began = next_tick_ - frame_time;
  ++ticks_;
  next_tick_ = opened_ + frame_time * (ticks_ + 1);
  // Of the chunk that ends now first; what the person begins now comes next.
  if (withheld_until_ && chunk_began >= *withheld_until_)
    withheld_until_.reset();
  if (!withheld_until_) {
    std::array<std::byte, g711::frame_bytes> audio;
    call_->speak(chunk_began, audio);
    ++call_->stats().media_sent;
    send(wire::media(stream_.stream_sid, ++sequence_, ++chunk_,
                     (ticks_ - 1) * g711::frame_ms, audio),
         out);
  }
  const auto turns = call_->stats().turns.size();
  for (const auto& order : call_->tick(now_, playout_.unplayed()))
    if (phase_ == phase::open)
      obey(order, out);
  if (call_->stats().turns.size() != turns)
    playout_.break_burst();
}

void demo_caller::obey(const phone_call::order& what, effects& out) {
  if (const auto* x = std::get_if<steps::press>(&what)) {
    send(wire::dtmf(stream_.stream_sid, ++sequence_, x->digit), out);
  } else if (const auto* x = std::get_if<steps::withhold>(&what)) {
    withheld_until_ = now_ + std::chrono::milliseconds{x->ms};
  } else if (std::holds_alternative<steps::lose_stream>(what)) {
    phase_ = phase::ending;
    call_->stats().bytes_unplayed += playout_.unplayed();
    call_->detach(now_, false);
    out.emplace_back(reset_socket{});
  } else {
    hung_up_ = true;
    end_stream(out);
  }
}

void demo_caller::send(std::string text, effects& out) {
  ++call_->stats().frames_sent;
  out.emplace_back(send_text{std::move(text)});
}

void demo_caller::end_stream(effects& out) {
  send(wire::stop(stream_, ++sequence_), out);
  out.emplace_back(close_socket{1000, ""});
  phase_ = phase::ending;
  call_->stats().bytes_unplayed += playout_.unplayed();
  call_->detach(now_, false);
}

} // namespace offhook::app::standins
