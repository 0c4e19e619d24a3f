#include "app/scenario_voice.hpp"

#include <algorithm>
#include <string>

#include "app/standins/demo_agent_audio.hpp"
#include "protocol/g711.hpp"

namespace offhook::app {

namespace g711 = protocol::g711;

namespace {

std::size_t whole_frames(std::size_t bytes) {
  return (bytes + g711::frame_bytes - 1) / g711::frame_bytes
         * g711::frame_bytes;
}

} // namespace

std::vector<std::byte> voice_of(std::string_view text, std::uint32_t ms) {
  auto result = standins::tone_voice(text);
  const auto length = whole_frames(ms == 0 ? result.size()
                                           : g711::to_bytes(ms));
  // Longer than the text: it goes on as a melody of its own, so that no part of
  // it is taken for another.
  for (std::string more{text}; result.size() < length;) {
    more += ' ';
    more += text;
    result = standins::tone_voice(more);
  }
  result.resize(length, g711::silence);
  return result;
}

std::vector<std::byte> quiet_voice(std::uint32_t ms) {
  return std::vector<std::byte>(whole_frames(g711::to_bytes(ms)),
                                g711::silence);
}

} // namespace offhook::app
