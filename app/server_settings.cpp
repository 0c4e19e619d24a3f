#include "app/server_settings.hpp"

#include <algorithm>
#include <chrono>
#include <memory>
#include <stdexcept>

#include "app/agents.hpp"
#include "app/outage_settings.hpp"
#include "app/tools.hpp"
#include "protocol/openai_provider.hpp"

namespace offhook::app {

namespace {

std::uint32_t to_u32(std::int64_t x) {
  return static_cast<std::uint32_t>(x);
}

actors::call_limits limits_of(const settings& x) {
  using ms = std::chrono::milliseconds;
  actors::call_limits result;
  result.lead_ms = to_u32(x.integer("call.playout-lead"));
  result.caller_buffer_ms = to_u32(x.integer("call.caller-buffer"));
  result.agent_buffer_ms = to_u32(x.integer("call.agent-buffer"));
  result.stream_grace = ms{x.milliseconds("twilio.stream-grace")};
  result.reattach_grace = ms{x.milliseconds("twilio.reattach-grace")};
  result.reattach_attempts = to_u32(x.integer("twilio.reattach-attempts"));
  result.media_timeout = ms{x.milliseconds("twilio.media-timeout")};
  result.start_timeout = ms{x.milliseconds("twilio.start-timeout")};
  result.session_timeout = ms{x.milliseconds("openai.session-timeout")};
  result.max_session_gap = ms{x.milliseconds("openai.max-gap")};
  result.last_words = ms{x.milliseconds("call.last-words")};
  result.drain_deadline = ms{x.milliseconds("drain.deadline")};
  result.max_duration = ms{x.milliseconds("call.max-duration")};
  return result;
}

std::string without_slash(std::string origin) {
  while (origin.ends_with('/'))
    origin.pop_back();
  return origin;
}

net::ws_limits realtime_limits(const settings& x) {
  net::ws_limits result;
  result.max_message_bytes
    = static_cast<std::size_t>(x.integer("openai.max-message-bytes"));
  result.max_queued_bytes
    = static_cast<std::size_t>(x.integer("openai.max-queued-bytes"));
  result.handshake_timeout_ms
    = to_u32(x.milliseconds("openai.connect-timeout"));
  result.idle_timeout_ms = to_u32(x.milliseconds("openai.idle-timeout"));
  result.ping_interval_ms = result.idle_timeout_ms / 3;
  return result;
}

net::ws_limits stream_limits(const settings& x) {
  net::ws_limits result;
  result.max_message_bytes
    = static_cast<std::size_t>(x.integer("twilio.max-message-bytes"));
  result.max_queued_bytes
    = static_cast<std::size_t>(x.integer("twilio.max-queued-bytes"));
  result.idle_timeout_ms = to_u32(x.milliseconds("twilio.idle-timeout"));
  result.ping_interval_ms = result.idle_timeout_ms / 3;
  return result;
}

/// Nobody could tell an unsigned request from a stranger's.
void check_tool_secret(const actors::environment& env) {
  auto check = [&env](const actors::agent_profile& agent) {
    if (!agent.webhooks.empty() && env.tool_secret.empty())
      throw std::runtime_error{"OFFHOOK_TOOL_SECRET is not set: it signs the "
                               "requests of the functions "
                               "that 'agents."
                               + agent.name + ".tools' names"};
  };
  check(env.agent);
  for (const auto& [name, agent] : env.agents)
    check(*agent);
}

void configure_fleet(const settings& from, const secrets& keys,
                     actors::environment& to) {
  auto& entry = to.admission_limits;
  entry.max_calls = to_u32(from.integer("admission.max-calls"));
  entry.starts_per_second = to_u32(from.integer("admission.starts-per-second"));
  entry.max_resident_bytes
    = static_cast<std::uint64_t>(from.integer("admission.max-memory")) * 1024
      * 1024;
  entry.max_lag
    = std::chrono::milliseconds{from.milliseconds("admission.max-lag")};
  to.handover.key = keys.fleet_key;
  to.handover.heir = without_slash(from.text("drain.redirect-url"));
  to.openings = {from.text("drain.resume"), from.text("drain.apology")};
}

refusal_rules read_refusals(const settings& x) {
  refusal_rules result;
  const auto& with = x.text("admission.refuse-with");
  result.with = with == "say"        ? refusal_rules::way::say
                : with == "redirect" ? refusal_rules::way::redirect
                                     : refusal_rules::way::reject;
  result.sentence = x.text("admission.sentence");
  result.other = without_slash(x.text("admission.redirect-url"));
  result.heir = without_slash(x.text("drain.redirect-url"));
  return result;
}

} // namespace

void configure(const settings& from, const secrets& keys,
               actors::environment& to) {
  const auto tools = read_tools(from, keys);
  to.agent = read_agent(from, "default", tools);
  for (const auto& name : from.names("agents"))
    if (name != "default")
      to.agents.emplace(name, std::make_shared<actors::agent_profile>(
                                read_agent(from, name, tools)));
  to.tool_secret = keys.tool_secret;
  check_tool_secret(to);
  to.prices = read_prices(from);
  configure_fleet(from, keys, to);
  to.limits = limits_of(from);
  using ms = std::chrono::milliseconds;
  to.budget = {to_u32(from.integer("openai.restart-attempts")),
               ms{from.milliseconds("openai.restart-delay")},
               ms{from.milliseconds("openai.restart-max-delay")}};
  to.rollover = {ms{from.milliseconds("openai.session-age")},
                 ms{from.milliseconds("openai.session-margin")}};
  to.outage = {ms{from.milliseconds("outage.filler-after")},
               ms{from.milliseconds("outage.line-after")}};
  to.sounds = read_spoken_lines(from);
  to.realtime.limits = realtime_limits(from);
  to.model = from.text("openai.model");
  to.features
    = protocol::openai::find_provider(from.text("openai.provider"))->features;
  read_sections(from, to.behaviours);
  for (const auto& name : from.names("agents"))
    check_behaviours(from, name, to.behaviours);
  check_behaviours(from, "default", to.behaviours);
  auto check = [&](const actors::agent_profile& x) {
    check_limits(from, x, x.model.empty() ? to.model : x.model, to.prices);
  };
  check(to.agent);
  for (const auto& [name, agent] : to.agents)
    check(*agent);
}

void configure(const settings& from, route_context& to) {
  to.stream_limits = stream_limits(from);
  to.greeting = from.text("twiml.greeting");
  to.failure = from.text("twiml.failure");
  to.refusals = read_refusals(from);
  to.choices = menu{read_menu(from, from.names("agents"))};
}

} // namespace offhook::app
