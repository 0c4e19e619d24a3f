// The part of the registry that lets the process go: no more calls, and those
// that there are end by themselves, or go to another instance.

#include "actors/call_registry.hpp"

#include <utility>

#include <caf/sec.hpp>
#include <spdlog/spdlog.h>

namespace offhook::actors {

namespace {

// Beyond the bounds of all steps of a hand-over.
constexpr std::chrono::seconds margin{1};

} // namespace

caf::result<void> call_registry_state::drain() {
  auto promise = self->make_response_promise<void>();
  waiting.push_back(promise);
  if (!entry.draining()) {
    entry.drain();
    spdlog::info("registry drains calls={} deadline_ms={}", calls.size(),
                 env->limits.drain_deadline.count());
    drain_timer = self->run_delayed(env->limits.drain_deadline,
                                    [this] { on_drain_deadline(); });
  }
  settle();
  return promise;
}

void call_registry_state::on_drain_deadline() {
  if (calls.empty())
    return; // Only last questions are waited for.
  if (!env->handover.possible()) {
    spdlog::warn("registry stops waiting calls={} reason=drain_deadline",
                 calls.size());
    stop_waiting();
    return;
  }
  spdlog::info("registry hands over calls={}", calls.size());
  hands_over = true;
  for (auto& [sid, call] : calls)
    self->send(call.supervisor, leave_for_heir{});
  const auto& limits = env->limits;
  drain_timer = self->run_delayed(
    limits.handover_words + limits.action_grace + limits.handover_grace
      + margin,
    [this] {
      spdlog::warn("registry stops waiting calls={} reason=handover_bound",
                   calls.size());
      stop_waiting();
    });
}

void call_registry_state::stop_waiting() {
  if (drain_timer)
    drain_timer.dispose();
  drain_timer = {};
  for (auto& promise : std::exchange(waiting, {}))
    promise.deliver();
}

void call_registry_state::owe_last_word(const call_info& info) {
  // Twilio asks what comes next, unless it has ended the call itself.
  auto asks = info.outcome == call_outcome::ended_by_us
              || (says_failure(info.outcome)
                  && info.outcome != call_outcome::no_stream);
  if (entry.draining() && info.state == call_state::ending && asks)
    owed.insert(info.call_sid);
}

caf::result<claimed_call> call_registry_state::claim(const claim_call& x) {
  auto at = calls.find(x.call_sid);
  if (at == calls.end())
    return caf::make_error(caf::sec::no_such_key);
  auto promise = self->make_response_promise<claimed_call>();
  self->request(at->second.supervisor, std::chrono::seconds{2}, x)
    .then([promise](
            claimed_call& got) mutable { promise.deliver(std::move(got)); },
          [promise](const caf::error& why) mutable { promise.deliver(why); });
  return promise;
}

} // namespace offhook::actors
