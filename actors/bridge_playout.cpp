// The part of the bridge that plays: the agent's audio from the queue to
// Twilio, a bounded lead ahead of the caller's ear.

#include "actors/bridge.hpp"

#include <algorithm>
#include <utility>

#include "protocol/g711.hpp"

namespace g711 = offhook::protocol::g711;

namespace offhook::actors {

namespace {

// One media message carries at most this: 60 ms are a third of the messages.
constexpr std::uint64_t max_chunk_ms = 3 * g711::frame_ms;

/// How much a media message carries. One has to fit into the lead before it is
/// sent, so that a large one in a small lead would wait until all is played.
std::uint64_t chunk_bytes(std::uint64_t lead_ms) {
  auto ms = std::min(max_chunk_ms, lead_ms / 3);
  return g711::to_bytes(
    std::max<std::uint64_t>(ms - ms % g711::frame_ms, g711::frame_ms));
}

/// When the caller has heard this, with so much before it.
bridge_state::time_point ends_at(const audio_bytes& payload,
                                 std::uint64_t lead_ms,
                                 bridge_state::time_point now) {
  return now + std::chrono::milliseconds{lead_ms + g711::to_ms(payload.size())};
}

} // namespace

void bridge_state::on_stream_attached(stream_attached& event) {
  stream = std::move(event.sink);
  stream_generation = event.generation;
  line = caller_clock{caller_clock::limits{}};
  ledger.stream_replaced(now());
  unmarked_bytes = 0;
  if (inherited && inherited->playing)
    self->send(stream, clear_playback{}); // Nobody knows of it any more.
  pump();
  watch_outage();
  if (ending && !away)
    check_quiet();
}

void bridge_state::on_stream_lost(const stream_lost& event) {
  if (!current_stream(event.generation))
    return;
  stream = nullptr;
  want_ticks(false);
  auto at = now();
  if (event.returns) {
    lose_line(at);
    return;
  }
  // What did not sound before the line was gone was not heard.
  for (const auto& cut : ledger.unfinished(at))
    note_heard(cut);
  tell_turns();
  ledger.stream_replaced(at);
  watch_outage();
}

void bridge_state::write_down(const playback_ledger::cut& cut) {
  if (cut.begun)
    record->log.cut(cut.item.item_id, cut.heard_ms, cut.received_ms);
  else
    record->log.removed(cut.item.item_id);
}

void bridge_state::note_heard(const playback_ledger::cut& cut) {
  write_down(cut);
  auto here = std::find(sounding.begin(), sounding.end(), cut.item);
  if (here == sounding.end())
    return;
  sounding.erase(here);
  tell_turn(cut.item.item_id);
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
  if (at < held_until) {
    want_ticks(true);
    return;
  }
  const auto max_chunk_bytes = chunk_bytes(env->limits.lead_ms);
  audio_queue::chunk chunk;
  for (auto lead = ledger.lead_ms(at); lead < env->limits.lead_ms;
       lead = ledger.lead_ms(at)) {
    auto room = g711::to_bytes(env->limits.lead_ms - lead);
    if (room < max_chunk_bytes)
      break;
    if (queue.pop(max_chunk_bytes, chunk)) {
      auto size = chunk.payload.size();
      ledger.sent(chunk.item, size - chunk.padding, at);
      ledger.sent_padding(chunk.padding, at);
      air.sounds(chunk.payload, ends_at(chunk.payload, lead, at));
      over.mix_into(chunk.payload);
      unmarked_bytes += size;
      if (!std::exchange(agent_heard, true))
        emit({events::agent_speech{true}});
    } else if (!over.empty()) {
      chunk.payload = over.take(max_chunk_bytes);
      // Its end is waited for, but not each part of a sound that may last.
      chunk.ends_item = over.empty();
      ledger.sent_padding(chunk.payload.size(), at);
      air.filled(ends_at(chunk.payload, lead, at));
    } else {
      break;
    }
    send_audio(std::move(chunk.payload), lead, at);
    if (chunk.ends_item
        || unmarked_bytes >= g711::to_bytes(env->limits.mark_interval_ms))
      place_mark();
  }
  // An item that ends exactly with a frame is known to end only later.
  if (queue.empty() && unmarked_bytes > 0 && flow.active().empty())
    place_mark();
  want_ticks(!queue.empty() || !over.empty());
}

void bridge_state::send_audio(audio_bytes payload, std::uint64_t lead_ms,
                              time_point at) {
  gap.sounds(ends_at(payload, lead_ms, at));
  gate.playing(payload, at + std::chrono::milliseconds{lead_ms});
  report.bytes_out += payload.size();
  env->metrics->agent_frames->inc();
  self->send(stream, play_audio{std::move(payload)});
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
