#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "protocol/g711.hpp"
#include "tests/fakes/conversation.hpp"

namespace offhook::tests {

/// What the agent's audio is made of where only its length matters.
constexpr std::uint8_t agent_byte = 0x11;

/// A conversation by its sound: a line that goes on, an agent that is loud or
/// silent, and what of it all reaches the caller.
struct spoken_fixture : conversation {
  spoken_fixture() : conversation("actors-scenarios-conversation") {
    // nop
  }

  /// 20 ms of the caller at this amplitude; 0: silence.
  static protocol::audio_bytes frame(std::int16_t amplitude) {
    protocol::audio_bytes result;
    for (int i = 0; i < 160; ++i)
      result.push_back(amplitude == 0
                         ? protocol::g711::silence
                         : protocol::g711::encode(static_cast<std::int16_t>(
                           i % 16 < 8 ? amplitude : -amplitude)));
    return result;
  }

  /// The caller's line goes on for so long.
  void line(ms length, std::int16_t amplitude = 0) {
    for (auto at = ms{0}; at < length; at += ms{20}) {
      tell(actors::media_chunk{1, timestamp, frame(amplitude)});
      timestamp += 20;
      pass(ms{20});
    }
  }

  /// The agent speaks `length` of audio with this amplitude, delivered at once.
  void agent_speaks(const std::string& response, std::uint64_t create_id,
                    std::uint64_t length_ms, std::int16_t amplitude) {
    tell(actors::response_started{1, response, create_id});
    protocol::audio_bytes audio;
    auto one = frame(amplitude);
    for (std::uint64_t at = 0; at < length_ms; at += 20)
      audio.insert(audio.end(), one.begin(), one.end());
    tell(actors::audio_delta{1, response, "item_" + response, 0, audio});
    tell(actors::audio_done{1, response, "item_" + response});
    tell(actors::response_finished{1, response, "completed", ""});
  }

  /// The server hears the caller begin, at the end of what it was given.
  void onset() {
    auto heard_ms = openai->appended().size() / 8;
    tell(actors::speech_started{1, heard_ms > 300 ? heard_ms - 300 : 0,
                                "item_user"});
  }

  void end_of_turn() {
    tell(actors::speech_stopped{1, 0, "item_user"});
    tell(actors::turn_committed{1, "item_user"});
  }

  /// The model says goodbye for three seconds and asks to hang up, and the
  /// behaviour that runs its functions does as it says.
  void goodbye() {
    tell(actors::response_started{1, "resp_a", 0});
    deliver("resp_a", "item_a", 3000, agent_byte);
    tell(actors::audio_done{1, "resp_a", "item_a"});
    tell(actors::response_finished{
      1, "resp_a", "completed", "", {{"item_f", "call_1", "end_call", "{}"}}});
    tell(actors::call_order{actors::orders::hang_up{"call_1", 10'000}});
  }

  std::size_t heard_bytes() {
    std::size_t result = 0;
    for (const auto& x : twilio->payloads)
      result += x.size();
    return result;
  }

  /// Frames to Twilio that are more than line noise.
  std::size_t loud_frames() {
    std::size_t result = 0;
    for (const auto& x : twilio->payloads)
      for (std::size_t at = 0; at + 160 <= x.size(); at += 160)
        result += protocol::g711::rms(std::span{x}.subspan(at, 160)) > 50;
    return result;
  }

  std::vector<actors::create_response> creates() {
    return openai->all<actors::create_response>();
  }

  std::uint64_t timestamp = 0;
};

} // namespace offhook::tests
