#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "app/standins/caller_script.hpp"
#include "app/standins/sample_clock.hpp"
#include "app/standins/voice_tracker.hpp"

namespace offhook::app::standins {

/// The person on the phone: carries out a script by what the ear hears. Knows
/// no frames and no stream; `phone_call` owns it and lets time pass.
class caller_person {
public:
  /// What the person does, as far as it is not mere waiting. The recording of
  /// `began_to_say` stays where it is as long as the person.
  struct began_to_say {
    const steps::say* what = nullptr;
    time_point at;
  };

  struct finished_saying {
    time_point at;
  };

  struct hung_up {};

  /// The call has not gone as the script says.
  struct gave_up {
    std::string why;
  };

  using act
    = std::variant<began_to_say, finished_saying, steps::press, steps::withhold,
                   steps::lose_stream, steps::cue, hung_up, gave_up>;

  /// @param end_deadline_ms for the call's end, once the script is through
  caller_person(script what, std::uint32_t end_deadline_ms);

  /// Time has passed.
  /// @param attached whether there is a stream: without one nothing can be said
  std::vector<act> advance(time_point now, bool attached,
                           const voice_tracker& agent);

  /// A stream began, the first of which begins the script. The close of the one
  /// before it, and what was heard on that, is history.
  void stream_opened(time_point now, const voice_tracker& agent) noexcept;

  /// The server closed the stream.
  void stream_closed() noexcept {
    closed_by_server_ = true;
  }

  /// The call is over. @returns what of the script can never be done now, or
  /// nothing: where all that was left is to wait, that has come true.
  std::optional<std::string> call_ended(const voice_tracker& agent);

  /// What leaves the mouth from `from` on: as much of the recording as falls
  /// there, and silence.
  void speak(time_point from, std::span<std::byte> out) const;

  /// Whether every step is done.
  bool through() const noexcept {
    return at_ == script_.size();
  }

  /// The step under way, as a person names it.
  std::string position() const;

private:
  std::uint64_t own_length_ms() const;

  /// Whether the step under way is over; appends what it did.
  bool carry_out(time_point now, bool attached, const voice_tracker& agent,
                 std::vector<act>& acts);

  /// The utterance that `hear` and `hear_end` are about, if it is there yet.
  std::optional<voice_tracker::utterance>
  of_interest(const voice_tracker& agent) const;

  const script script_;
  const std::uint32_t end_deadline_ms_;
  std::size_t at_ = 0;
  std::optional<time_point> step_began_; // Empty: there was no stream yet.
  const steps::say* saying_ = nullptr;
  time_point said_from_{};
  std::uint64_t heard_
    = 0; // Agent utterances up to this number are of no interest.
  bool closed_by_server_ = false;
  bool over_ = false;
};

} // namespace offhook::app::standins
