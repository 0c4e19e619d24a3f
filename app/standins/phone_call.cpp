#include "app/standins/phone_call.hpp"

#include <algorithm>
#include <utility>

#include "protocol/g711.hpp"

namespace offhook::app::standins {

namespace g711 = protocol::g711;
using kind = timeline_event::kind;

namespace {

constexpr std::size_t max_violations = 100;
constexpr std::size_t max_marks = 10'000;
constexpr std::size_t max_events = 50'000;

std::string with_ms(std::string text, std::uint64_t ms) {
  return std::move(text) + " (" + std::to_string(ms) + " ms)";
}

} // namespace

phone_call::phone_call(options opts, time_point began)
  : options_(std::move(opts)),
    began_(began),
    person_(options_.steps, options_.end_deadline_ms) {
  // nop
}

void phone_call::attach(time_point now) {
  attached_ = true;
  ++stats_.streams;
  if (!stats_.first_stream_ms)
    stats_.first_stream_ms = to_ms(began_, now);
  person_.stream_opened(now, ear_);
}

void phone_call::detach(time_point now, bool by_server) {
  attached_ = false;
  if (by_server)
    person_.stream_closed();
  // What was queued is lost with the stream, so nothing follows.
  ear_.advance(to_samples(began_, now));
  ear_.cut();
  hear_changes();
}

std::vector<phone_call::order> phone_call::tick(time_point now,
                                                std::size_t unplayed) {
  ear_.advance(to_samples(began_, now));
  hear_changes();
  std::vector<order> orders;
  for (auto& act : person_.advance(now, attached_, ear_)) {
    if (const auto* x = std::get_if<caller_person::began_to_say>(&act)) {
      began_to_say(*x, unplayed);
    } else if (std::get_if<caller_person::finished_saying>(&act)) {
      if (saying_ && !stats_.turns.empty())
        note(began_ + std::chrono::milliseconds{stats_.turns.back().ended_ms},
             kind::caller_ended, party::caller, saying_->name);
      saying_ = nullptr;
    } else if (const auto* x = std::get_if<steps::press>(&act)) {
      note(now, kind::digit, party::caller, {x->digit});
      orders.emplace_back(*x);
    } else if (const auto* x = std::get_if<steps::withhold>(&act)) {
      orders.emplace_back(*x);
    } else if (std::get_if<steps::lose_stream>(&act)) {
      orders.emplace_back(steps::lose_stream{});
    } else if (const auto* x = std::get_if<steps::cue>(&act)) {
      note(now, kind::cue, party::caller, x->name);
    } else if (std::get_if<caller_person::hung_up>(&act)) {
      note(now, kind::hang_up, party::caller, "hangs up");
      orders.emplace_back(caller_person::hung_up{});
    } else if (auto* x = std::get_if<caller_person::gave_up>(&act)) {
      fail(now, x->why);
      orders.emplace_back(std::move(*x));
    }
  }
  return orders;
}

void phone_call::played(time_point at, std::span<const std::byte> audio) {
  const auto sample = to_samples(began_, at);
  stats_.bytes_played += audio.size();
  if (options_.record)
    tape_.put(call_tape::track::agent, sample, audio);
  ear_.add(sample, audio);
  hear_changes();
}

void phone_call::cleared(time_point at, std::size_t dropped) {
  ++stats_.clears;
  stats_.bytes_cleared += dropped;
  ear_.advance(to_samples(began_, at));
  if (!stats_.turns.empty()) {
    auto& last = stats_.turns.back();
    if (last.barge_in && !last.clear_latency_ms
        && to_ms(began_, at) >= last.began_ms) {
      last.clear_latency_ms = to_ms(began_, at) - last.began_ms;
      if (ear_.latest())
        last.truncated_at_ms = ear_.latest()->heard_ms();
    }
  }
  // The last that was heard was before it, and stands before it.
  ear_.cut();
  hear_changes();
  note(at, kind::clear, party::server,
       with_ms("clear, unheard audio dropped", g711::to_ms(dropped)));
}

void phone_call::underrun(time_point at, std::uint64_t samples) {
  const auto ms = (samples + 7) / 8;
  ++stats_.underruns;
  stats_.underrun_ms += ms;
  note(at, kind::underrun, party::server, with_ms("play-out ran dry", ms));
}

void phone_call::ran_late(time_point due, time_point now) noexcept {
  if (due < now)
    stats_.max_lag_ms = std::max(stats_.max_lag_ms,
                                 static_cast<std::uint64_t>(to_ms(due, now)));
}

void phone_call::violated(time_point at, int code, std::string text) {
  ++stats_.violation_count;
  if (stats_.violations.size() == max_violations)
    return;
  stats_.violations.push_back({code, to_ms(began_, at), text});
  note(at, kind::violation, party::server,
       std::to_string(code) + ": " + std::move(text));
}

void phone_call::mark_received(time_point at, const std::string& name) {
  if (stats_.marks.size() < max_marks)
    stats_.marks.push_back({name, to_ms(began_, at), std::nullopt, false});
}

void phone_call::mark_returned(time_point at, const std::string& name,
                               bool cleared) {
  // Marks come back in their order, so the search is short but for the first.
  auto i = std::find_if(stats_.marks.begin(), stats_.marks.end(),
                        [&](const mark_record& x) {
                          return !x.returned_ms && x.name == name;
                        });
  if (i != stats_.marks.end()) {
    i->returned_ms = to_ms(began_, at);
    i->cleared = cleared;
  }
  note(at, kind::mark, party::twilio, cleared ? name + " (by clear)" : name);
}

void phone_call::note(time_point at, kind what, party who, std::string text) {
  timeline_event event{what, who, to_ms(began_, at), std::move(text)};
  if (options_.on_event)
    options_.on_event(event);
  if (timeline_.size() < max_events)
    timeline_.push_back(std::move(event));
}

void phone_call::fail(time_point at, std::string why) {
  note(at, kind::failure, party::caller, why);
  if (failure_.empty())
    failure_ = std::move(why);
}

void phone_call::finish(time_point now) {
  if (std::exchange(finished_, true))
    return;
  const auto end = to_samples(began_, now);
  ear_.advance(end);
  ear_.cut();
  hear_changes();
  if (auto why = person_.call_ended(ear_))
    fail(now, std::move(*why));
  if (options_.record) {
    tape_.cut(call_tape::track::caller, end);
    tape_.finish(end);
  }
}

void phone_call::hear_changes() {
  for (const auto& [began, what] : ear_.take_changes()) {
    const auto at = began_ + to_duration(began ? what.began : what.ended);
    if (!began) {
      note(at, kind::agent_ended, party::agent,
           with_ms("falls silent", what.heard_ms()));
      continue;
    }
    ++stats_.agent_utterances;
    const auto at_ms = to_ms(began_, at);
    if (!stats_.first_agent_ms)
      stats_.first_agent_ms = at_ms;
    if (!stats_.turns.empty()) {
      auto& last = stats_.turns.back();
      if (!last.response_latency_ms && what.number > answered_)
        last.response_latency_ms = at_ms - last.ended_ms;
    }
    note(at, kind::agent_began, party::agent, "is heard");
  }
}

void phone_call::began_to_say(const caller_person::began_to_say& x,
                              std::size_t unplayed) {
  const auto& audio = x.what->audio;
  const auto sample = to_samples(began_, x.at);
  const auto voice = find_voice(audio).value_or(voice_span{0, audio.size()});
  saying_ = x.what;
  answered_ = ear_.latest() ? ear_.latest()->number : 0;
  if (options_.record)
    tape_.put(call_tape::track::caller, sample, audio);
  const auto began_at = x.at + to_duration(voice.began);
  stats_.turns.push_back({x.what->name, to_ms(began_, began_at),
                          to_ms(began_, x.at + to_duration(voice.ended)),
                          std::nullopt, unplayed > 0, std::nullopt,
                          std::nullopt});
  note(began_at, kind::caller_began, party::caller,
       x.what->text.empty() ? x.what->name : x.what->text);
}

} // namespace offhook::app::standins
