// What the caller hears while there is no session, and what we hear of the
// caller by ourselves.

#include "actors/bridge.hpp"

#include <utility>
#include <variant>

#include <spdlog/spdlog.h>

#include "actors/behaviour_parts.hpp"
#include "protocol/g711.hpp"

namespace g711 = offhook::protocol::g711;

namespace offhook::actors {

namespace {

// Marks may be late, and then the caller has heard it all the same.
constexpr std::chrono::milliseconds mark_grace{3'000};

} // namespace

void bridge_state::watch_outage() {
  auto at = now();
  gap.lasts(stream && !session && !away && !hopeless, at);
  for (auto step = gap.due(at); step != outage::step::none; step = gap.due(at))
    act_on(step);
  arm(self, gap_timer, gap.next_time(), [this] { watch_outage(); });
}

void bridge_state::act_on(outage::step step) {
  auto line = step == outage::step::line;
  spdlog::info("call waits for a session call_sid={} step={}", record->call_sid,
               line ? "line" : "filler");
  env->metrics->outage_step(line ? "line" : "filler");
  over.clear(); // A line takes the place of a tone.
  sound_of_gap = true;
  mix(line ? std::span<const std::byte>{env->sounds.please_wait}
           : waiting_tone());
}

void bridge_state::on_give_up(const give_up& event) {
  if (!stream || (hopeless && ending))
    return; // It will be said when a stream is there, or is being said.
  if (!std::exchange(hopeless, true))
    env->metrics->outage_step("exit");
  watch_outage();
  hush(now(), false);
  // No server is of use any more: it does not matter what it took for speech.
  caller_speaks = false;
  turn_open = false;
  const auto& words = std::holds_alternative<orders::transfer>(event.exit)
                        ? env->sounds.before_transfer
                        : env->sounds.goodbye;
  ending = event.exit;
  ending_timer.dispose();
  ending_timer = self->run_delayed(
    std::chrono::milliseconds{g711::to_ms(words.size())} + mark_grace, [this] {
      if (ending)
        depart();
    });
  mix(words);
  check_quiet();
}

void bridge_state::listen_without_server(std::span<const std::byte> audio,
                                         time_point at) {
  if (lone_gate.caller(audio, at) && ledger.anything_unheard(at)
      && !is_protected(at))
    interrupt(at, false);
}

} // namespace offhook::actors
