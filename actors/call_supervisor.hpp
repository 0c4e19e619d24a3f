#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>

#include <caf/disposable.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "actors/environment.hpp"
#include "actors/messages.hpp"
#include "actors/restart_budget.hpp"

namespace offhook::actors {

/// One call: its policy, its budget, its intent, and what must survive a
/// child's failure. It spawns its children on its own shard, monitors them, and
/// knows why each ended. Spawned by the registry; ends when all children have.
///
/// Life: the session is dialled at once; a stream attaches; talking; then one
/// of `finish`'s reasons, both sockets are closed, and the rest is ended within
/// a grace time.
struct call_supervisor_state {
  static inline const char* name = "call-supervisor";

  call_supervisor_state(call_supervisor_actor::pointer self,
                        environment_ptr env, admit_call call,
                        std::uint32_t shard, call_registry_actor registry,
                        call_record_ptr record);

  /// Takes the timers back, however this ends: they would hold the actor until
  /// they are due.
  ~call_supervisor_state();

  call_supervisor_actor::behavior_type make_behavior();

  // -- children ---------------------------------------------------------------

  void on_down(const caf::down_msg& msg);
  void spawn_bridge();

  /// Another bridge takes its place, with both sockets open; not for ever.
  void on_bridge_down(const caf::error& reason);
  void replace_bridge();

  /// Tests ask for failures.
  void on_fault(const raise_fault& fault);

  // -- sessions (call_sessions.cpp) -------------------------------------------

  /// A session that is to take over, with another agent or before the other
  /// one grows too old.
  struct session_slot {
    openai_socket_actor actor; ///< empty: none
    caf::actor_addr addr;
    agent_ptr agent;
    std::string id;
    std::uint32_t generation = 0;
    bool configured = false;
    std::chrono::steady_clock::time_point configured_at = {};
    std::optional<std::int64_t> expires_at = {}; // Seconds since 1970.
    std::optional<orders::set_agent> order = {}; // Else it is a roll-over.
  };

  void open_gap(); // From now on no session is there.

  /// There was no session that lasts for as long as a call may be without one.
  /// @param last_chance the session that was given time to last; 0: none was
  void on_gap(std::uint32_t last_chance);

  /// Whether the session is, or was, no mere attempt.
  bool session_lasts() const;
  void spawn_next(const agent_ptr& whose);
  void drop_next(); // It is not wanted any more.
  void schedule_rollover(std::optional<std::int64_t> expires_at);
  void retry_rollover();
  void roll_over();

  /// No session can be had: the caller is told, and the call has its exit.
  void give_up(socket_errc reason);
  void leave_with_apology();

  openai_socket_actor spawn_session(const agent_ptr& whose);
  void start_session();
  void on_session_down(const caf::error& reason);
  void on_configured(const session_configured& event);
  void on_set_agent(const orders::set_agent& order);
  void on_successor_down(const caf::error& reason);
  void on_adopted(const session_adopted& event);

  /// The successor is the session from now on, and its agent the call's.
  void take_over();

  /// The call's agent is another one from now on.
  void change_agent(const agent_ptr& to);

  /// Closes a session that has nothing more to say.
  void retire(session_slot old);
  void retire_current();

  // -- events -----------------------------------------------------------------

  void on_order(const call_order& order);

  /// The agent of that name, with its texts filled in for this call.
  agent_ptr profile_of(const std::string& name) const;

  // -- behaviours (call_behaviours.cpp) ---------------------------------------

  /// One behaviour of this call. What it has not handled yet is bounded: it
  /// runs elsewhere and may be slow.
  struct behaviour_slot {
    std::string name;
    behaviour_actor actor; ///< empty: left out after it failed too often
    caf::actor_addr addr;
    orders::listen listens = {};
    std::size_t unhandled = 0;
    std::uint32_t restarts = 0;
  };

  void start_behaviours();
  void start_behaviour(std::size_t index);
  bool on_behaviour_down(const caf::down_msg& msg);
  void tell_behaviours(const call_event& event);

  /// Tells one that is new to the call when it began.
  void welcome(std::size_t index);

  /// @returns false where it is not there, or has too much before it
  bool tell(behaviour_slot& slot, const call_event& event);
  void on_event(const call_event& event);
  void on_listen(const orders::listen& order);

  /// Tells the bridge what audio somebody wants to have.
  void share_audio();

  /// Those of another agent, in the place of all that there are.
  void replace_behaviours();

  // -- streams come and go (call_streams.cpp) ---------------------------------

  /// What becomes of the caller while no stream is there and one may come.
  struct absence {
    enum class stage : std::uint8_t {
      leaving,   ///< The stream is closed; Twilio will ask what is next.
      elsewhere, ///< It was told, and will say how it went.
      returning, ///< It was told to bring a stream.
      moving,    ///< It was told to ask another instance.
    };

    std::optional<departure> why = {}; // No `hang_up`; none: it was lost.
    stage at = stage::leaving;
    next_step answer = {};   // To Twilio's last question, or to its next.
    std::string result = {}; // Of what failed, in a word.
  };

  void on_stream(stream_arrived& event);
  bool may_attach(const stream_arrived& event) const;
  void on_stream_stopped(const stream_stopped& event);
  void on_stream_down(const caf::error& reason);

  /// The stream is no more, or is given up, and another one may come.
  void lose_stream(socket_errc why, const std::string& described);

  /// Whether one more stream is tried; takes it off the budget.
  bool try_again();
  void await_first_stream();

  /// Twilio asks what comes next.
  next_step on_question(const ask_next_step& asked);

  /// Whether it is no news: tried again, or about a stream that has a
  /// successor.
  bool was_answered(const ask_next_step& asked) const;
  next_step answer_to(const ask_next_step& asked);
  next_step after_stream();

  /// A stream, with the next number.
  next_step connect_step();

  /// For the model, of a line that was lost and is back.
  static caller_returned line_note();
  void on_returned();

  /// The absence goes on; so it ends where Twilio does not go on with it.
  void await(absence::stage stage, std::chrono::milliseconds bound,
             call_outcome otherwise);
  bool awaits_stream() const noexcept;

  // -- the caller is with somebody else (call_transfer.cpp) -------------------

  /// Whether an order makes no sense in this call; it is answered then.
  bool refuses(const call_order& order);

  void on_leave_line(const leave_line& event);
  next_step after_leaving(); // The answer to the question that follows.
  next_step after_dial(const std::string& status);
  next_step first_step(const departure& why);

  /// What the model is told of it.
  caller_returned report_of(const absence& back) const;

  // -- another instance goes on (call_handover.cpp) ---------------------------

  /// Since the first stream, wherever that was.
  std::chrono::milliseconds talked() const;

  void on_leave_for_heir();
  next_step step_to_heir();
  void on_heir_asked();
  caf::result<claimed_call> on_claim(const claim_call& claim);

  // -- the end ----------------------------------------------------------------

  void finish(call_outcome outcome);
  void cancel(caf::disposable& timer);
  std::uint16_t stream_close_code() const;
  void end_when_empty();

  void report_change();
  call_info describe() const;
  caf::result<call_info> describe_all();

  call_supervisor_actor::pointer self;
  environment_ptr env;
  admit_call call;
  std::uint32_t shard;
  call_registry_actor registry;
  pacer_actor pacer;
  agent_ptr agent;        // With its texts filled in for this call.
  call_record_ptr record; // Outlives the bridge that writes it.

  call_state state = call_state::waiting_for_stream;
  call_outcome outcome = call_outcome::none;
  std::int64_t started_at = 0;
  std::optional<std::chrono::steady_clock::time_point> talking_since;
  bool doomed = false;     // No session can be had, now or later.
  bool apologised = false; // The caller was told so, in words of ours.

  caf::disposable stream_timer;   // webhook to stream
  caf::disposable duration_timer; // the whole call
  caf::disposable gap_timer;      // without a session that lasts
  caf::disposable redial_timer;   // until the session is dialled again
  caf::disposable roll_timer;     // until a session is too old
  caf::disposable away_timer;     // until Twilio goes on with an absence
  caf::disposable grace_timer;    // until sockets that do not close are killed

  std::vector<behaviour_slot> behaviours;
  std::optional<absence> gone;  // While the state is `away` or `reattaching`.
  bool leaves_for_heir = false; // As soon as there is a stream to leave.
  bool answer_owed = false;     // The caller left while one was.
  caller_returned last_return;  // Told to the bridge.
  std::string ticket_id;        // Of the other instance; empty: none is out.

  bridge_actor bridge;
  caf::actor_addr bridge_addr;
  child_info bridge_info{"bridge", "none", 0, {}};
  std::deque<std::chrono::steady_clock::time_point> bridge_failures;

  openai_socket_actor session;
  caf::actor_addr session_addr;
  std::uint32_t session_generation = 0;
  std::uint32_t last_session_generation = 0;
  std::string session_id;
  bool session_configured_once = false; // of this generation
  std::chrono::steady_clock::time_point configured_at;
  std::uint32_t adopted_generation = 0; // The newest that has the conversation.
  std::uint32_t told_generation = 0; // Its socket heard late of a new bridge.
  restart_budget budget;
  child_info session_info{"openai_socket", "none", 0, {}};
  session_slot next;
  session_slot fallen; // The last `next` that was lost.
  std::map<caf::actor_addr, caf::actor> retired; // Sessions, until closed.

  twilio_socket_actor stream;
  caf::actor_addr stream_addr;
  std::uint32_t stream_generation = 0;
  std::string stream_sid;
  bool stopped_by_twilio = false;
  std::optional<std::chrono::steady_clock::time_point> attached_at;
  restart_budget reattaches;
  std::uint32_t attempt = 1; // Of the newest document that brings a stream.
  std::uint32_t attached_attempt = 0; // ... and of that which brought one.

  // The last question of Twilio's that had an answer, and that.
  std::string answered_token;
  next_step answered;
  std::set<std::string> used_tokens; // Each opens one stream.
  child_info stream_info{"twilio_socket", "none", 0, {}};
};

using call_supervisor_impl
  = call_supervisor_actor::stateful_impl<call_supervisor_state>;

} // namespace offhook::actors
