#include "app/standins/call_record.hpp"

#include <algorithm>

#include "protocol/g711.hpp"

namespace offhook::app::standins {

std::string_view to_string(party x) noexcept {
  switch (x) {
    case party::twilio:
      return "twilio";
    case party::caller:
      return "caller";
    case party::agent:
      return "agent";
    case party::server:
      return "server";
  }
  return "?";
}

std::string_view to_string(timeline_event::kind x) noexcept {
  using kind = timeline_event::kind;
  switch (x) {
    case kind::request:
      return "request";
    case kind::document:
      return "document";
    case kind::verb:
      return "verb";
    case kind::stream_opened:
      return "stream_opened";
    case kind::stream_closed:
      return "stream_closed";
    case kind::caller_began:
      return "caller_began";
    case kind::caller_ended:
      return "caller_ended";
    case kind::agent_began:
      return "agent_began";
    case kind::agent_ended:
      return "agent_ended";
    case kind::clear:
      return "clear";
    case kind::mark:
      return "mark";
    case kind::digit:
      return "digit";
    case kind::cue:
      return "cue";
    case kind::underrun:
      return "underrun";
    case kind::violation:
      return "violation";
    case kind::hang_up:
      return "hang_up";
    case kind::failure:
      return "failure";
  }
  return "?";
}

void call_tape::put(track which, std::uint64_t at_sample,
                    std::span<const std::byte> audio) {
  auto& line = of(which);
  auto begin = static_cast<std::size_t>(at_sample);
  if (line.size() < begin + audio.size())
    line.resize(begin + audio.size(), protocol::g711::silence);
  std::copy(audio.begin(), audio.end(),
            line.begin() + static_cast<std::ptrdiff_t>(begin));
}

void call_tape::cut(track which, std::uint64_t at_sample) {
  auto& line = of(which);
  line.resize(
    static_cast<std::size_t>(std::min<std::uint64_t>(line.size(), at_sample)));
}

void call_tape::finish(std::uint64_t at_sample) {
  auto size = std::max(
    {static_cast<std::size_t>(at_sample), caller_.size(), agent_.size()});
  caller_.resize(size, protocol::g711::silence);
  agent_.resize(size, protocol::g711::silence);
}

std::span<const std::byte> call_tape::audio(track which) const noexcept {
  return which == track::caller ? caller_ : agent_;
}

std::vector<std::byte>& call_tape::of(track which) noexcept {
  return which == track::caller ? caller_ : agent_;
}

} // namespace offhook::app::standins
