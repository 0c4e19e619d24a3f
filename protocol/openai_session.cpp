#include "protocol/openai_session.hpp"

#include <algorithm>
#include <optional>
#include <string_view>

namespace offhook::protocol::openai {

bool is_telephony(const session_info& told) {
  return told.input_format == telephone_audio
         && told.output_format == telephone_audio;
}

bool approves(const session_config& asked, std::string_view server_label,
              std::string_view tool) {
  for (const auto& x : asked.mcp_servers)
    if (x.label == server_label)
      return !x.asks
             || std::find(x.approved_tools.begin(), x.approved_tools.end(),
                          tool)
                  != x.approved_tools.end();
  return false;
}

std::vector<std::string> differences(const session_config& asked,
                                     const session_info& told) {
  std::vector<std::string> result;
  auto compare = [&result](std::string_view path, const auto& want,
                           const auto& got) {
    if (got && *got != want)
      result.emplace_back(path);
  };
  auto compare_text = [&result](std::string_view path, std::string_view want,
                                std::string_view got) {
    if (!got.empty() && got != want)
      result.emplace_back(path);
  };
  compare_text("audio.input.format.type", telephone_audio, told.input_format);
  compare_text("audio.output.format.type", telephone_audio, told.output_format);
  compare_text("audio.output.voice", asked.voice, told.voice);
  const auto& vad = asked.turn_detection;
  const bool semantic = !asked.eagerness.empty();
  compare_text("audio.input.turn_detection.type",
               semantic ? "semantic_vad" : "server_vad", told.turn_detection);
  if (!semantic) {
    compare("audio.input.turn_detection.prefix_padding_ms",
            std::uint64_t{vad.prefix_padding_ms}, told.prefix_padding_ms);
    compare("audio.input.turn_detection.silence_duration_ms",
            std::uint64_t{vad.silence_duration_ms}, told.silence_duration_ms);
  }
  compare("audio.input.turn_detection.create_response", vad.create_response,
          told.create_response);
  compare("audio.input.turn_detection.interrupt_response",
          vad.interrupt_response, told.interrupt_response);
  return result;
}

} // namespace offhook::protocol::openai
