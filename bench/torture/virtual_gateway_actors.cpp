// What the stage sees and does of the gateway's actors themselves.

#include "bench/torture/virtual_gateway.hpp"

#include <caf/actor_registry.hpp>

#include "actors/bridge.hpp"
#include "actors/call_supervisor.hpp"
#include "actors/environment.hpp"
#include "protocol/g711.hpp"

namespace g711 = offhook::protocol::g711;

namespace offhook::torture {

namespace {

// Bounds that the code has and no configuration.
constexpr std::size_t max_log_bytes = 256 * 1024;
constexpr std::size_t max_log_entries = 400;
constexpr std::size_t max_cancelled = 16;
constexpr std::size_t max_unhandled = 64;
constexpr std::size_t max_ledger_items = 256;
constexpr std::size_t max_closing = 6; // Sockets of one call.

template <class Impl, class Handle>
auto& state_of(const Handle& actor) {
  return caf::actor_cast<Impl*>(actor)->state;
}

} // namespace

virtual_gateway::registry_state& virtual_gateway::calls() {
  return state_of<actors::call_registry_impl>(registry_);
}

std::string virtual_gateway::stream_of(const std::string& call_sid) {
  settle();
  auto& known = calls().calls;
  auto at = known.find(call_sid);
  auto talks = at != known.end()
               && at->second.info.state == actors::call_state::talking;
  return talks ? at->second.info.stream_sid : std::string{};
}

bool virtual_gateway::kill(const std::string& call_sid, fault_kind what) {
  auto& known = calls().calls;
  auto at = known.find(call_sid);
  if (at == known.end())
    return false;
  auto end = [](const auto& actor) {
    if (!actor)
      return false;
    caf::anon_send_exit(actor, caf::exit_reason::kill);
    return true;
  };
  auto supervisor = at->second.supervisor;
  if (what == fault_kind::kill_supervisor)
    return end(supervisor);
  auto& call = state_of<actors::call_supervisor_impl>(supervisor);
  switch (what) {
    case fault_kind::kill_session:
      return end(call.session);
    case fault_kind::kill_stream:
      return end(call.stream);
    case fault_kind::kill_bridge:
      return end(call.bridge);
    case fault_kind::bridge_throws:
      caf::anon_send(supervisor, actors::raise_fault{"bridge"});
      return call.bridge != nullptr;
    default:
      for (auto& x : call.behaviours)
        if (x.actor)
          return end(x.actor);
      return false;
  }
}

std::vector<std::string> virtual_gateway::check_accounts() {
  std::vector<std::string> result;
  auto& state = calls();
  std::uint64_t leases = 0;
  for (auto x : state.per_shard)
    leases += x;
  if (leases != state.calls.size())
    result.push_back("leases of shards and calls differ");
  if (env_->metrics->active_calls->value()
      != static_cast<std::int64_t>(state.calls.size()))
    result.push_back("metric of active calls and calls differ");
  return result;
}

void virtual_gateway::check_bounds(virtual_line& line) {
  auto at = calls().calls.find(line.sid());
  if (at == calls().calls.end())
    return;
  const auto& live = at->second;
  auto hold = [&line](bool yes, const char* what) {
    if (!yes)
      line.check().wrong(std::string{"beyond its bound: "} + what);
  };
  auto& call = state_of<actors::call_supervisor_impl>(live.supervisor);
  const auto& log = live.record->log;
  hold(log.bytes() <= max_log_bytes, "bytes of the log");
  hold(log.entries().size() <= max_log_entries, "entries of the log");
  for (const auto& x : call.behaviours)
    hold(x.unhandled <= max_unhandled, "events for a behaviour");
  hold(call.retired.size() <= max_closing, "sockets that close");
  if (!call.bridge)
    return;
  auto& bridge = state_of<actors::bridge_impl>(call.bridge);
  const auto& limits = env_->limits;
  hold(bridge.waiting.bytes() <= g711::to_bytes(limits.caller_buffer_ms),
       "caller audio for no session");
  hold(bridge.queue.bytes() <= g711::to_bytes(limits.agent_buffer_ms),
       "agent audio to be sent");
  hold(bridge.cancelled.size() <= max_cancelled, "cancelled responses");
  hold(bridge.asides.size() <= max_cancelled, "asides");
  hold(bridge.ledger.items() <= max_ledger_items, "items of the ledger");
  hold(bridge.sounding.size() <= max_ledger_items, "items that sound");
}

resources virtual_gateway::count() {
  resources x;
  auto& state = calls();
  x.calls = state.calls.size();
  for (auto n : state.per_shard)
    x.leases += n;
  x.actors = sys_.registry().running();
  x.sockets = fault_socket::live();
  for (const auto& [when, timer] : sched_.clock().schedule)
    x.timers += !timer.f.disposed();
  for (auto& [sid, live] : state.calls) {
    auto& call = state_of<actors::call_supervisor_impl>(live.supervisor);
    if (call.bridge
        && !state_of<actors::bridge_impl>(call.bridge).ledger.all_marked())
      ++x.marks;
  }
  return x;
}

} // namespace offhook::torture
