// What happens when a reply is due and the caller hears nothing.

#include "actors/bridge.hpp"

#include <spdlog/spdlog.h>

#include "actors/behaviour_parts.hpp"

namespace offhook::actors {

bool bridge_state::reply_due() const {
  if (!stream || !session || caller_speaks)
    return false; // Without a session there is another ladder.
  return turn_open || owed || unanswered || flow.busy() || !queue.empty();
}

void bridge_state::watch_reply() {
  auto at = now();
  air.awaited(reply_due(), at);
  if (auto step = air.due(at); step != dead_air::step::none)
    act_on(step, at);
  arm(self, air_timer, air.next_time(), [this] { watch_reply(); });
}

void bridge_state::act_on(dead_air::step step, time_point at) {
  spdlog::warn("call has dead air call_sid={} generation={} step={}",
               record->call_sid, session_generation, static_cast<int>(step));
  env->metrics->dead_air->inc();
  if (step == dead_air::step::fill) {
    mix(waiting_tone());
  } else if (step == dead_air::step::retry) {
    cancel_locally(flow.active());
    stop_playing(at);
    obey(flow.retry(at));
  } else if (sink) {
    self->send(sink, end_call{call_outcome::model_failed});
  }
}

} // namespace offhook::actors
