#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>

#include <caf/typed_event_based_actor.hpp>

#include "actors/audio_queue.hpp"
#include "actors/caller_buffer.hpp"
#include "actors/environment.hpp"
#include "actors/messages.hpp"
#include "actors/playback_ledger.hpp"

namespace offhook::actors {

/// The conversation of one call: what the events of one side mean for the
/// other. It knows no socket and no JSON. Spawned and ended by the call's
/// supervisor, on the shard of both sockets; it outlives each of them.
struct bridge_state {
  static inline const char* name = "bridge";

  bridge_state(bridge_actor::pointer self, environment_ptr env,
               pacer_actor pacer, caf::actor_addr supervisor);

  bridge_actor::behavior_type make_behavior();

  // -- the caller speaks ------------------------------------------------------

  void on_media(media_chunk& chunk);
  void on_speech_started(const speech_started& event);

  // -- the model speaks -------------------------------------------------------

  void on_session_ready(session_ready& event);
  void on_session_lost(const session_lost& event);
  void on_audio(audio_delta& delta);
  void on_response_finished(const response_finished& event);

  // -- the agent is heard -----------------------------------------------------

  void on_stream_attached(stream_attached& event);
  void on_mark(const mark_ack& ack);
  void pump(); // sends what is due
  void place_mark();
  void want_ticks(bool yes);

  bool is_cancelled(const std::string& response_id) const;
  void cancel_locally(const std::string& response_id);
  playback_ledger::time_point now() const;
  bool current_session(std::uint32_t generation);
  bool current_stream(std::uint32_t generation);

  bridge_actor::pointer self;
  environment_ptr env;
  pacer_actor pacer;

  // Twilio's end; empty handle: none.
  twilio_socket_actor stream;
  std::uint32_t stream_generation = 0;

  // The model's end; empty handle: none, or not configured yet.
  openai_socket_actor session;
  std::uint32_t session_generation = 0;
  bool greeted = false; // The agent has spoken: no later session greets again.

  caller_buffer waiting; // Caller audio while there is no session.
  audio_queue queue;     // Agent audio, received and unsent.
  playback_ledger ledger;
  std::uint64_t unmarked_bytes = 0; // Sent since the last mark.
  bool ticking = false;

  std::string active_response;
  // Responses whose late audio is dropped; bounded, oldest forgotten.
  std::deque<std::string> cancelled;

  bridge_report report;
};

using bridge_impl = bridge_actor::stateful_impl<bridge_state>;

} // namespace offhook::actors
