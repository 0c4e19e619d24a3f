// What happens when a reply is due and the caller hears nothing.

#include "actors/bridge.hpp"

#include <spdlog/spdlog.h>

#include "actors/behaviour_parts.hpp"

namespace offhook::actors {

bool bridge_state::reply_due() const {
  if (!stream || caller_speaks)
    return false;
  return turn_open || flow.busy() || !queue.empty();
}

void bridge_state::watch_reply() {
  auto at = now();
  air.awaited(reply_due(), at);
  auto step = air.due(at);
  if (step != dead_air::step::none) {
    spdlog::warn("call has dead air call_sid={} generation={} step={}",
                 record->call_sid, session_generation, static_cast<int>(step));
    env->metrics->dead_air->inc();
  }
  switch (step) {
    case dead_air::step::fill:
      mix(waiting_tone());
      break;
    case dead_air::step::retry:
      retry_reply(at);
      break;
    case dead_air::step::give_up:
      if (sink)
        self->send(sink, end_call{call_outcome::model_failed});
      break;
    case dead_air::step::none:
      break;
  }
  arm(self, air_timer, air.next_time(), [this] { watch_reply(); });
}

void bridge_state::retry_reply(time_point at) {
  hush(at, false);
  turn_open = false;
  obey(flow.want({"", "retry"}, at));
}

} // namespace offhook::actors
