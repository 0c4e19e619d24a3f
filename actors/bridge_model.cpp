// The half of the bridge that answers: the model's responses on their way into
// the queue, and when they may be asked for.

#include "actors/bridge.hpp"

#include <algorithm>
#include <utility>
#include <variant>

#include "actors/behaviour_parts.hpp"
#include "protocol/g711.hpp"

namespace g711 = offhook::protocol::g711;

namespace offhook::actors {

namespace {

// Late audio comes within moments of its cancellation.
constexpr std::size_t max_cancelled = 16;

// One at a time is heard, and few are to come.
constexpr std::size_t max_asides = 16;

} // namespace

void bridge_state::obey(const response_flow::orders& orders) {
  for (const auto& x : orders) {
    if (const auto* create = std::get_if<response_flow::create>(&x)) {
      self->send(session,
                 create_response{create->id, create->what.instructions,
                                 create->what.purpose, create->what.aside});
    } else {
      const auto& id = std::get<response_flow::cancel>(x).response_id;
      cancel_locally(id);
      self->send(session, cancel_response{id});
    }
  }
  arm(self, flow_timer, session ? flow.next_time() : std::nullopt, [this] {
    if (session)
      obey(flow.due(now()));
  });
  watch_reply();
}

void bridge_state::on_response_started(const response_started& event) {
  if (!current_session(event.generation))
    return;
  ++report.responses;
  auto orders = flow.created(event.response_id, event.create_id, now());
  if (flow.active_request().purpose == "greeting") {
    greeting_response = event.response_id;
    if (turn_open)
      before_turn = event.response_id; // It answers nothing.
  }
  if (flow.active_request().aside) {
    asides.push_back(event.response_id);
    if (asides.size() > max_asides)
      asides.pop_front();
  }
  obey(orders);
  if (away) // An answer to what was said before the caller left.
    hush(now(), false);
}

void bridge_state::on_response_refused(const response_refused& event) {
  if (!current_session(event.generation))
    return;
  auto before = flow.given_up();
  auto wanted = flow.pending() && !flow.pending()->aside;
  auto orders = flow.refused(event.create_id, event.code, now());
  if (flow.given_up() > before) {
    env->metrics->responses_given_up->inc();
    unanswered = unanswered || wanted;
  }
  obey(orders);
}

void bridge_state::on_response_finished(const response_finished& event) {
  if (!current_session(event.generation))
    return;
  env->metrics->response_finished(event.status);
  auto answered = was_answer(event);
  if (answered)
    close_turn(event.response_id);
  record->usage.response(event.usage, event.usage_known);
  emit_usage();
  for (const auto& x : event.calls)
    record->log.tool_call(x.item_id, x.call_id, x.name, x.arguments);
  on_calls(event);
  // Whether the service goes on by itself is not documented: if it does not, we
  // do.
  if (event.ends_with_mcp && event.calls.empty() && event.status == "completed")
    flow.expect_answer(now());
  auto was_active = flow.active() == event.response_id;
  auto before = flow.given_up();
  auto orders = flow.done(event.response_id, event.status, event.reason, now());
  if (flow.given_up() > before)
    env->metrics->responses_given_up->inc();
  if (!answered && was_active && event.status != "cancelled"
      && !is_aside(event.response_id) && !is_cancelled(event.response_id)
      && !flow.busy())
    unanswered = true;
  obey(orders);
  delete_silent(event.response_id);
  queue.finish_response(event.generation, event.response_id);
  ledger.response_over(event.generation, event.response_id);
  pump();
  check_quiet();
}

bool bridge_state::was_answer(const response_finished& event) const {
  if (event.status == "cancelled" || is_aside(event.response_id))
    return false;
  return event.status == "completed"
         || ledger.knows(event.generation, event.response_id);
}

void bridge_state::close_turn(const std::string& response_id) {
  unanswered = false;
  if (response_id == before_turn && (caller_speaks || turn_is_real))
    return;
  turn_open = false;
  memory.settle();
}

void bridge_state::emit_usage() {
  emit({events::usage_counted{record->usage.tokens().total(),
                              record->usage.known_cost(env->prices)}});
}

void bridge_state::on_item(const item_created& event) {
  if (current_session(event.generation))
    seeded.placed(event.item_id, event.previous_item_id, record->log);
  if (settle(event.generation, event.item_id)
      || !current_session(event.generation))
    return;
  // What is in the log already goes where the server has it: a note of ours may
  // have overtaken a turn whose item was on its way.
  const auto& previous = seeded.place_behind(event.previous_item_id);
  if (record->log.find(event.item_id)
      || (event.type == "message" && event.role != "system"))
    record->log.added(event.item_id, previous,
                      event.role == "user" ? log_kind::caller
                                           : log_kind::agent);
  else if (event.type == "function_call")
    record->log.added(event.item_id, previous, log_kind::tool_call);
}

void bridge_state::on_caller_transcript(const caller_transcript& event) {
  if (!current_session(event.generation))
    return;
  record->log.transcript(event.item_id, event.text);
  record->usage.transcription(event.usage);
  emit_usage();
  if (!event.text.empty())
    emit({events::caller_turn{event.text}});
  advance_successor();
}

void bridge_state::on_agent_transcript(const agent_transcript& event) {
  // Of a cancelled one too: what it meant to say is marked as unheard.
  if (current_session(event.generation))
    record->log.agent_text(event.item_id, event.text, event.whole);
}

bool bridge_state::is_cancelled(const std::string& response_id) const {
  return std::find(cancelled.begin(), cancelled.end(), response_id)
         != cancelled.end();
}

bool bridge_state::is_aside(const std::string& response_id) const {
  return std::find(asides.begin(), asides.end(), response_id) != asides.end();
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
    keep_silent(delta);
    return;
  }
  playback_ledger::item_ref item{delta.generation, std::move(delta.response_id),
                                 std::move(delta.item_id), delta.content_index};
  auto offered = delta.payload.size();
  if (listeners.agent && queue.empty() && !ledger.anything_unheard(now()))
    held_until = now() + std::chrono::milliseconds{listeners.hold_ms};
  auto accepted = queue.push(item, std::move(delta.payload),
                             g711::to_bytes(env->limits.agent_buffer_ms));
  report.bytes_received += offered;
  if (accepted < offered)
    env->metrics->agent_bytes_dropped->inc(
      static_cast<std::int64_t>(offered - accepted));
  if (!is_aside(item.response_id))
    close_turn(item.response_id);
  if (std::exchange(sound_of_gap, false))
    over.clear(); // Two voices at once are none.
  if (accepted > 0)
    announce(item, accepted);
  ledger.received(item, accepted);
  gap.end();
  greeted = true; // Something will be heard: no session begins anew.
  pump();
}

void bridge_state::keep_silent(const audio_delta& late) {
  if (silent_items.size() >= max_cancelled || is_aside(late.response_id)
      || record->log.has_sounded(late.item_id)
      || std::any_of(silent_items.begin(), silent_items.end(),
                     [&](const auto& x) { return x.item_id == late.item_id; }))
    return;
  silent_items.push_back({late.generation, late.response_id, late.item_id, 0});
}

void bridge_state::delete_silent(const std::string& response_id) {
  std::erase_if(silent_items, [&](const auto& x) {
    if (x.response_id != response_id)
      return false;
    self->send(session, delete_item{x.item_id});
    return true;
  });
}

void bridge_state::announce(const playback_ledger::item_ref& item,
                            std::uint64_t bytes) {
  if (sounding.empty() || !(sounding.back() == item)) {
    sounding.push_back(item);
    record->log.sounds(item.item_id);
  }
  if (listeners.agent)
    emit({events::agent_audio{item.item_id, queue.end() - bytes,
                              queue.newest(bytes)}});
}

} // namespace offhook::actors
