#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "app/standins/machine.hpp"

namespace offhook::app::standins {

/// One thing that the agent says.
struct spoken_line {
  std::string text;
  std::vector<std::byte> audio; ///< mu-law, 8 kHz; empty: the built-in voice
};

/// One function that the agent calls.
struct called_function {
  std::string name;
  std::string arguments = "{}"; ///< JSON text
};

/// The inner object of an `error` event, or of a failed response.
struct agent_error {
  std::string type = "server_error";
  std::string code;
  std::string message;
};

/// What one response consists of, output item by output item.
struct agent_reply {
  std::vector<std::variant<spoken_line, called_function>> outputs;
  std::optional<agent_error> failure; ///< ends `failed` after the outputs
  std::string incomplete_reason;      ///< not empty: ends `incomplete`
  std::chrono::milliseconds delay{0}; ///< before the first output
};

/// What the one who writes the agent's lines knows when a response is due.
struct turn_info {
  std::size_t response_number = 0; ///< 1 for the first of the session
  std::size_t caller_turns = 0;    ///< turns the caller has had so far
  std::string caller_text;         ///< of the newest user message
  std::string instructions;        ///< in force for this response
  std::string forced_function;     ///< by `tool_choice`; else empty
  std::map<std::string, std::string> metadata;
  bool greeting = false; ///< nobody has said anything yet
  bool idle = false;     ///< the idle timeout asked for it
  bool out_of_band = false;

  /// `call_id` and output of the function results since the last response.
  std::vector<std::pair<std::string, std::string>> tool_outputs;
};

/// What the agent and the caller say.
struct demo_agent_script {
  agent_reply greeting;
  std::vector<agent_reply> replies; ///< in the order of the turns
  bool cycle = false; ///< start over after the last reply, else repeat it
  agent_reply idle;
  agent_reply out_of_band;

  /// Transcripts of the caller's turns, in order; later ones get a placeholder
  /// such as "(caller speech, 2.1 s)".
  std::vector<std::string> caller_texts;

  /// Decides instead of the lists above, where set. Called by every session, on
  /// its own loop: state that sessions share needs a lock.
  std::function<agent_reply(const turn_info&)> answer;

  /// Says what a turn of the caller is transcribed as, instead of
  /// `caller_texts`, where set. As `answer`.
  std::function<std::string()> transcribe;
};

/// A short conversation without recordings.
demo_agent_script default_script();

/// Everything that can go wrong, to be switched on by tests and demos. Numbers
/// of responses count from 1 within the session; 0 is never.
struct demo_agent_faults {
  /// The answer to every `session.update`; nothing is applied.
  std::optional<agent_error> reject_update;

  /// Format that `session.update` ends up with in both directions, whatever was
  /// asked: `audio/pcm`, `audio/pcmu` or `audio/pcma`.
  std::string echo_format;

  std::size_t error_at_response = 0; ///< an `error` event before it
  agent_error error;

  std::size_t fail_response = 0;
  std::size_t fail_after_deltas = 0; ///< audio or text deltas of that response
  agent_error failure;

  std::size_t reset_at_response = 0;  ///< when it is asked for
  std::size_t reset_after_deltas = 0; ///< of the whole session
  std::optional<std::chrono::milliseconds> reset_after; ///< from now on

  std::optional<std::chrono::milliseconds> close_after; ///< from now on
  std::uint16_t close_code = 1011;
  std::string close_reason;

  bool silent = false; ///< listen, and answer nothing at all
  std::size_t silent_from_response = 0;

  bool garbage = false;        ///< text that is no event, before every response
  bool unknown_events = false; ///< one before every event
  bool unknown_fields = false; ///< one in every event
  bool nulls = false;          ///< null wherever a field is optional
  bool zero_amplitude = false; ///< speak in silence

  std::chrono::milliseconds first_delta_delay{0}; ///< added to the timing's
  std::size_t late_deltas = 0; ///< sent after the `response.done` of a cancel

  unsigned refuse_upgrade = 0; ///< HTTP status; the server's, not the machine's
};

/// How fast the agent is.
struct demo_agent_timing {
  std::chrono::milliseconds created_delay{0}; ///< request to `response.created`
  std::chrono::milliseconds first_delta_delay{200}; ///< created to first delta
  std::chrono::milliseconds transcription_delay{300}; ///< from the commit
  std::uint32_t delta_ms = 100;                       ///< audio in one delta
  double speed = 20; ///< times real time; 0: a whole response at once
  std::chrono::milliseconds session_age{std::chrono::minutes{60}};
  std::uint32_t min_speech_ms = 40; ///< loud audio that starts a turn
  double full_threshold_rms
    = 1200; ///< loudness that VAD threshold 1 stands for
};

struct demo_agent_options {
  demo_agent_script script = default_script();
  demo_agent_timing timing;
  demo_agent_faults faults;

  /// For measuring: no VAD, no script. Every `append` is answered with audio of
  /// equal length. Byte k of a session's output is k mod 251, and byte k of its
  /// input is expected to be the same.
  bool counter_mode = false;

  /// Told every message of either side, on the session's loop.
  std::function<void(bool from_client, std::string_view text, time_point at)>
    on_message;

  std::string id_salt = "Demo";         ///< part of every id
  std::int64_t epoch_s = 1'795'384'800; ///< wall clock when a session opens
  std::size_t max_kept_audio_bytes = 8 * 1024 * 1024; ///< per session
};

/// What the client's upgrade request said.
struct demo_agent_handshake {
  std::string model = "gpt-realtime-2.1";
  bool beta_header = false; ///< `OpenAI-Beta` was there
};

/// Tokens as they were billed, by kind.
struct token_ledger {
  std::uint64_t input_text = 0;
  std::uint64_t input_audio = 0;
  std::uint64_t cached_text = 0; ///< part of `input_text`
  std::uint64_t cached_audio = 0;
  std::uint64_t output_text = 0;
  std::uint64_t output_audio = 0;

  token_ledger& operator+=(const token_ledger& other);
  bool operator==(const token_ledger&) const = default;
};

struct demo_agent_stats {
  std::uint64_t sessions = 0;
  std::uint64_t client_events = 0;
  std::uint64_t appends = 0;
  std::uint64_t input_bytes = 0;
  std::uint64_t output_bytes = 0; ///< of audio
  std::uint64_t responses = 0;
  std::uint64_t deltas = 0;
  std::uint64_t cancelled = 0; ///< responses
  std::uint64_t truncated = 0; ///< items
  std::uint64_t errors = 0;    ///< `error` events
  std::uint64_t counter_mismatches = 0;
  token_ledger tokens;

  demo_agent_stats& operator+=(const demo_agent_stats& other);
};

} // namespace offhook::app::standins
