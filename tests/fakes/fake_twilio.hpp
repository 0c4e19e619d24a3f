#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <vector>

#include <caf/typed_event_based_actor.hpp>

#include "actors/messages.hpp"

namespace offhook::tests {

/// What a caller heard and what Twilio was told, kept outside of the actor so
/// that a test can read it.
struct twilio_record {
  using time_point = std::chrono::steady_clock::time_point;

  std::map<std::uint8_t, std::uint64_t> heard; ///< bytes by their value
  std::vector<std::size_t> payload_sizes;
  std::vector<protocol::audio_bytes> payloads; ///< all that was sent
  std::uint64_t clears = 0;
  std::uint64_t underruns = 0; ///< play-out ran dry and went on within a burst
  std::uint64_t max_lead_ms = 0;
  bool loses_marks = false; ///< none comes back
  std::vector<std::string> marks_returned;
  std::vector<std::pair<std::uint16_t, std::string>> closes;

  /// In the order of arrival: media, mark, clear.
  std::vector<std::string> log;
};

/// Twilio behind the socket actor's interface, with a real play-out clock on
/// the actors' time: audio is queued and played at 8 bytes a millisecond, a
/// mark comes back when all before it was played, and `clear` drops what is
/// queued and returns all marks at once.
class fake_twilio_state {
public:
  static inline const char* name = "fake-twilio";

  fake_twilio_state(actors::twilio_socket_actor::pointer self,
                    std::shared_ptr<twilio_record> record,
                    actors::bridge_actor bridge, std::uint32_t generation);

  actors::twilio_socket_actor::behavior_type make_behavior();

  /// Books what was played until now.
  void advance();

private:
  using time_point = twilio_record::time_point;

  struct piece {
    time_point begin;
    protocol::audio_bytes audio;
    std::size_t played = 0;
  };

  void play(actors::play_audio& x);
  void return_mark(const std::string& name);

  actors::twilio_socket_actor::pointer self_;
  std::shared_ptr<twilio_record> record_;
  actors::bridge_actor bridge_;
  std::uint32_t generation_;
  std::deque<piece> queue_;
  std::deque<std::string> marks_;
  time_point busy_until_{};
  std::uint64_t epoch_ = 0; // Increases with every clear.
};

using fake_twilio
  = actors::twilio_socket_actor::stateful_impl<fake_twilio_state>;

} // namespace offhook::tests
