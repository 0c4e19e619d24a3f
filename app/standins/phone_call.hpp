#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "app/standins/call_record.hpp"
#include "app/standins/caller_person.hpp"
#include "app/standins/playout.hpp"

namespace offhook::app::standins {

/// One phone call from the outside: the person, the ear, the tape and the
/// numbers. It outlives its streams: each `demo_caller` is one of these, one
/// after the other, and between them whoever follows the TwiML lets time pass.
class phone_call {
public:
  struct options {
    script steps;
    playout::options queue;

    /// How long the call may go on once the script is through.
    std::uint32_t end_deadline_ms = 15'000;

    /// Whether a tape is kept (16 kB per second).
    bool record = true;

    /// Told every event of the timeline as it happens; the end of an utterance
    /// when the silence is long enough, with the time at which that began.
    std::function<void(const timeline_event&)> on_event;
  };

  /// What the person wants of the line.
  using order = std::variant<steps::press, steps::withhold, steps::lose_stream,
                             caller_person::hung_up, caller_person::gave_up>;

  phone_call(options opts, time_point began);

  /// A stream is there; and it is gone.
  void attach(time_point now);
  void detach(time_point now, bool by_server);

  /// Time passes: the ear hears, the person acts.
  /// @param unplayed bytes of agent audio that are queued now
  std::vector<order> tick(time_point now, std::size_t unplayed);

  /// What the person says from `from` on.
  void speak(time_point from, std::span<std::byte> out) const {
    person_.speak(from, out);
  }

  /// Agent audio came out at the person's end.
  void played(time_point at, std::span<const std::byte> audio);

  /// `clear` came; `dropped` bytes will not be heard.
  void cleared(time_point at, std::size_t dropped);

  void underrun(time_point at, std::uint64_t samples);

  /// What was due at `due` is done only now, by no fault of the server.
  void ran_late(time_point due, time_point now) noexcept;
  void violated(time_point at, int code, std::string text);
  void mark_received(time_point at, const std::string& name);
  void mark_returned(time_point at, const std::string& name, bool cleared);

  /// Adds a line to the timeline.
  void note(time_point at, timeline_event::kind what, party who,
            std::string text);

  /// The call did not go as it must; the first reason stays.
  void fail(time_point at, std::string why);

  /// The call is over: ends the tape and judges the script.
  void finish(time_point now);

  /// Why the call failed; empty as long as it did not.
  const std::string& failure() const noexcept {
    return failure_;
  }

  bool script_through() const noexcept {
    return person_.through();
  }

  time_point began() const noexcept {
    return began_;
  }

  call_stats& stats() noexcept {
    return stats_;
  }

  const call_tape& tape() const noexcept {
    return tape_;
  }

  /// The first fifty thousand lines.
  const std::vector<timeline_event>& timeline() const noexcept {
    return timeline_;
  }

  playout::options queue_options() const noexcept {
    return options_.queue;
  }

private:
  void hear_changes();
  void began_to_say(const caller_person::began_to_say& x, std::size_t unplayed);

  options options_;
  const time_point began_;
  caller_person person_;
  voice_tracker ear_;
  call_tape tape_;
  call_stats stats_;
  std::vector<timeline_event> timeline_;
  bool attached_ = false;
  bool finished_ = false;
  const steps::say* saying_ = nullptr;
  std::optional<time_point> said_from_;
  std::uint64_t answered_ = 0; // Utterances up to this number are no answer.
  std::string failure_;
};

} // namespace offhook::app::standins
