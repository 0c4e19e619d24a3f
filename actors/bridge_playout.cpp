// The part of the bridge that plays: the agent's audio from the queue to
// Twilio, a bounded lead ahead of the caller's ear.

#include "actors/bridge.hpp"

#include <utility>

#include "protocol/g711.hpp"

namespace g711 = offhook::protocol::g711;

namespace offhook::actors {

namespace {

// One media message carries at most this: 60 ms, for a jitter-free play-out at
// a third of the messages.
constexpr std::uint64_t max_chunk_bytes = 3 * g711::frame_bytes;

} // namespace

void bridge_state::on_stream_attached(stream_attached& event) {
  stream = std::move(event.sink);
  stream_generation = event.generation;
  line = caller_clock{caller_clock::limits{}};
  ledger.stream_replaced(now());
  unmarked_bytes = 0;
  pump();
}

void bridge_state::on_stream_lost(const stream_lost& event) {
  if (!current_stream(event.generation))
    return;
  stream = nullptr;
  want_ticks(false);
  auto at = now();
  // What did not sound before the line was gone was not heard.
  for (const auto& cut : ledger.unfinished(at))
    note_heard(cut);
  ledger.stream_replaced(at);
}

void bridge_state::note_heard(const playback_ledger::cut& cut) {
  if (cut.begun)
    record->log.cut(cut.item.item_id, cut.heard_ms, cut.received_ms);
  else
    record->log.removed(cut.item.item_id);
}

void bridge_state::on_mark(const mark_ack& ack) {
  if (!current_stream(ack.generation))
    return;
  auto at = now();
  if (!ledger.marked(ack.name, at)) {
    env->metrics->stale_marks->inc();
    return;
  }
  ledger.forget_heard(at);
  check_quiet();
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
    gate.playing(chunk.payload, at + std::chrono::milliseconds{lead});
    report.bytes_out += size;
    unmarked_bytes += size;
    env->metrics->agent_frames->inc();
    if (!std::exchange(agent_heard, true))
      emit({events::agent_speech{true}});
    self->send(stream, play_audio{std::move(chunk.payload)});
    if (chunk.ends_item
        || unmarked_bytes >= g711::to_bytes(env->limits.mark_interval_ms))
      place_mark();
  }
  // An item that ends exactly with a frame is known to end only later.
  if (queue.empty() && unmarked_bytes > 0 && flow.active().empty())
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
