#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

/// What the person on the phone does, step by step. A step begins when the one
/// before it is over; times are those at the person's ear and mouth.
namespace offhook::app::standins {

namespace steps {

/// Speak; over when the recording is. While the agent is heard this is a
/// barge-in; what the agent began to say before is of no interest any more.
struct say {
  std::string name; ///< of the recording, for the timeline
  std::string text;
  std::vector<std::byte> audio; ///< mu-law, 8 kHz
};

/// Wait until the agent's utterance has been heard for so long.
struct hear {
  std::uint32_t ms = 1;
};

/// Wait until the agent has been heard, and then nothing of it for so long, or
/// until the server has closed the stream. An utterance heard to its end is not
/// waited for a second time.
struct hear_end {
  std::uint32_t silence_ms = 800;
};

/// Do nothing for so long.
struct pause {
  std::uint32_t ms = 0;
};

/// Press a key: `0`-`9`, `*` or `#`. What the agent began to say before is of
/// no interest any more, as with `say`.
struct press {
  char digit = '1';
};

/// Twilio sends no media for so long: lost packets, a gap in the timestamps.
struct withhold {
  std::uint32_t ms = 0;
};

/// Twilio's end of the stream is gone without `stop` or a close frame; the call
/// itself goes on.
struct lose_stream {};

/// Nothing but a name in the timeline, for whoever watches it (the demo cuts
/// the Realtime socket at such a point).
struct cue {
  std::string name;
};

/// Wait until the server has closed the stream; what was heard on it is
/// history.
struct await_close {};

struct hang_up {};

} // namespace steps

struct step {
  using action
    = std::variant<steps::say, steps::hear, steps::hear_end, steps::pause,
                   steps::press, steps::withhold, steps::lose_stream,
                   steps::cue, steps::await_close, steps::hang_up>;

  action what;

  /// What the step may take beyond its own length before the call has failed.
  std::uint32_t deadline_ms = 15'000;
};

using script = std::vector<step>;

/// Such as `hear 2000 ms`: for the reason of a failure and the timeline.
std::string describe(const step& x);

} // namespace offhook::app::standins
