#include "app/demo_script.hpp"

#include <array>
#include <string_view>

#include "app/sounds.hpp"

namespace offhook::app {

namespace {

constexpr std::array<std::string_view, 4> answers{"agent-hours", "agent-sunday",
                                                  "agent-booking",
                                                  "agent-goodbye"};

standins::agent_reply speak(std::string_view name) {
  auto audio = sound(name);
  standins::spoken_line line{std::string{sound_text(name)},
                             {audio.begin(), audio.end()}};
  return {{line}, std::nullopt, {}};
}

} // namespace

standins::demo_agent_script embedded_agent_script() {
  standins::demo_agent_script result;
  result.greeting = speak("agent-greeting");
  for (auto name : answers)
    result.replies.push_back(speak(name));
  result.cycle = true;
  result.idle = speak("agent-again");
  result.out_of_band = speak("agent-again");
  return result;
}

} // namespace offhook::app
