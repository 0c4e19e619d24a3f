// The part of a call's supervisor that gives the call to another instance: the
// stream is closed, Twilio is redirected there with a ticket, and the other one
// fetches what was said. The session stays until then, so that transcripts
// which are late are not lost.

#include "actors/call_supervisor.hpp"

#include <array>

#include <caf/sec.hpp>
#include <spdlog/spdlog.h>

#include "protocol/crypto.hpp"
#include "protocol/fleet_ticket.hpp"

namespace crypto = offhook::protocol::crypto;
namespace fleet = offhook::protocol::fleet;

namespace offhook::actors {

namespace {

using std::chrono::duration_cast;
using std::chrono::milliseconds;

// Beyond our own bounds, for clocks that differ.
constexpr std::int64_t ticket_lifetime_s = 90;

// What the stream's parameters say for themselves.
constexpr std::array<const char*, 4> not_custom{"token", "from", "to", "agent"};

} // namespace

milliseconds call_supervisor_state::talked() const {
  if (talking_since)
    return duration_cast<milliseconds>(self->clock().now() - *talking_since);
  return milliseconds{call.past ? call.past->document.talked_ms : 0};
}

void call_supervisor_state::on_leave_for_heir() {
  leaves_for_heir = true;
  // Who is with somebody else, or on the way to us, goes when a stream comes.
  if (state == call_state::talking && stream && bridge)
    self->send(
      bridge,
      call_order{orders::hand_over{
        {}, static_cast<std::uint32_t>(env->limits.handover_words.count())}});
}

next_step call_supervisor_state::step_to_heir() {
  ticket_id = crypto::random_hex(16);
  fleet::ticket ticket;
  ticket.origin = env->handover.own_origin();
  ticket.call_sid = call.call_sid;
  ticket.id = ticket_id;
  ticket.agent = agent->name;
  ticket.talked_ms = static_cast<std::uint64_t>(talked().count());
  ticket.expires_at = env->wall_clock() + ticket_lifetime_s;
  next_step result;
  result.what = next_step::kind::redirect;
  result.target = env->handover.heir + "/incoming-call?handover="
                  + fleet::write_ticket(env->handover.key, ticket);
  return result;
}

void call_supervisor_state::on_heir_asked() {
  // Twilio has its answer: from now on the other instance may ask.
  await(absence::stage::moving, env->limits.handover_grace,
        call_outcome::shutdown);
}

caf::result<claimed_call>
call_supervisor_state::on_claim(const claim_call& claim) {
  if (state != call_state::away || ticket_id.empty()
      || !crypto::equal_constant_time(claim.id, ticket_id)) {
    spdlog::warn("call is not given away call_sid={} reason=unknown_ticket",
                 call.call_sid);
    return caf::make_error(caf::sec::no_such_key);
  }
  ticket_id.clear(); // Once.
  auto result = past_of(*record);
  result.call_sid = call.call_sid;
  result.agent = agent->name;
  result.parameters = call.parameters;
  for (const auto* name : not_custom)
    result.parameters.erase(name);
  result.answer_owed = answer_owed;
  result.talked_ms = static_cast<std::uint64_t>(talked().count());
  spdlog::info("call is handed over call_sid={} entries={}", call.call_sid,
               result.entries.size());
  env->metrics->handed_over("given");
  finish(call_outcome::handed_over);
  return claimed_call{std::move(result)};
}

} // namespace offhook::actors
