// In the place of a bridge that failed: what it left, and how its successor
// goes on with it. Both sockets stay open meanwhile.

#include "actors/bridge.hpp"

#include <stdexcept>
#include <utility>

#include <spdlog/spdlog.h>

namespace offhook::actors {

bridge_state::~bridge_state() {
  for (auto* timer : {&next_timer, &rest_timer, &line_timer, &flow_timer,
                      &air_timer, &gap_timer, &ending_timer})
    timer->dispose();
  try {
    record->legacy = std::make_shared<bridge_legacy>(make_legacy());
    if (!stream)
      return; // What was unheard then is written down.
    // Nothing is sent from here: this actor is no more.
    for (const auto& cut : record->legacy->cuts)
      write_down(cut);
  } catch (const std::exception& error) {
    spdlog::error("bridge leaves nothing call_sid={} reason=\"{}\"",
                  record->call_sid, error.what());
  }
}

bridge_legacy bridge_state::make_legacy() const {
  auto at = now();
  bridge_legacy result;
  result.session = session ? session_generation : 0;
  result.appended_bytes = appended_bytes;
  result.greeted = greeted;
  result.away = away;
  result.caller_speaks = caller_speaks;
  result.turn_open = turn_open || owed || unanswered;
  result.playing = ledger.playing(at);
  result.response_id = flow.active();
  result.wanted
    = flow.unfinished(!is_cancelled(flow.active())
                      && !ledger.knows(session_generation, flow.active()));
  result.own_items = own_items;
  result.last_create = flow.last_id();
  result.playback_generation = ledger.generation();
  result.cuts = ledger.unfinished(at);
  result.silent_items = silent_items;
  for (const auto& x : sounding)
    result.untold.push_back(x.item_id);
  result.cut_short = cut_short || !result.cuts.empty();
  result.tools = tools;
  result.seeded = seeded;
  result.ending = ending;
  result.switching = switching;
  return result;
}

void bridge_state::inherit() {
  greeted = inherited->greeted;
  away = inherited->away;
  own_items = inherited->own_items;
  tools = inherited->tools;
  switching = inherited->switching;
  // Who speaks now is answered when done.
  auto quiet = !inherited->caller_speaks;
  owed = inherited->turn_open && quiet;
  cut_short = inherited->cut_short && quiet;
  for (const auto& x : inherited->wanted)
    if (x == response_request{})
      owed = quiet;
    else
      flow.want(x, now());
}

void bridge_state::inherit_ending() {
  if (!inherited->ending)
    return;
  ending = inherited->ending;
  end_by(deadline_of(*ending));
}

void bridge_state::on_session_kept(session_ready& event) {
  session = std::move(event.sink);
  session_generation = event.generation;
  watch_outage();
  if (!inherited || inherited->session != session_generation) {
    // The one before failed too, and never had it: what this session was told
    // of is the log, as long as it lived.
    seeded.know_all(record->log);
    take_up_conversation();
    return;
  }
  seeded = inherited->seeded;
  silent_items = inherited->silent_items;
  appended_bytes = inherited->appended_bytes;
  for (const auto& cut : inherited->cuts) {
    if (cut.item.session != session_generation)
      continue;
    if (cut.begun)
      self->send(session, truncate_item{cut.item.item_id,
                                        cut.item.content_index, cut.heard_ms});
    else
      self->send(session, delete_item{cut.item.item_id});
  }
  // What is being generated was lost in part, and its end may have been too.
  cancel_locally(inherited->response_id);
  if (owed || !inherited->response_id.empty())
    self->send(session, cancel_response{inherited->response_id});
  caller_speaks = turn_open = inherited->caller_speaks;
  take_up_conversation();
}

void bridge_state::on_fault(const raise_fault& fault) const {
  if (env->faults_allowed)
    throw std::runtime_error("a fault was asked for: " + fault.where);
  spdlog::error("bridge ignores a fault that nobody may ask for call_sid={}",
                record->call_sid);
}

} // namespace offhook::actors
