#include "actors/bridge.hpp"

#include <algorithm>

#include <spdlog/spdlog.h>

#include "protocol/g711.hpp"

namespace g711 = offhook::protocol::g711;

namespace offhook::actors {

namespace {

// Late audio comes within moments of its cancellation.
constexpr std::size_t max_cancelled = 16;

// One media message carries at most this: 60 ms, for a jitter-free play-out at
// a third of the messages.
constexpr std::uint64_t max_chunk_bytes = 3 * g711::frame_bytes;

// Buffered caller audio goes to a new session in pieces of a second.
constexpr std::uint64_t backlog_piece_bytes = g711::to_bytes(1000);

} // namespace

bridge_state::bridge_state(bridge_actor::pointer self, environment_ptr env,
                           pacer_actor pacer, caf::actor_addr supervisor)
  : self(self),
    env(std::move(env)),
    pacer(std::move(pacer)),
    waiting(g711::to_bytes(this->env->limits.caller_buffer_ms)) {
  self->set_down_handler([self](caf::down_msg&) {
    self->quit(caf::exit_reason::user_shutdown); // No supervisor, no call.
  });
  self->monitor(supervisor);
}

bridge_actor::behavior_type bridge_state::make_behavior() {
  return {
    [this](media_chunk& chunk) { on_media(chunk); },
    [this](const mark_ack& ack) { on_mark(ack); },
    [this](const dtmf_pressed& key) { current_stream(key.generation); },
    [this](stream_attached& event) { on_stream_attached(event); },
    [this](const stream_lost& event) {
      if (!current_stream(event.generation))
        return;
      stream = nullptr;
      want_ticks(false);
      ledger.stream_replaced(now());
    },
    [this](session_ready& event) { on_session_ready(event); },
    [this](const session_lost& event) { on_session_lost(event); },
    [this](const speech_started& event) { on_speech_started(event); },
    [this](const speech_stopped& event) { current_session(event.generation); },
    [this](const response_started& event) {
      if (!current_session(event.generation))
        return;
      active_response = event.response_id;
      ++report.responses;
    },
    [this](audio_delta& delta) { on_audio(delta); },
    [this](const audio_done& event) {
      if (!current_session(event.generation))
        return;
      queue.finish(event.generation, event.item_id);
      pump();
    },
    [this](const response_finished& event) { on_response_finished(event); },
    [this](pace_tick) { pump(); },
    [this](get_report) { return report; },
  };
}

playback_ledger::time_point bridge_state::now() const {
  return self->clock().now();
}

bool bridge_state::current_session(std::uint32_t generation) {
  if (session && generation == session_generation)
    return true;
  env->metrics->late_messages->inc();
  return false;
}

bool bridge_state::current_stream(std::uint32_t generation) {
  if (stream && generation == stream_generation)
    return true;
  env->metrics->late_messages->inc();
  return false;
}

// -- the caller speaks --------------------------------------------------------

void bridge_state::on_media(media_chunk& chunk) {
  if (!current_stream(chunk.generation))
    return;
  ++report.frames_in;
  report.bytes_in += chunk.payload.size();
  env->metrics->caller_frames->inc();
  if (session) {
    self->send(session, append_audio{std::move(chunk.payload)});
    return;
  }
  if (auto dropped = waiting.push(std::move(chunk.payload)); dropped > 0) {
    report.bytes_dropped += dropped;
    env->metrics->caller_bytes_dropped->inc(static_cast<std::int64_t>(dropped));
  }
}

void bridge_state::on_speech_started(const speech_started& event) {
  if (!current_session(event.generation))
    return;
  auto at = now();
  // The server cancels what it is generating; audio of it may be under way.
  if (!active_response.empty())
    cancel_locally(active_response);
  if (ledger.anything_unheard(at)) {
    if (stream)
      self->send(stream, clear_playback{});
    ++report.barge_ins;
    env->metrics->barge_ins->inc();
  }
  for (const auto& cut : ledger.interrupt(at)) {
    cancel_locally(cut.item.response_id);
    if (cut.item.session != session_generation)
      continue; // The session that knew this item is gone.
    if (cut.begun) {
      report.last_truncated_at_ms = cut.heard_ms;
      self->send(session, truncate_item{cut.item.item_id,
                                        cut.item.content_index, cut.heard_ms});
    } else {
      self->send(session, delete_item{cut.item.item_id});
    }
  }
  queue.clear();
  unmarked_bytes = 0;
  want_ticks(false);
}

// -- the model speaks ---------------------------------------------------------

void bridge_state::on_session_ready(session_ready& event) {
  session = std::move(event.sink);
  session_generation = event.generation;
  active_response.clear();
  for (auto& piece : waiting.take(backlog_piece_bytes))
    self->send(session, append_audio{std::move(piece)});
  if (!greeted && !env->agent.greeting.empty())
    self->send(session, create_response{env->agent.greeting, "greeting"});
}

void bridge_state::on_session_lost(const session_lost& event) {
  if (!current_session(event.generation))
    return;
  session = nullptr;
  ledger.response_over(event.generation, active_response);
  active_response.clear();
  cancelled.clear();
  // What was received of its answer is still played; more will not come.
  queue.finish_response(event.generation, {});
  pump();
}

bool bridge_state::is_cancelled(const std::string& response_id) const {
  return std::find(cancelled.begin(), cancelled.end(), response_id)
         != cancelled.end();
}

void bridge_state::cancel_locally(const std::string& response_id) {
  if (response_id.empty() || is_cancelled(response_id))
    return;
  cancelled.push_back(response_id);
  if (cancelled.size() > max_cancelled)
    cancelled.pop_front();
}

void bridge_state::on_audio(audio_delta& delta) {
  if (!current_session(delta.generation))
    return;
  if (is_cancelled(delta.response_id)) {
    env->metrics->late_deltas->inc();
    return;
  }
  playback_ledger::item_ref item{delta.generation, std::move(delta.response_id),
                                 std::move(delta.item_id), delta.content_index};
  auto offered = delta.payload.size();
  auto accepted = queue.push(item, std::move(delta.payload),
                             g711::to_bytes(env->limits.agent_buffer_ms));
  report.bytes_received += offered;
  if (accepted < offered)
    env->metrics->agent_bytes_dropped->inc(
      static_cast<std::int64_t>(offered - accepted));
  ledger.received(item, accepted);
  greeted = true; // Something will be heard: no session begins anew.
  pump();
}

void bridge_state::on_response_finished(const response_finished& event) {
  if (!current_session(event.generation))
    return;
  env->metrics->response_finished(event.status);
  if (active_response == event.response_id)
    active_response.clear();
  queue.finish_response(event.generation, event.response_id);
  ledger.response_over(event.generation, event.response_id);
  pump();
}

// -- the agent is heard -------------------------------------------------------

void bridge_state::on_stream_attached(stream_attached& event) {
  stream = std::move(event.sink);
  stream_generation = event.generation;
  ledger.stream_replaced(now());
  unmarked_bytes = 0;
  pump();
}

void bridge_state::on_mark(const mark_ack& ack) {
  if (!current_stream(ack.generation))
    return;
  auto at = now();
  if (ledger.marked(ack.name, at))
    ledger.forget_heard(at);
  else
    env->metrics->stale_marks->inc();
}

void bridge_state::pump() {
  if (!stream)
    return;
  auto at = now();
  audio_queue::chunk chunk;
  for (auto lead = ledger.lead_ms(at); lead < env->limits.lead_ms;
       lead = ledger.lead_ms(at)) {
    auto room = g711::to_bytes(env->limits.lead_ms - lead);
    if (room < max_chunk_bytes || !queue.pop(max_chunk_bytes, chunk))
      break;
    auto size = chunk.payload.size();
    ledger.sent(chunk.item, size - chunk.padding, at);
    ledger.sent_padding(chunk.padding, at);
    report.bytes_out += size;
    unmarked_bytes += size;
    env->metrics->agent_frames->inc();
    self->send(stream, play_audio{std::move(chunk.payload)});
    if (chunk.ends_item
        || unmarked_bytes >= g711::to_bytes(env->limits.mark_interval_ms))
      place_mark();
  }
  // An item that ends exactly with a frame is known to end only later.
  if (queue.empty() && unmarked_bytes > 0 && active_response.empty())
    place_mark();
  want_ticks(!queue.empty());
}

void bridge_state::place_mark() {
  self->send(stream, play_mark{ledger.place_mark()});
  unmarked_bytes = 0;
}

void bridge_state::want_ticks(bool yes) {
  if (yes == ticking)
    return;
  ticking = yes;
  if (yes)
    self->send(pacer, pace_begin{});
  else
    self->send(pacer, pace_end{});
}

} // namespace offhook::actors
