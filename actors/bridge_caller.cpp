// The half of the bridge that listens: caller audio on its way to the model,
// and what makes the agent fall silent.

#include "actors/bridge.hpp"

#include <algorithm>
#include <utility>

#include "protocol/g711.hpp"

namespace g711 = offhook::protocol::g711;

namespace offhook::actors {

namespace {

// How often a line is looked at while the caller speaks.
constexpr std::chrono::milliseconds line_watch{100};

} // namespace

void bridge_state::on_media(media_chunk& chunk) {
  if (!current_stream(chunk.generation))
    return;
  ++report.frames_in;
  report.bytes_in += chunk.payload.size();
  env->metrics->caller_frames->inc();
  auto at = now();
  if (auto missing = line.frame(chunk.timestamp_ms, chunk.payload.size(), at);
      missing > 0)
    forward(audio_bytes(missing, g711::silence));
  if (listeners.caller)
    emit({events::caller_audio{chunk.timestamp_ms, chunk.payload}});
  auto interrupts = gate.caller(chunk.payload, at);
  forward(std::move(chunk.payload));
  if (interrupts && session && !is_protected(at)) {
    turn_counts = turn_is_real = turn_open = true;
    interrupt(at, false);
  }
}

void bridge_state::forward(audio_bytes audio) {
  if (session) {
    appended_bytes += audio.size();
    memory.given(audio);
    self->send(session, append_audio{std::move(audio)});
    return;
  }
  auto at = now();
  listen_without_server(audio, at);
  count_dropped(waiting.push(std::move(audio), at));
}

void bridge_state::count_dropped(std::uint64_t bytes) {
  report.bytes_dropped += bytes;
  env->metrics->caller_bytes_dropped->inc(static_cast<std::int64_t>(bytes));
}

void bridge_state::on_key(const dtmf_pressed& key) {
  if (!current_stream(key.generation))
    return;
  emit({events::key_pressed{key.digit.empty() ? '0' : key.digit.front()}});
  auto at = now();
  // Whoever presses a key has heard enough. The server does not know of it.
  if (agent->interruption.by_keys && session && !is_protected(at)
      && (ledger.anything_unheard(at) || flow.busy()))
    interrupt(at, false);
}

void bridge_state::on_speech_started(const speech_started& event) {
  if (!current_session(event.generation))
    return;
  emit({events::caller_speech{true}});
  auto at = now();
  caller_speaks = true;
  turn_open = true;
  before_turn = flow.active();
  turn_item = event.item_id;
  if (next)
    next->patience_ends.reset();
  watch_line();
  // The onset lies in the past by what was appended since; the server's time
  // includes what it keeps from before the onset.
  auto heard_ms = g711::to_ms(appended_bytes);
  memory.open(g711::to_bytes(
    heard_ms > event.audio_start_ms ? heard_ms - event.audio_start_ms : 0));
  auto onset_ms = event.audio_start_ms
                  + agent->session.turn_detection.prefix_padding_ms;
  std::chrono::milliseconds ago{heard_ms > onset_ms ? heard_ms - onset_ms : 0};
  auto real = gate.onset(ago, at);
  // It waits for the end of what is protected.
  auto waits = is_protected(at);
  turn_counts = turn_is_real = real || waits;
  if (waits)
    return;
  if (real)
    interrupt(at, agent->server_interrupts());
}

void bridge_state::on_speech_stopped(const speech_stopped& event) {
  if (!current_session(event.generation))
    return;
  emit({events::caller_speech{false}});
  caller_speaks = false;
  turn_item = event.item_id;
  line_timer.dispose();
  gate.end();
  watch_reply();
}

void bridge_state::on_turn_committed(const turn_committed& event) {
  if (!current_session(event.generation))
    return;
  // A server that must not interrupt fails to answer while it speaks.
  if (agent->server_interrupts())
    return;
  if (std::exchange(turn_counts, false) && !away) {
    flow.expect_answer(now());
    obey({});
  }
}

void bridge_state::watch_line(bool punctual) {
  line_timer.dispose();
  auto look = [this, punctual, due = now() + line_watch] {
    // Without a stream too: the turn of a caller whose line broke off ends so.
    if (!caller_speaks)
      return;
    // Where this thread stood still, not the line did: what came meanwhile is
    // to be read yet, and silence before it would cut the turn in two. A thread
    // with too much to do comes to a timer in time now and then while it is
    // behind with the sockets, so two looks in a row have to be in time.
    auto in_time = now() - due < line_watch;
    if (in_time && punctual)
      if (auto silence = line.stalled(now()); silence > 0)
        forward(audio_bytes(silence, g711::silence));
    watch_line(in_time);
  };
  line_timer = self->run_delayed(line_watch, std::move(look));
}

bool bridge_state::is_protected(time_point at) const {
  if (!agent->greeting_protected)
    return false;
  if (const auto* asked = flow.pending(); asked && asked->purpose == "greeting")
    return true;
  return !greeting_response.empty()
         && (flow.active() == greeting_response
             || ledger.unheard(session_generation, greeting_response, at));
}

void bridge_state::interrupt(time_point at, bool server_cancels) {
  if (hopeless)
    return; // Nobody is left who could answer.
  tools.interrupted();
  after_rest.reset(); // What the caller says now is answered instead.
  cut_short = false;
  if (ledger.anything_unheard(at)) {
    ++report.barge_ins;
    env->metrics->barge_ins->inc();
    emit({events::interrupted{}});
  }
  hush(at, server_cancels);
  cancel_ending();
  check_quiet();
}

void bridge_state::hush(time_point at, bool server_cancels) {
  // Audio of what the server cancels by itself may still be under way.
  cancel_locally(flow.active());
  unanswered = false;
  obey(flow.interrupt(server_cancels));
  stop_playing(at);
}

void bridge_state::stop_playing(time_point at) {
  if (stream && (ledger.anything_unheard(at) || ledger.playing(at)))
    self->send(stream, clear_playback{});
  for (const auto& cut : ledger.interrupt(at)) {
    cancel_locally(cut.item.response_id);
    note_heard(cut);
    if (cut.item.session != session_generation || !session
        || is_aside(cut.item.response_id))
      continue; // No session, or not this one's conversation, knows the item.
    if (cut.begun) {
      report.last_truncated_at_ms = cut.heard_ms;
      self->send(session, truncate_item{cut.item.item_id,
                                        cut.item.content_index, cut.heard_ms});
    } else {
      self->send(session, delete_item{cut.item.item_id});
    }
  }
  queue.clear();
  over.clear();
  gate.cleared();
  unmarked_bytes = 0;
  want_ticks(false);
  tell_rest(); // How much of it was heard is known now.
}

} // namespace offhook::actors
