#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// What Twilio's side of one call has seen and heard. All times are
/// milliseconds since the call began (the webhook was asked; without one, the
/// first stream was opened), and intervals are measured at the person's ear.
namespace offhook::app::standins {

enum class party : std::uint8_t { twilio, caller, agent, server };

std::string_view to_string(party x) noexcept;

/// One line of the timeline.
struct timeline_event {
  enum class kind : std::uint8_t {
    request,  ///< a webhook was asked
    document, ///< its TwiML
    verb,     ///< a verb other than Connect was carried out
    stream_opened,
    stream_closed,
    caller_began,
    caller_ended,
    agent_began,
    agent_ended,
    clear,
    mark, ///< a mark was returned; there are many of these
    digit,
    cue,
    underrun,
    violation,
    hang_up,
    failure,
  };

  kind what = kind::verb;
  party who = party::twilio;
  std::int64_t at_ms = 0;
  std::string text;
};

std::string_view to_string(timeline_event::kind x) noexcept;

/// The server sent what Twilio would warn about.
struct violation {
  int code = 31951; ///< of Twilio's debugger: 12200, 31931, 31950, 31951
  std::int64_t at_ms = 0;
  std::string text;
};

/// One utterance of the caller and what came of it.
struct turn {
  std::string name; ///< of the recording
  std::int64_t began_ms = 0;
  std::int64_t ended_ms = 0;

  /// From the end of the caller's voice to the agent's first voice; negative
  /// where the agent began before. Empty: no answer was heard.
  std::optional<std::int64_t> response_latency_ms;

  /// Whether audio of the agent was playing when the caller began.
  bool barge_in = false;

  /// Of a barge-in: from the beginning of the caller's voice to `clear`.
  std::optional<std::int64_t> clear_latency_ms;

  /// Of a barge-in with `clear`: how much of the agent's utterance was heard.
  std::optional<std::uint64_t> truncated_at_ms;
};

struct mark_record {
  std::string name;
  std::int64_t received_ms = 0;
  std::optional<std::int64_t> returned_ms;
  bool cleared = false; ///< returned by `clear`: says nothing about hearing
};

struct call_stats {
  std::uint64_t frames_sent = 0; ///< of any event, to the server
  std::uint64_t media_sent = 0;
  std::uint64_t frames_received = 0; ///< text messages, right or wrong
  std::uint64_t media_received = 0;
  std::uint64_t bytes_received = 0; ///< of audio
  std::uint64_t bytes_played = 0;
  std::uint64_t bytes_cleared = 0;  ///< dropped by `clear`
  std::uint64_t bytes_unplayed = 0; ///< lost because the stream ended
  std::uint64_t partial_frames = 0; ///< media that was not whole 20 ms frames
  std::uint64_t clears = 0;
  std::uint64_t underruns = 0;
  std::uint64_t underrun_ms = 0;   ///< all of them together, rounded up each
  std::uint64_t max_queued_ms = 0; ///< the server's largest lead
  std::uint64_t max_lag_ms = 0;    ///< how late this side itself was at most
  std::uint64_t violation_count = 0;
  std::vector<violation> violations; ///< the first hundred
  std::vector<mark_record> marks;    ///< the first ten thousand
  std::vector<turn> turns;
  std::uint32_t streams = 0;
  std::optional<std::int64_t> first_stream_ms;
  std::optional<std::int64_t> first_agent_ms; ///< the agent's first voice
  std::uint64_t agent_utterances = 0;
};

/// What was heard, both tracks on one line of time, mu-law. What is never put
/// down is silence.
class call_tape {
public:
  enum class track : std::uint8_t { caller, agent };

  void put(track which, std::uint64_t at_sample,
           std::span<const std::byte> audio);

  /// Forgets what lies behind `at_sample`: it was never said.
  void cut(track which, std::uint64_t at_sample);

  /// Ends both tracks at `at_sample` or behind the longer one.
  void finish(std::uint64_t at_sample);

  std::span<const std::byte> audio(track which) const noexcept;

private:
  std::vector<std::byte>& of(track which) noexcept;

  std::vector<std::byte> caller_;
  std::vector<std::byte> agent_;
};

} // namespace offhook::app::standins
