#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <ostream>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "app/standins/demo_agent_options.hpp"
#include "bench/torture/counted_audio.hpp"
#include "bench/torture/plan.hpp"

namespace offhook::torture {

/// What must hold for one call whatever goes wrong, told by what passed on its
/// wires. It is fed in the order in which the gateway saw and did things, knows
/// nothing of the gateway's insides, and never stops a call: what is broken is
/// noted. Not thread-safe.
///
/// - Every frame of the caller reaches a session; each session gets frames in
///   order and once, and only one at a time. A later session may be given again
///   what came last, or a turn that nobody answered.
/// - Every frame of the agent reaches the caller once, in order, and after a
///   `clear` nothing of before it. Between them are sounds of the gateway's
///   own, and nothing else.
/// - A session is seeded with what was said, in order, each entry once, nothing
///   that was transcribed or heard to its end left out. What is still being
///   heard as it takes over, and what was said after that, is told later.
/// - What nobody was played a sound of, no session is told as said.
/// - No response is asked for while one is known to be active, nothing is
///   appended before `session.updated`, and the model's server refuses nothing.
/// - The call ends as its faults allow.
class call_check {
public:
  using time_point = std::chrono::steady_clock::time_point;

  /// Where the wires are watched.
  enum class place : std::uint8_t {
    at_the_gateway, ///< what is told is told as the gateway sees and does it
    at_the_peers,   ///< what crosses or is lost on the way is seen otherwise
  };

  explicit call_check(call_plan plan, place watched = place::at_the_gateway);

  const call_plan& plan() const noexcept {
    return plan_;
  }

  /// Tells the audio of this call from that of all others.
  std::uint32_t salt() const noexcept {
    return plan_.call;
  }

  void at(time_point now) noexcept {
    now_ = now;
  }

  /// When the first stream was opened.
  const std::optional<time_point>& began() const noexcept {
    return began_;
  }

  /// Who is shown what passes between gateway and model; null: nobody.
  void trace_to(std::ostream* out) noexcept {
    trace_ = out;
  }

  /// Keeps the newest of that until something is wrong, for `last_words`.
  void remember() noexcept {
    remembers_ = true;
  }

  /// What passed before something was first found wrong, oldest first.
  const std::deque<std::string>& last_words() const noexcept {
    return last_words_;
  }

  // -- what is said -----------------------------------------------------------

  /// Of the model: counted audio, and words that say which.
  app::standins::agent_reply reply();

  /// The words of the caller's next turn.
  std::string caller_words();

  // -- the stream -------------------------------------------------------------

  void stream_opened();

  /// The wire of the stream fails: what is on it since a moment ago may not
  /// arrive, until `until` or (nothing) until the next stream is opened.
  void stream_fails(std::optional<time_point> until = std::nullopt);

  bool stream_is_failing() const noexcept {
    return stream_fails_since_.has_value();
  }

  /// It has ended, or could not be opened, and nobody has hung up.
  void stream_lost();

  /// @param heard whether there was a stream to say it on
  void caller_hangs_up(bool heard);

  void caller_sent(std::uint32_t number);
  void to_caller(std::span<const std::byte> audio);
  void cleared();
  void played(std::span<const std::byte> audio);
  void caller_found(const std::string& violation);

  // -- sessions, by the number of their dial ----------------------------------

  void dialled(std::uint32_t session);

  /// So many dials will come to nothing, and nobody here will see them.
  void vain_dials(std::uint32_t count) noexcept {
    dials_in_vain_ += count;
  }

  void to_model(std::uint32_t session, std::string_view text);
  void to_gateway(std::uint32_t session, std::string_view text);
  void session_over(std::uint32_t session);

  /// The wire of a session may lose what is on it, from now on or (a stall, in
  /// which the session may end) until `until`.
  void wire_fails(std::uint32_t session,
                  std::optional<time_point> until = std::nullopt);

  /// Caller audio of that time may reach no session.
  void may_lose(time_point from, time_point until);

  /// The bridge has failed, and another one goes on from what it left.
  void bridge_failed();

  // -- the end ----------------------------------------------------------------

  /// @param as the outcome; `none` where the call could not even begin
  void ended(actors::call_outcome as);

  /// Notes what is wrong. The first twenty are kept.
  void wrong(const std::string& what);

  const std::vector<std::string>& broken() const noexcept {
    return broken_;
  }

  actors::call_outcome outcome() const noexcept {
    return outcome_;
  }

  std::uint32_t sessions() const noexcept {
    return dials_;
  }

  std::uint64_t frames_arrived() const noexcept {
    return arrived_;
  }

  std::uint64_t frames_heard() const noexcept {
    return frames_heard_;
  }

  std::uint64_t frames_given_again() const noexcept {
    return given_again_;
  }

private:
  /// How long something may be on its way at most, where no wire fails.
  static constexpr std::chrono::seconds longest_way{4};

  /// What passes in the moment of a fault may be lost with it.
  static constexpr std::chrono::milliseconds moment{50};

  struct session_view {
    explicit session_view(std::uint32_t salt) : audio(salt) {
    }

    frame_reader audio;
    std::optional<std::uint32_t> last; ///< frame
    bool updated = false;
    time_point updated_at{};
    std::uint32_t vain_before = 0; ///< dials, this one among them
    bool talks = false;            ///< the caller's audio goes there
    bool replaced = false;         ///< another has the caller's audio since
    std::optional<std::uint32_t> last_before; ///< ... which began after it
    bool doubtful = false;       ///< what is told here may not arrive, or
    time_point doubtful_until{}; ///< ... not until then
    bool succeeding = false;     ///< a bridge has it that did not begin with it
    time_point talks_since{};
    std::set<std::string> active;
    std::vector<std::string> seeds; ///< keys, in their order
    std::set<std::string> owed;     ///< keys that have to be among them
    std::set<std::string> deferred; ///< ... later, for something is heard yet
    std::optional<std::size_t> held_from;     ///< the place of that
    std::map<std::string, std::string> items; ///< id of an item to its key
    std::map<std::string, std::string> words; ///< of the agent, so far
  };

  /// A frame of the caller's.
  struct caller_frame {
    time_point sent{};
    bool was_sent = false;
    bool arrived = false;
  };

  struct span_of_time {
    time_point from;
    time_point until;
  };

  session_view& view(std::uint32_t session);
  void seeded(std::uint32_t session, std::string_view role,
              const std::string& text);
  void begins_to_talk(std::uint32_t session);

  /// The gateway has the session for certain, and its budget back.
  void was_not_in_vain(session_view& x);
  void on_caller_audio(std::uint32_t session, std::string_view text);
  void on_caller_frame(session_view& session, std::uint32_t number);

  /// Where the first agent item stands that may be heard yet, of those that the
  /// session was not told of.
  std::optional<std::size_t> still_heard(const session_view& session) const;
  void check_deferred(const session_view& session);
  void check_left_out();
  void check_error(std::string_view text);
  bool talks_to_nobody() const;

  /// Whether a session is, or was, no mere attempt.
  bool lasts(const session_view& x) const;
  void trace(std::string_view way, std::uint32_t session,
             std::string_view text);
  std::int64_t passed_ms() const;
  std::uint32_t agent_frames(std::uint32_t utterance) const;
  std::string agent_words(std::uint32_t utterance) const;

  call_plan plan_;
  const place watched_;
  std::ostream* trace_ = nullptr;
  bool remembers_ = false;
  std::deque<std::string> last_words_;
  time_point now_{};
  std::optional<time_point> began_;
  std::vector<std::string> broken_;

  actors::call_outcome outcome_ = actors::call_outcome::none;
  std::uint32_t replies_ = 0; // So many were made; the last has this number.
  std::uint32_t caller_turns_ = 0;

  std::optional<std::uint32_t> last_sent_;
  std::vector<caller_frame> frames_; // By their numbers.
  std::uint64_t sent_ = 0;
  std::uint64_t arrived_ = 0;
  std::uint64_t given_again_ = 0;
  std::vector<span_of_time> excused_;
  std::optional<time_point> nobody_since_; // No session has the caller's audio.

  std::optional<time_point> stream_opened_;
  std::optional<time_point> stream_fails_since_; // Until the next is opened.
  time_point unconfirmed_until_{};
  std::uint32_t streams_lost_ = 0; // In a row.
  bool left_unheard_ = false;      // The caller hung up, and nobody could know.
  std::vector<time_point> bridge_failures_;

  frame_reader line_; // To the caller, and ...
  frame_reader ear_;  // ... what came out there.
  std::optional<std::uint32_t> last_line_;
  std::map<std::uint32_t, time_point> made_; // Utterances, and ...
  std::set<std::uint32_t> reached_;          // ... those that came to the line.
  time_point troubled_until_{};              // The stream was, the last time.
  std::map<std::uint32_t, time_point> cuts_; // Utterances up to it, and when.
  std::uint64_t frames_heard_ = 0;
  std::set<std::uint32_t> whole_; // Utterances heard to their last frame ...
  std::map<std::uint32_t, time_point> known_whole_; // ... as the gateway knows.

  std::map<std::uint32_t, session_view> sessions_;
  std::uint32_t dials_ = 0;
  std::uint32_t dials_in_vain_ = 0; // In a row.
  bool had_session_ = false;
  std::optional<time_point> gap_began_;

  // The conversation: keys in the order of their items.
  std::map<std::string, std::size_t> places_;
  std::map<std::string, std::uint32_t> origins_;   // Their sessions.
  std::map<std::string, std::string> known_items_; // `session id` to key.
  std::map<std::string, time_point> transcribed_;
};

} // namespace offhook::torture
