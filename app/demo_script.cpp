#include "app/demo_script.hpp"

#include <array>
#include <atomic>
#include <memory>

#include "app/sounds.hpp"

namespace steps = offhook::app::standins::steps;

namespace offhook::app {

namespace {

// Long enough into the answer about the opening hours to be an interruption.
constexpr std::uint32_t heard_before_interruption_ms = 2500;
constexpr std::uint32_t heard_before_cut_ms = 600;

constexpr std::array<std::string_view, 4> answers{"agent-hours", "agent-sunday",
                                                  "agent-booking",
                                                  "agent-goodbye"};

steps::say say(std::string_view name) {
  auto audio = sound(name);
  return {std::string{name},
          std::string{sound_text(name)},
          {audio.begin(), audio.end()}};
}

standins::agent_reply speak(std::string_view name) {
  auto audio = sound(name);
  standins::spoken_line line{std::string{sound_text(name)},
                             {audio.begin(), audio.end()}};
  return {{line}, std::nullopt, {}};
}

} // namespace

standins::script demo_caller_script() {
  return {
    {steps::hear_end{}},
    {say("caller-hours")},
    {steps::hear{heard_before_interruption_ms}},
    {say("caller-interrupt")},
    {steps::hear_end{}},
    {say("caller-booking")},
    {steps::hear{heard_before_cut_ms}},
    {steps::cue{cut_cue}},
    {steps::hear_end{}},
    {say("caller-goodbye")},
    {steps::hear_end{}},
    {steps::hang_up{}},
  };
}

standins::demo_agent_script demo_agent_script() {
  standins::demo_agent_script result;
  auto next = std::make_shared<std::atomic<std::size_t>>(0);
  result.answer = [next](const standins::turn_info& turn) {
    if (turn.metadata.contains("purpose"))
      return speak("agent-greeting");
    auto index = std::min(next->fetch_add(1), answers.size() - 1);
    return speak(answers[index]);
  };
  return result;
}

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
