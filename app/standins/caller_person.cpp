#include "app/standins/caller_person.hpp"

#include <algorithm>
#include <utility>

#include "protocol/g711.hpp"

namespace offhook::app::standins {

namespace g711 = protocol::g711;
using std::chrono::milliseconds;

namespace {

std::uint64_t number_of(const voice_tracker& agent) noexcept {
  return agent.latest() ? agent.latest()->number : 0;
}

} // namespace

caller_person::caller_person(script what, std::uint32_t end_deadline_ms)
  : script_(std::move(what)),
    end_deadline_ms_(end_deadline_ms) {
  // nop
}

std::vector<caller_person::act>
caller_person::advance(time_point now, bool attached,
                       const voice_tracker& agent) {
  std::vector<act> acts;
  // What TwiML says before the first stream is none of the script's business.
  if (over_ || !step_began_)
    return acts;
  while (!through() && carry_out(now, attached, agent, acts)) {
    ++at_;
    step_began_ = now;
  }
  if (over_)
    return acts;
  const auto limit = through() ? std::uint64_t{end_deadline_ms_}
                               : script_[at_].deadline_ms + own_length_ms();
  if (now - *step_began_ >= milliseconds{limit}) {
    over_ = true;
    acts.push_back(gave_up{position() + ": not done after "
                           + std::to_string(limit) + " ms"});
  }
  return acts;
}

void caller_person::stream_opened(time_point now,
                                  const voice_tracker& agent) noexcept {
  if (!step_began_)
    step_began_ = now;
  closed_by_server_ = false;
  heard_ = number_of(agent);
}

std::optional<std::string>
caller_person::call_ended(const voice_tracker& agent) {
  if (std::exchange(over_, true))
    return std::nullopt; // The person ended it, or has complained already.
  for (; !through(); ++at_) {
    const auto& what = script_[at_].what;
    const bool done = std::holds_alternative<steps::await_close>(what)
                      || std::holds_alternative<steps::pause>(what)
                      || (std::holds_alternative<steps::hear_end>(what)
                          && of_interest(agent));
    if (!done)
      return position() + ": the call ended before";
  }
  return std::nullopt;
}

void caller_person::speak(time_point from, std::span<std::byte> out) const {
  std::fill(out.begin(), out.end(), g711::silence);
  if (!saying_)
    return;
  const auto& audio = saying_->audio;
  const auto begin = to_samples(said_from_, from);
  const auto lead = std::min<std::uint64_t>(to_samples(from, said_from_),
                                            out.size());
  if (begin >= audio.size())
    return;
  const auto n = std::min<std::uint64_t>(audio.size() - begin,
                                         out.size() - lead);
  std::copy_n(audio.begin() + static_cast<std::ptrdiff_t>(begin), n,
              out.begin() + static_cast<std::ptrdiff_t>(lead));
}

std::string caller_person::position() const {
  if (through())
    return "the end of the call after the script";
  return "step " + std::to_string(at_ + 1) + " (" + describe(script_[at_])
         + ")";
}

std::uint64_t caller_person::own_length_ms() const {
  const auto& what = script_[at_].what;
  if (const auto* x = std::get_if<steps::say>(&what))
    return g711::to_ms(x->audio.size());
  if (const auto* x = std::get_if<steps::pause>(&what))
    return x->ms;
  if (const auto* x = std::get_if<steps::hear>(&what))
    return x->ms;
  if (const auto* x = std::get_if<steps::hear_end>(&what))
    return x->silence_ms;
  return 0;
}

bool caller_person::carry_out(time_point now, bool attached,
                              const voice_tracker& agent,
                              std::vector<act>& acts) {
  const auto& what = script_[at_].what;
  if (const auto* x = std::get_if<steps::say>(&what)) {
    if (!saying_) {
      if (!attached)
        return false;
      saying_ = x;
      said_from_ = now;
      heard_ = number_of(agent);
      acts.push_back(began_to_say{x, now});
    }
    if (now - said_from_ < to_duration(x->audio.size()))
      return false;
    saying_ = nullptr;
    acts.push_back(finished_saying{now});
    return true;
  }
  if (const auto* x = std::get_if<steps::hear>(&what)) {
    auto heard = of_interest(agent);
    return heard && heard->heard_ms() >= x->ms;
  }
  if (const auto* x = std::get_if<steps::hear_end>(&what)) {
    auto heard = of_interest(agent);
    // Of a stream that is closed nothing more will be heard.
    if (!heard || (*agent.silent_ms() < x->silence_ms && !closed_by_server_))
      return false;
    heard_ = heard->number;
    return true;
  }
  if (const auto* x = std::get_if<steps::pause>(&what))
    return now - *step_began_ >= milliseconds{x->ms};
  if (std::holds_alternative<steps::await_close>(what)) {
    if (!std::exchange(closed_by_server_, false))
      return false;
    heard_ = number_of(agent);
    return true;
  }
  if (std::holds_alternative<steps::hang_up>(what)) {
    over_ = true;
    acts.push_back(hung_up{});
    return true;
  }
  if (const auto* x = std::get_if<steps::cue>(&what)) {
    acts.push_back(*x);
    return true;
  }
  if (!attached)
    return false;
  if (const auto* x = std::get_if<steps::press>(&what)) {
    heard_ = number_of(agent);
    acts.push_back(*x);
  } else if (const auto* x = std::get_if<steps::withhold>(&what)) {
    acts.push_back(*x);
  } else {
    acts.push_back(steps::lose_stream{});
  }
  return true;
}

std::optional<voice_tracker::utterance>
caller_person::of_interest(const voice_tracker& agent) const {
  if (!agent.latest() || agent.latest()->number <= heard_)
    return std::nullopt;
  return agent.latest();
}

} // namespace offhook::app::standins
