#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <caf/disposable.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "actors/audio_queue.hpp"
#include "actors/barge_in_gate.hpp"
#include "actors/bridge_legacy.hpp"
#include "actors/caller_buffer.hpp"
#include "actors/caller_clock.hpp"
#include "actors/caller_memory.hpp"
#include "actors/dead_air.hpp"
#include "actors/environment.hpp"
#include "actors/messages.hpp"
#include "actors/outage.hpp"
#include "actors/overlay.hpp"
#include "actors/playback_ledger.hpp"
#include "actors/response_flow.hpp"
#include "actors/session_seed.hpp"
#include "actors/tool_board.hpp"

namespace offhook::actors {

/// The conversation of one call: what the events of one side mean for the
/// other. It knows no socket and no JSON. Spawned and ended by the call's
/// supervisor, on the shard of both sockets; it outlives each of them.
///
/// What is to be decided is decided by plain classes: when a response may be
/// asked for (`response_flow`), what an interruption is (`barge_in_gate`), what
/// of the agent was heard (`playback_ledger`), what is missing of the caller
/// (`caller_clock`).
struct bridge_state {
  static inline const char* name = "bridge";
  using time_point = playback_ledger::time_point;

  /// @param record where to write what is said; the supervisor's
  /// @param sink hears what happens; may be null
  bridge_state(bridge_actor::pointer self, environment_ptr env, agent_ptr agent,
               pacer_actor pacer, caf::actor_addr supervisor,
               call_record_ptr record, event_sink_actor sink);

  /// Leaves what another bridge needs to go on, and takes the timers back: they
  /// would hold the actor until they are due.
  ~bridge_state();

  bridge_actor::behavior_type make_behavior();

  // -- the caller speaks (bridge_caller.cpp) ----------------------------------

  void on_media(media_chunk& chunk);
  void on_key(const dtmf_pressed& key);
  void on_speech_started(const speech_started& event);
  void on_speech_stopped(const speech_stopped& event);
  void on_turn_committed(const turn_committed& event);

  /// Gives caller audio to the session, or keeps it until there is one.
  void forward(audio_bytes audio);
  void count_dropped(std::uint64_t bytes); // of the caller's audio

  /// While the caller speaks: silence for a line that has gone quiet.
  void watch_line(bool punctual = false);

  /// The agent falls silent at the word that the caller has heard.
  /// @param server_cancels whether the server ends the response by itself
  void interrupt(time_point at, bool server_cancels);

  /// Nothing that was wanted is wanted any more, and nothing sounds.
  void hush(time_point at, bool server_cancels);

  /// The agent is silent, and the model is told what of it was heard.
  void stop_playing(time_point at);

  /// Whether what is being said must not be interrupted.
  bool is_protected(time_point at) const;

  // -- sessions come and go (bridge_session.cpp) ------------------------------

  /// A session that is to take over: it is told what was said, and waits for a
  /// silence. It hears nothing of the caller meanwhile, and nothing of it is
  /// heard.
  struct successor {
    explicit successor(session_ready& event);

    std::uint32_t generation;
    openai_socket_actor sink;
    agent_ptr agent; ///< null: as before
    session_seed seed;
    std::optional<time_point>
      patience_ends; ///< of this silence; then it takes over with what it has
  };

  void on_session_ready(session_ready& event);
  void on_session_lost(const session_lost& event);
  void on_item_refused(const item_refused& event);

  /// Tells the successor what it does not know, and lets it take over when it
  /// knows all and nobody speaks.
  void advance_successor();

  /// Whether neither side is saying anything, or about to.
  bool at_rest() const;

  /// Whether functions run, other than the change of agents.
  bool tools_run() const;

  /// An item of ours is there, or never will be.
  /// @returns whether it repeats what the log has already
  bool settle(std::uint32_t generation, const std::string& item_id);

  void adopt();

  /// Whether it is not known yet how much of the item will have been heard.
  bool is_sounding(const std::string& item_id, time_point at) const;

  /// What the session has to say when it begins.
  void take_up_conversation();
  void introduce(const orders::set_agent& order);
  void forget_session();

  /// What of an unfinished turn or answer the next session has to make up for.
  void keep_unfinished();

  /// Sends what the session has still to be told of the past, and then asks for
  /// what had to wait for it.
  void tell_rest();

  /// Asks for a response when the session knows all that was said.
  void want_when_told(response_request what);

  // -- in the place of a bridge that failed (bridge_legacy.cpp) ---------------

  bridge_legacy make_legacy() const;
  void inherit();
  void inherit_ending();

  /// A session that has the conversation already.
  void on_session_kept(session_ready& event);
  void on_fault(const raise_fault& fault) const;

  // -- the model speaks (bridge_model.cpp) ------------------------------------

  void on_response_started(const response_started& event);
  void on_response_refused(const response_refused& event);
  void on_response_finished(const response_finished& event);
  void on_audio(audio_delta& delta);

  /// Audio of an item is in the queue: who listens is told.
  void announce(const playback_ledger::item_ref& item, std::uint64_t bytes);

  /// An item of a response that was cancelled before any of it was played: the
  /// caller hears nothing of it, so that the model is not to believe it said
  /// it.
  void keep_silent(const audio_delta& late);
  void delete_silent(const std::string& response_id);
  void emit_usage();
  void on_item(const item_created& event);
  void on_caller_transcript(const caller_transcript& event);
  void on_agent_transcript(const agent_transcript& event);

  /// Sends what the response flow orders, and sets its timer anew.
  void obey(const response_flow::orders& orders);

  /// The turn of the caller is being answered by this response, unless it began
  /// before the turn did.
  void close_turn(const std::string& response_id);

  /// A response has ended. @returns whether anything came of it
  bool was_answer(const response_finished& event) const;
  bool is_cancelled(const std::string& response_id) const;
  bool is_aside(const std::string& response_id) const;
  void cancel_locally(const std::string& response_id);

  // -- the agent is heard (bridge_playout.cpp) --------------------------------

  void on_stream_attached(stream_attached& event);
  void on_stream_lost(const stream_lost& event);

  /// Writes down how far an item of the agent was heard ...
  void write_down(const playback_ledger::cut& cut);

  /// ... and tells who waits for its end.
  void note_heard(const playback_ledger::cut& cut);
  void on_mark(const mark_ack& ack);
  void pump(); // sends what is due
  void send_audio(audio_bytes payload, std::uint64_t lead_ms, time_point at);
  void place_mark();
  void want_ticks(bool yes);

  // -- nothing is heard (bridge_watch.cpp) ------------------------------------

  /// Looks whether a reply is due, and what is to be done where it is not
  /// heard.
  void watch_reply();
  bool reply_due() const;
  void act_on(dead_air::step step, time_point at);

  /// What is heard while there is no session (bridge_outage.cpp).
  void watch_outage();
  void act_on(outage::step step);

  /// No session can be had, now or later: the caller hears why, and the line is
  /// left.
  void on_give_up(const give_up& event);

  /// The caller speaks over what is still being heard of a lost session, and no
  /// server is there to notice.
  void listen_without_server(std::span<const std::byte> audio, time_point at);

  // -- behaviours (bridge_orders.cpp) -----------------------------------------

  void emit(call_event event);
  void on_order(const call_order& order);
  void speak(const orders::speak& order);
  void tell(const std::string& text, bool by_caller);
  void replace(const orders::replace_audio& order);
  void mix(std::span<const std::byte> sound);

  /// Tells of the items that were heard to their end, and of one.
  void tell_turns();
  void tell_turn(const std::string& item_id);

  /// @returns whether the call was open
  bool answer_tool(const std::string& call_id, const std::string& output,
                   bool speak);
  void on_calls(const response_finished& event);

  /// Whether the agent was heard to its end by now, and what follows from it.
  void check_quiet();

  std::string next_item_id(std::uint32_t generation);

  // -- leaving the line (bridge_departure.cpp) --------------------------------

  /// The line is left when what the agent says was heard, or at a deadline.
  void leave_when_heard(const departure& order);

  /// An order of that kind while the caller is away.
  void leave_again(const departure& order);
  void depart_when_quiet();
  void depart();
  static std::uint32_t deadline_of(const departure& order);
  void end_by(std::uint32_t deadline_ms); // however quiet it is

  /// The line broke, and may be there again in a moment. What no mark has
  /// confirmed counts as unheard, as an interruption would leave it.
  void lose_line(time_point at);

  /// It is not left after all. @param line_lost why: else the caller spoke
  void cancel_ending(bool line_lost = false);
  void on_caller_returned(const caller_returned& event);

  // -- shared -----------------------------------------------------------------

  time_point now() const;
  bool current_session(std::uint32_t generation);
  bool current_stream(std::uint32_t generation);

  bridge_actor::pointer self;
  environment_ptr env;
  agent_ptr agent;
  pacer_actor pacer;
  call_record_ptr record;
  event_sink_actor sink;
  const std::shared_ptr<const bridge_legacy> inherited; // Of one that failed.

  // Twilio's end; empty handle: none.
  twilio_socket_actor stream;
  std::uint32_t stream_generation = 0;

  // The model's end; empty handle: none, or not configured yet.
  openai_socket_actor session;
  std::uint32_t session_generation = 0;
  std::uint64_t appended_bytes = 0; // In this session: the server's clock.

  std::optional<successor> next;
  caf::disposable next_timer;
  session_seed seeded; // What the current session was told at its beginning.
  std::optional<response_request> after_rest; // Wanted when it knows all.
  caf::disposable rest_timer;
  std::optional<orders::set_agent> switching; // The successor is for this.

  caller_buffer waiting; // Caller audio while there is no session.
  caller_memory memory;  // ... and the newest of what the session was given.
  caller_clock line;
  barge_in_gate gate;
  bool caller_speaks = false; // By the server's voice activity detection.
  bool turn_counts = false;   // What is said now wants an answer.
  bool turn_open = false;     // ... and has none yet.
  bool turn_is_real = false;  // It has to be answered, or was.
  std::string before_turn;    // The response that it began in.
  bool unanswered = false;    // The model failed to, and nobody asks it again.
  bool owed = false; // The same, and the session is gone that was to give it.
  bool cut_short = false;  // An answer, by the loss of its session.
  std::string turn_item;   // Of the caller, the newest.
  barge_in_gate lone_gate; // While no server listens.
  caf::disposable line_timer;

  response_flow flow;
  caf::disposable flow_timer;
  bool greeted = false; // The agent has spoken: no later session greets again.
  std::string greeting_response;
  // Responses whose late audio is dropped; bounded, oldest forgotten.
  std::deque<std::string> cancelled;
  // Responses whose items the conversation does not know; likewise.
  std::deque<std::string> asides;
  std::vector<playback_ledger::item_ref> silent_items; // To be deleted.

  audio_queue queue;       // Agent audio, received and unsent.
  overlay over;            // Sound of ours over it.
  time_point held_until{}; // Nothing is sent before: it may be replaced yet.
  std::vector<playback_ledger::item_ref> sounding; // Heard, or about to be.
  dead_air air;
  caf::disposable air_timer;
  outage gap;
  caf::disposable gap_timer;
  bool hopeless = false;     // No session will come.
  bool sound_of_gap = false; // `over` is of the outage.
  playback_ledger ledger;
  std::uint64_t unmarked_bytes = 0; // Sent since the last mark.
  bool ticking = false;

  orders::listen listeners; // What audio behaviours want to have.
  tool_board tools;
  std::optional<departure> ending; // Wanted as soon as all is heard.
  std::optional<orders::hand_over> afterwards; // Should `ending` be taken back.
  caf::disposable ending_timer;
  bool away = false;        // No line, for a while: nobody listens.
  bool agent_heard = false; // Something of it sounds, or is about to.
  std::uint64_t own_items = 0;

  bridge_report report;
};

using bridge_impl = bridge_actor::stateful_impl<bridge_state>;

} // namespace offhook::actors
