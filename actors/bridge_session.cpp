// Sessions come and go under one conversation: a new one is told what was said,
// and takes over at a silence.

#include "actors/bridge.hpp"

#include <algorithm>
#include <utility>

#include <spdlog/spdlog.h>

#include "protocol/g711.hpp"

namespace g711 = offhook::protocol::g711;

namespace offhook::actors {

namespace {

// Buffered caller audio goes to a new session in pieces of a second.
constexpr std::uint64_t backlog_piece_bytes = g711::to_bytes(1000);

// What a new session hears of the past, for the onset of a voice.
constexpr std::uint64_t overlap_bytes = g711::to_bytes(400);

constexpr auto cut_short_note
  = "The connection failed while you were speaking. The caller heard what "
    "stands above and no more. Go on from there; do not greet again and do not "
    "repeat what was heard.";

// How long a session waits for acknowledgements, transcripts and functions.
constexpr std::chrono::seconds seed_patience{3};

// How often a silence is looked for after that.
constexpr std::chrono::milliseconds silence_watch{500};

} // namespace

bridge_state::successor::successor(session_ready& event)
  : generation(event.generation),
    sink(std::move(event.sink)),
    agent(std::move(event.agent)) {
}

void bridge_state::on_session_ready(session_ready& event) {
  if (hopeless || event.generation <= session_generation
      || (next && event.generation <= next->generation)) {
    env->metrics->late_messages->inc();
    return;
  }
  if (event.kept) {
    on_session_kept(event);
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
  auto news = next->seed.more(
    record->log, transcripts,
    [this, at](const auto& id) { return is_sounding(id, at); },
    [this] { return next_item_id(next->generation); });
  for (auto& x : news)
    std::visit([this](auto& item) { self->send(next->sink, std::move(item)); },
               x);
  // Results come to whoever is there; but of another agent's functions none
  // will.
  auto changes = session && switching
                 && switching->generation == next->generation;
  auto complete = next->seed.all_settled() && !(changes && tools_run())
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

bool bridge_state::is_sounding(const std::string& item_id,
                               time_point at) const {
  auto unheard = ledger.unfinished(at);
  return std::any_of(unheard.begin(), unheard.end(),
                     [&](const auto& x) { return x.item.item_id == item_id; });
}

void bridge_state::adopt() {
  auto heir = std::move(*std::exchange(next, std::nullopt));
  if (session)
    forget_session();
  session = std::move(heir.sink);
  session_generation = heir.generation;
  seeded = std::move(heir.seed);
  seeded.close(record->log);
  appended_bytes = 0;
  if (heir.agent && heir.agent != agent) {
    agent = std::move(heir.agent);
    gate = barge_in_gate{
      {agent->interruption.min_speech_ms, agent->interruption.echo_loss_db}};
    air = dead_air{agent->dead_air_ms};
    tools.clear(); // Whoever ran them went with the other agent.
  }
  count_dropped(waiting.expire(now()));
  if (waiting.bytes() > overlap_bytes)
    memory.open(0); // Until it is known what there was to hear in it.
  for (auto& piece : waiting.take(backlog_piece_bytes))
    forward(std::move(piece));
  if (sink)
    self->send(sink, session_adopted{session_generation});
  watch_outage();
  take_up_conversation();
}

void bridge_state::take_up_conversation() {
  auto is_owed = std::exchange(owed, false);
  auto was_cut = std::exchange(cut_short, false);
  if (switching && switching->generation <= session_generation) {
    introduce(*std::exchange(switching, std::nullopt));
  } else if (was_cut) {
    // The log has it behind what is still being heard.
    auto id = next_item_id(session_generation);
    record->log.note(id, cut_short_note);
    seeded.owe(id);
    tell_rest();
    want_when_told({"", "continue"});
  } else if (is_owed && !flow.busy()) {
    want_when_told({"", "answer"});
  }
  obey(flow.session_ready(now()));
  if (!greeted && !flow.busy() && !after_rest && !agent->greeting.empty())
    obey(flow.want({agent->greeting, "greeting"}, now()));
  tell_rest();
  if (ending)
    check_quiet();
}

void bridge_state::want_when_told(response_request what) {
  if (session && (seeded.is_held_back() || after_rest))
    after_rest = std::move(what); // It answers all that came before.
  else
    obey(flow.want(std::move(what), now()));
}

void bridge_state::tell_rest() {
  if (!session)
    return;
  rest_timer.dispose();
  auto at = now();
  auto rest = seeded.more(
    record->log, false,
    [this, at](const auto& id) { return is_sounding(id, at); },
    [this] { return next_item_id(session_generation); });
  for (auto& x : rest)
    std::visit([this](auto& item) { self->send(session, std::move(item)); }, x);
  if (seeded.is_held_back())
    // Should Twilio not return its marks.
    rest_timer = self->run_delayed(silence_watch, [this] { tell_rest(); });
  else if (after_rest)
    obey(flow.want(*std::exchange(after_rest, std::nullopt), now()));
}

void bridge_state::introduce(const orders::set_agent& order) {
  auto text = "You have taken over this call from another agent; the caller "
              "knows that."
              + (order.note.empty() ? "" : " Its note: " + order.note);
  tell(text, false);
  if (!order.call_id.empty())
    record->log.tool_result(next_item_id(session_generation), order.call_id,
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
  // Else another session of the agent that is wanted comes.
  if (event.unwanted && switching
      && switching->generation == event.generation) {
    auto call_id = std::exchange(switching, std::nullopt)->call_id;
    answer_tool(call_id, R"({"error":"the other agent cannot be reached"})",
                true);
  }
  if (session && session_generation != event.generation)
    return; // It never had the conversation.
  if (!current_session(event.generation))
    return;
  forget_session();
  watch_outage();
  pump();
  advance_successor();
}

void bridge_state::keep_unfinished() {
  const auto active = flow.active();
  auto speaks = !active.empty() && !is_aside(active) && !is_cancelled(active);
  auto begun = speaks && ledger.knows(session_generation, active);
  cut_short = cut_short || begun;
  ledger.response_over(session_generation, active);
  // A turn that is not written down has to be heard again, for all else that is
  // left of it is that there was one; and who hears it answers it.
  auto again = !memory.turn().empty()
               && (caller_speaks || record->log.withdraw_turn(turn_item));
  if (again)
    flow.withdraw_answers();
  else
    // The words are there, and no answer to them.
    owed = owed || turn_open || unanswered;
  unanswered = false;
  flow.session_lost(speaks && !begun && !flow.active_request().purpose.empty());
  // Of a voice that nobody had noticed yet the onset.
  count_dropped(
    waiting.push(again ? memory.turn() : memory.newest(overlap_bytes), now()));
  memory.clear();
}

void bridge_state::forget_session() {
  keep_unfinished();
  session = nullptr;
  flow_timer.dispose();
  rest_timer.dispose();
  caller_speaks = false;
  turn_open = false;
  before_turn.clear();
  turn_item.clear();
  line_timer.dispose();
  gate.end();
  lone_gate.end();
  lone_gate.onset({}, now());
  cancelled.clear();
  asides.clear();
  silent_items.clear();
  // What was received of its answer is still played; more will not come.
  queue.finish_response(session_generation, {});
}

} // namespace offhook::actors
