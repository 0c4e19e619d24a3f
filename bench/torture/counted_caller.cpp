#include "bench/torture/counted_caller.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "protocol/g711.hpp"

namespace g711 = offhook::protocol::g711;
namespace standins = offhook::app::standins;

namespace offhook::torture {

namespace wire = standins::wire;
using standins::effects;
using standins::send_text;

namespace {

constexpr std::chrono::milliseconds frame_time{g711::frame_ms};

} // namespace

counted_caller::counted_caller(standins::stream_setup stream, call_check& check,
                               std::uint32_t& number)
  : stream_(std::move(stream)),
    check_(check),
    number_(number) {
}

effects counted_caller::on_open(time_point now) {
  if (hung_up_)
    return {standins::close_socket{1000, ""}};
  open_ = true;
  opened_ = now_ = now;
  next_tick_ = now + frame_time;
  check_.at(now);
  check_.stream_opened();
  return {send_text{wire::connected()},
          send_text{wire::start(stream_, ++sequence_)}};
}

effects counted_caller::on_text(std::string_view text, time_point now) {
  effects out;
  run_to(now, out);
  spoken_to_ = true;
  if (!open_)
    return out;
  auto frame = wire::read(text, stream_.stream_sid);
  if (const auto* x = std::get_if<wire::server_media>(&frame)) {
    check_.to_caller(x->audio);
    playout_.push(x->audio, now_);
    longest_lead_ms_ = std::max(longest_lead_ms_,
                                g711::to_ms(playout_.unplayed()));
  } else if (auto* x = std::get_if<wire::server_mark>(&frame)) {
    playout_.mark(std::move(x->name), now_);
  } else if (std::holds_alternative<wire::server_clear>(frame)) {
    playout_.clear(now_);
    collect(out); // What was played until now, before it is forgotten.
    check_.cleared();
  } else {
    check_.caller_found(std::get<wire::server_violation>(frame).why);
  }
  collect(out);
  return out;
}

void counted_caller::on_closed(std::uint16_t, time_point) {
  open_ = false;
}

effects counted_caller::on_time(time_point now) {
  effects out;
  run_to(now, out);
  return out;
}

std::optional<counted_caller::time_point> counted_caller::next_time() const {
  if (!open_)
    return std::nullopt;
  return std::min(next_tick_, playout_.next_mark().value_or(next_tick_));
}

effects counted_caller::hang_up(time_point now) {
  effects out;
  run_to(now, out);
  hung_up_ = true;
  if (std::exchange(open_, false)) {
    out.emplace_back(send_text{wire::stop(stream_, ++sequence_)});
    out.emplace_back(standins::close_socket{1000, ""});
  }
  return out;
}

effects counted_caller::suffer(const fault& what, time_point now) {
  static const std::array<std::string, 9> garbage{
    R"({"event":)",
    "",
    "null",
    "[]",
    R"({"event":"media"})",
    R"({"event":"media","streamSid":"MZ","media":{"payload":"????"}})",
    R"({"event":"mark","mark":{}})",
    R"({"event":7})",
    R"({"event":"start","start":{"streamSid":"MZ","callSid":"CA"}})"};
  effects out;
  run_to(now, out);
  if (!open_)
    return out;
  for (std::uint32_t i = 0; i < what.amount; ++i) {
    if (what.kind == fault_kind::stream_garbage)
      out.emplace_back(send_text{garbage[i % garbage.size()]});
    else if (what.kind == fault_kind::stream_flood)
      out.emplace_back(send_text{R"({"event":"weather","streamSid":")"
                                 + stream_.stream_sid + "\"}"});
    else if (what.kind == fault_kind::stream_marks)
      out.emplace_back(send_text{wire::mark(stream_.stream_sid, ++sequence_,
                                            (i % 2 == 0 ? "g1:" : "nobody's ")
                                              + std::to_string(900'000 + i))});
    else if (what.kind == fault_kind::stream_keys)
      out.emplace_back(
        send_text{wire::dtmf(stream_.stream_sid, ++sequence_, '5')});
  }
  if (what.kind == fault_kind::stream_gap)
    silent_until_ = now + std::chrono::milliseconds{what.amount};
  return out;
}

void counted_caller::run_to(time_point now, effects& out) {
  check_.at(now);
  while (open_ && *next_time() <= now) {
    now_ = std::max(now_, *next_time());
    playout_.advance(now_);
    collect(out);
    if (now_ >= next_tick_)
      tick(out);
  }
  if (open_) {
    now_ = std::max(now_, now);
    playout_.advance(now_);
    collect(out);
  }
}

void counted_caller::collect(effects& out) {
  for (auto& event : playout_.take_events()) {
    if (const auto* x = std::get_if<standins::playout::played>(&event))
      check_.played(x->audio);
    else if (const auto* x
             = std::get_if<standins::playout::mark_reached>(&event))
      out.emplace_back(
        send_text{wire::mark(stream_.stream_sid, ++sequence_, x->name)});
  }
}

void counted_caller::tick(effects& out) {
  const auto began = next_tick_ - frame_time;
  next_tick_ += frame_time;
  const auto number = ++number_;
  ++chunk_;
  if (silent_until_ && began < *silent_until_)
    return; // Lost on the way: the count goes on, as Twilio's time does.
  const auto ms = static_cast<std::uint64_t>(standins::to_ms(opened_, began));
  check_.caller_sent(number);
  out.emplace_back(send_text{
    wire::media(stream_.stream_sid, ++sequence_, chunk_, ms,
                counted_frame(check_.salt(), number, speaks(began)))});
}

bool counted_caller::speaks(time_point at) const {
  // By the call's time: a stream that comes after a lost one goes on with it.
  const auto ms = standins::to_ms(check_.began().value_or(opened_), at);
  const auto& talk = check_.plan().talk;
  return std::any_of(talk.begin(), talk.end(), [ms](const utterance& x) {
    return ms >= x.at_ms && ms < std::int64_t{x.at_ms} + x.length_ms;
  });
}

} // namespace offhook::torture
