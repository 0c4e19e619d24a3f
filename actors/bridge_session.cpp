// Sessions come and go under one conversation: a new one is told what was said,
// and takes over at a silence.

#include "actors/bridge.hpp"

#include <spdlog/spdlog.h>

#include "protocol/g711.hpp"

namespace g711 = offhook::protocol::g711;

namespace offhook::actors {

namespace {

// Buffered caller audio goes to a new session in pieces of a second.
constexpr std::uint64_t backlog_piece_bytes = g711::to_bytes(1000);

// What a new session hears of the past, for the onset of a voice.
constexpr std::uint64_t overlap_bytes = g711::to_bytes(400);

// How long a session waits for acknowledgements, transcripts and functions.
constexpr std::chrono::seconds seed_patience{3};

// How often a silence is looked for after that.
constexpr std::chrono::milliseconds silence_watch{500};

} // namespace

bridge_state::successor::successor(session_ready& event)
  : generation(event.generation),
    sink(std::move(event.sink)),
    agent(std::move(event.agent)),
    overlap(overlap_bytes) {
}

void bridge_state::on_session_ready(session_ready& event) {
  if (event.generation <= session_generation
      || (next && event.generation < next->generation)) {
    env->metrics->late_messages->inc();
    return;
  }
  next.emplace(event);
  advance_successor();
}

bool bridge_state::at_rest() const {
  if (!session)
    return true;
  return !caller_speaks && !flow.busy() && queue.empty()
         && !ledger.anything_unheard(now()) && ledger.all_marked();
}

void bridge_state::advance_successor() {
  if (!next)
    return;
  next_timer.dispose();
  auto again = [this](time_point::duration wait) {
    next_timer = self->run_delayed(wait, [this] { advance_successor(); });
  };
  if (!at_rest()) {
    next->patience_ends.reset();
    again(silence_watch);
    return;
  }
  auto at = now();
  if (!next->patience_ends)
    next->patience_ends = at + seed_patience;
  auto patient = at < *next->patience_ends;
  if (session && turn_open && patient) { // The answer is still to come.
    again(*next->patience_ends - at);
    return;
  }
  auto transcripts = session && patient
                     && !agent->session.transcription_model.empty();
  auto news = next->seed.more(record->log, transcripts, [this] {
    return "offhook_" + std::to_string(next->generation) + '_'
           + std::to_string(++own_items);
  });
  for (auto& x : news)
    std::visit([this](auto& item) { self->send(next->sink, std::move(item)); },
               x);
  auto complete = next->seed.all_settled() && !tools_run()
                  && !(transcripts && record->log.awaits_transcript());
  if (complete || !patient)
    adopt();
  else
    again(*next->patience_ends - at);
}

bool bridge_state::tools_run() const {
  for (const auto& call_id : tools.open())
    if (!switching || call_id != switching->call_id)
      return true;
  return false;
}

bool bridge_state::settle(std::uint32_t generation,
                          const std::string& item_id) {
  if (next && generation == next->generation) {
    next->seed.settled(item_id);
    advance_successor();
    return true;
  }
  return generation == session_generation && seeded.owns(item_id);
}

void bridge_state::on_item_refused(const item_refused& event) {
  spdlog::warn("session refuses an item generation={} item_id={}",
               event.generation, event.item_id);
  env->metrics->refused_items->inc();
  settle(event.generation, event.item_id);
}

void bridge_state::adopt() {
  auto heir = std::move(*std::exchange(next, std::nullopt));
  if (session)
    forget_session();
  session = std::move(heir.sink);
  session_generation = heir.generation;
  seeded = std::move(heir.seed);
  appended_bytes = 0;
  if (heir.agent && heir.agent != agent) {
    agent = std::move(heir.agent);
    gate = barge_in_gate{
      {agent->interruption.min_speech_ms, agent->interruption.echo_loss_db}};
    air = dead_air{agent->dead_air_ms};
  }
  for (auto& piece : heir.overlap.take(backlog_piece_bytes))
    forward(std::move(piece));
  for (auto& piece : waiting.take(backlog_piece_bytes))
    forward(std::move(piece));
  if (sink)
    self->send(sink, session_adopted{session_generation});
  if (switching && switching->generation <= session_generation)
    introduce(*std::exchange(switching, std::nullopt));
  else if (owed && !flow.busy())
    obey(flow.want({"", "answer"}, now()));
  owed = false;
  obey(flow.session_ready(now()));
  if (!greeted && !flow.busy() && !agent->greeting.empty())
    obey(flow.want({agent->greeting, "greeting"}, now()));
}

void bridge_state::introduce(const orders::set_agent& order) {
  auto text = "You have taken over this call from another agent; the caller "
              "knows that."
              + (order.note.empty() ? "" : " Its note: " + order.note);
  tell(text, false);
  if (!order.call_id.empty())
    record->log.tool_result(next_item_id(), order.call_id,
                            R"({"status":"done"})");
  greeted = true;
  // A protected greeting is protected here too.
  obey(flow.want({agent->greeting, "greeting"}, now()));
}

void bridge_state::on_session_lost(const session_lost& event) {
  if (next && next->generation == event.generation) {
    next.reset();
    next_timer.dispose();
  }
  if (switching && switching->generation == event.generation) {
    auto call_id = std::exchange(switching, std::nullopt)->call_id;
    answer_tool(call_id, R"({"error":"the other agent cannot be reached"})",
                true);
  }
  if (session && session_generation != event.generation)
    return; // It never had the conversation.
  if (!current_session(event.generation))
    return;
  forget_session();
  pump();
  advance_successor();
}

void bridge_state::forget_session() {
  // What the caller asked for is still to be answered, by whoever comes.
  owed = owed || turn_open || tools_run();
  session = nullptr;
  ledger.response_over(session_generation, flow.active());
  flow.session_lost();
  flow_timer.dispose();
  caller_speaks = false;
  turn_open = false;
  line_timer.dispose();
  gate.end();
  cancelled.clear();
  asides.clear();
  tools.clear(); // Their ids mean nothing to another session.
  // What was received of its answer is still played; more will not come.
  queue.finish_response(session_generation, {});
}

} // namespace offhook::actors
