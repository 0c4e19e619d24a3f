#include "actors/bridge.hpp"

#include <utility>

#include "protocol/g711.hpp"

namespace g711 = offhook::protocol::g711;

namespace offhook::actors {

namespace {

constexpr std::uint64_t max_overlay_ms = 60'000;

// Of the caller's audio, before voice activity is told of.
constexpr std::uint64_t memory_ms = 2'000;

// So much speech is no noise, where no server says what it is.
constexpr barge_in_gate::options lone_options{400, 0, 700};

} // namespace

bridge_state::bridge_state(bridge_actor::pointer self, environment_ptr env,
                           agent_ptr agent, pacer_actor pacer,
                           caf::actor_addr supervisor, call_record_ptr record,
                           event_sink_actor sink)
  : self(self),
    env(std::move(env)),
    agent(std::move(agent)),
    pacer(std::move(pacer)),
    record(std::move(record)),
    sink(std::move(sink)),
    inherited(std::exchange(this->record->legacy, nullptr)),
    waiting(g711::to_bytes(this->env->limits.caller_buffer_ms)),
    memory(g711::to_bytes(memory_ms),
           g711::to_bytes(this->env->limits.caller_buffer_ms)),
    line(caller_clock::limits{}),
    gate({this->agent->interruption.min_speech_ms,
          this->agent->interruption.echo_loss_db}),
    lone_gate(lone_options),
    flow(response_flow::limits{}, inherited ? inherited->last_create : 0),
    over(g711::to_bytes(max_overlay_ms)),
    air(this->agent->dead_air_ms),
    gap(this->env->outage),
    ledger(inherited ? inherited->playback_generation + 1 : 1) {
  self->set_down_handler([self](caf::down_msg&) {
    self->quit(caf::exit_reason::user_shutdown); // No supervisor, no call.
  });
  self->monitor(supervisor);
  if (inherited)
    inherit();
}

bridge_actor::behavior_type bridge_state::make_behavior() {
  if (inherited) {
    for (const auto& item_id : inherited->untold)
      tell_turn(item_id);
    inherit_ending();
  }
  return {
    [this](media_chunk& chunk) { on_media(chunk); },
    [this](const mark_ack& ack) { on_mark(ack); },
    [this](const dtmf_pressed& key) { on_key(key); },
    [this](stream_attached& event) { on_stream_attached(event); },
    [this](const stream_lost& event) { on_stream_lost(event); },
    [this](const caller_returned& event) { on_caller_returned(event); },
    [this](session_ready& event) { on_session_ready(event); },
    [this](const session_lost& event) { on_session_lost(event); },
    [this](const speech_started& event) { on_speech_started(event); },
    [this](const speech_stopped& event) { on_speech_stopped(event); },
    [this](const turn_committed& event) { on_turn_committed(event); },
    [this](const item_created& event) { on_item(event); },
    [this](const item_refused& event) { on_item_refused(event); },
    [this](const caller_transcript& event) { on_caller_transcript(event); },
    [this](const agent_transcript& event) { on_agent_transcript(event); },
    [this](const response_started& event) { on_response_started(event); },
    [this](const response_refused& event) { on_response_refused(event); },
    [this](audio_delta& delta) { on_audio(delta); },
    [this](const audio_done& event) {
      if (!current_session(event.generation))
        return;
      queue.finish(event.generation, event.item_id);
      pump();
    },
    [this](const response_finished& event) { on_response_finished(event); },
    [this](const call_order& order) { on_order(order); },
    [this](const give_up& event) { on_give_up(event); },
    [this](const raise_fault& fault) { on_fault(fault); },
    [this](pace_tick) { pump(); },
    [this](get_report) { return report; },
  };
}

bridge_state::time_point bridge_state::now() const {
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

} // namespace offhook::actors
