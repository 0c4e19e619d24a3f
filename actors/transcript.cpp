#include "actors/transcript.hpp"

#include <algorithm>

#include <spdlog/spdlog.h>

#include "actors/behaviour_parts.hpp"

namespace offhook::actors {

std::map<std::string, std::string> transcript_state::settings() {
  return {{"unheard", "false"}};
}

std::string
transcript_state::check(const std::map<std::string, std::string>& settings) {
  const auto& value = settings.at("unheard");
  return value == "true" || value == "false"
           ? ""
           : "bad value '" + value + "' for unheard: it must be true or false";
}

transcript_state::transcript_state(behaviour_actor::pointer self,
                                   behaviour_context context)
  : self(self),
    context(std::move(context)),
    with_unheard(this->context.settings.at("unheard") == "true") {
}

behaviour_actor::behavior_type transcript_state::make_behavior() {
  end_with_call(self, context);
  return {[this](const call_event& event) {
    if (const auto* x = std::get_if<events::caller_turn>(&event.what)) {
      write("caller", x->text);
    } else if (const auto* y = std::get_if<events::agent_turn>(&event.what)) {
      write("agent", y->heard);
      if (with_unheard && !y->unheard.empty())
        write("agent_unheard", y->unheard);
    }
  }};
}

void transcript_state::write(std::string_view who, std::string_view text) {
  // One line is one turn, whatever somebody has the model say.
  std::string line{text};
  for (auto& c : line)
    if (static_cast<unsigned char>(c) < 0x20)
      c = ' ';
  std::replace(line.begin(), line.end(), '"', '\'');
  spdlog::info("transcript call_sid={} who={} text=\"{}\"", context.call_sid,
               who, line);
}

} // namespace offhook::actors
