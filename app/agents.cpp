#include "app/agents.hpp"

#include "actors/call_tools.hpp"
#include "app/read_values.hpp"
#include "app/transfer_settings.hpp"

#include <algorithm>
#include <stdexcept>

namespace offhook::app {

namespace {

std::uint32_t to_u32(std::int64_t x) {
  return static_cast<std::uint32_t>(x);
}

std::vector<std::string> tool_names(const tool_catalog& tools) {
  auto result = actors::built_in_tools();
  for (const auto& [name, tool] : tools.webhooks)
    result.push_back(name);
  return result;
}

void read_colleagues(const settings& from, const std::string& key,
                     actors::agent_profile& result) {
  auto known = from.names("agents");
  for (const auto& x : read_list(from.text(key))) {
    if (std::find(known.begin(), known.end(), x) == known.end())
      throw bad_name(from, key, x, known);
    result.colleagues[x] = from.text("agents." + x + ".about");
  }
}

void read_limits(const settings& from, const std::string& group,
                 actors::limit_rules& result) {
  result.duration_ms = to_u32(from.milliseconds(group + "duration"));
  result.warning_ms = to_u32(from.milliseconds(group + "warning-before"));
  result.tokens = static_cast<std::uint64_t>(from.integer(group + "tokens"));
  result.cost_usd = from.real(group + "cost");
  result.warning = from.text(group + "warning");
  result.wrap_up = from.text(group + "wrap-up");
}

void turn_on(actors::agent_profile& agent, const std::string& behaviour,
             bool needed) {
  auto& all = agent.behaviours;
  if (needed && std::find(all.begin(), all.end(), behaviour) == all.end())
    all.push_back(behaviour);
}

} // namespace

actors::agent_profile read_agent(const settings& from, const std::string& name,
                                 const tool_catalog& tools) {
  auto key = [&name](std::string_view rest) {
    return "agents." + name + '.' + std::string{rest};
  };
  actors::agent_profile result;
  result.name = name;
  result.model = from.text(key("model"));
  result.numbers = read_list(from.text(key("numbers")));
  result.greeting = from.text(key("greeting"));
  result.greeting_protected = from.flag(key("greeting-protected"));
  auto& rules = result.interruption;
  rules.min_speech_ms = to_u32(from.integer(key("interruption.min-speech")));
  rules.echo_loss_db = from.real(key("interruption.echo-loss"));
  rules.by_keys = from.flag(key("interruption.keys"));

  auto& session = result.session;
  const auto file = from.text(key("instructions-file"));
  session.instructions = file.empty()
                           ? from.text(key("instructions"))
                           : read_text_file(from, key("instructions-file"));
  session.voice = from.text(key("voice"));
  session.speed = from.real(key("speed"));
  session.noise_reduction = from.text(key("noise-reduction"));
  if (session.noise_reduction == "off")
    session.noise_reduction.clear();
  session.transcription_model = from.text(key("transcription-model"));
  session.transcription_language = from.text(key("transcription-language"));
  session.tool_choice = from.text(key("tool-choice"));
  if (session.tool_choice == "auto")
    session.tool_choice.clear();
  if (auto tokens = from.integer(key("max-output-tokens")); tokens > 0)
    session.max_output_tokens = to_u32(tokens);
  if (auto ratio = from.real(key("truncation.retention-ratio")); ratio > 0) {
    session.retention_ratio = ratio;
    if (auto tokens = from.integer(key("truncation.post-instructions"));
        tokens > 0)
      session.post_instruction_tokens = to_u32(tokens);
  }
  session.reasoning_effort = from.text(key("reasoning-effort"));
  if (session.reasoning_effort == "default")
    session.reasoning_effort.clear();
  if (const auto& parallel = from.text(key("parallel-tool-calls"));
      parallel != "default")
    session.parallel_tool_calls = parallel == "on";

  result.behaviours = read_list(from.text(key("behaviours")));
  read_colleagues(from, key("colleagues"), result);
  result.transfer = read_transfer(from, name);
  result.fallback = from.text(key("fallback"));
  if (!result.fallback.empty()
      && !result.transfer.targets.contains(result.fallback)) {
    std::vector<std::string> targets;
    for (const auto& [target, line] : result.transfer.targets)
      targets.push_back(target);
    throw bad_name(from, key("fallback"), result.fallback, targets);
  }
  for (const auto& tool : read_list(from.text(key("tools")))) {
    if (tool == "transfer_call" && result.transfer.targets.empty())
      throw std::runtime_error{
        "key '" + key("transfer.targets") + "' is missing: '" + key("tools")
        + "' has transfer_call (from " + from.origin(key("tools"))
        + "), and there is nobody to be connected with"};
    if (auto at = tools.webhooks.find(tool); at != tools.webhooks.end()) {
      session.tools.push_back(at->second.told);
      result.webhooks.emplace(tool, at->second.run);
    } else if (auto found = actors::built_in_tool(tool, result)) {
      session.tools.push_back(std::move(*found));
    } else {
      throw bad_name(from, key("tools"), tool, tool_names(tools));
    }
  }
  for (const auto& name : read_list(from.text(key("mcp")))) {
    auto at = tools.mcp_servers.find(name);
    if (at == tools.mcp_servers.end())
      throw bad_name(from, key("mcp"), name, from.names("mcp"));
    session.mcp_servers.push_back(at->second);
  }
  result.dead_air_ms = to_u32(from.milliseconds(key("dead-air")));
  read_limits(from, key("limits."), result.limits);
  // Functions want somebody who runs them, and limits somebody who keeps them.
  turn_on(result, "tools", !session.tools.empty());
  turn_on(result, "limits", result.limits.any());
  result.farewell_deadline_ms
    = to_u32(from.milliseconds(key("farewell-deadline")));
  auto& keys = result.keys;
  keys.terminator = from.text(key("keys.terminator"));
  keys.pause_ms = to_u32(from.milliseconds(key("keys.pause")));
  keys.max_length = to_u32(from.integer(key("keys.max-length")));
  keys.mask = from.flag(key("keys.mask"));
  for (const auto& x : read_pairs(from.text(key("keys.actions")))) {
    if (x.name.empty()
        || x.name.find_first_not_of("0123456789*#") != std::string::npos
        || (x.value != "end" && x.value != "repeat"))
      throw bad_entry(from, key("keys.actions"), x.text,
                      "KEYS=end or KEYS=repeat, with keys of 0-9 * #");
    keys.actions[x.name] = x.value == "end" ? actors::key_action::end
                                            : actors::key_action::repeat;
  }
  auto& silence = result.silence;
  silence.after_ms = to_u32(from.milliseconds(key("silence.after")));
  silence.asks = to_u32(from.integer(key("silence.asks")));
  silence.longest_talk_ms
    = to_u32(from.milliseconds(key("silence.longest-talk")));
  silence.ask = from.text(key("silence.ask"));
  silence.farewell = from.text(key("silence.farewell"));

  auto& vad = session.turn_detection;
  vad.threshold = from.real(key("vad.threshold"));
  vad.prefix_padding_ms = to_u32(from.integer(key("vad.prefix-padding")));
  vad.silence_duration_ms = to_u32(from.integer(key("vad.silence-duration")));
  if (auto idle = to_u32(from.milliseconds(key("vad.idle-timeout")));
      idle > 0) {
    constexpr std::uint32_t least = 5'000; // The API takes no less.
    vad.idle_timeout_ms = std::max(idle, least);
  }
  if (from.text(key("vad.type")) == "semantic")
    session.eagerness = from.text(key("vad.eagerness"));
  return result;
}

void check_behaviours(const settings& from, const std::string& name,
                      const actors::behaviour_registry& known) {
  const auto key = "agents." + name + ".behaviours";
  std::vector<std::string> allowed;
  for (const auto& [x, factory] : known)
    allowed.push_back(x);
  for (const auto& x : read_list(from.text(key)))
    if (!known.contains(x))
      throw bad_name(from, key, x, allowed);
}

void read_sections(const settings& from, actors::behaviour_registry& known) {
  for (const auto& path : from.names("behaviours")) {
    const auto key = "behaviours." + path;
    auto dot = path.find('.');
    auto behaviour = known.find(path.substr(0, dot));
    if (behaviour == known.end() || dot == path.npos)
      throw std::runtime_error{"unknown key '" + key + "' (from "
                               + from.origin(key)
                               + "): there is no such behaviour, or no key of "
                                 "it"};
    auto& section = behaviour->second.settings;
    auto setting = section.find(path.substr(dot + 1));
    if (setting == section.end()) {
      std::vector<std::string> allowed;
      for (const auto& [name, value] : section)
        allowed.push_back(name);
      throw bad_name(from, key, path.substr(dot + 1), allowed);
    }
    setting->second = from.text(key);
  }
  for (const auto& [name, kind] : known)
    if (auto error = kind.check ? kind.check(kind.settings) : "";
        !error.empty())
      throw std::runtime_error{error + " (in behaviours." + name + ')'};
}

void check_limits(const settings& from, const actors::agent_profile& agent,
                  const std::string& model, const actors::price_table& prices) {
  if (agent.limits.cost_usd <= 0 || prices.find(model))
    return;
  const auto key = "agents." + agent.name + ".limits.cost";
  throw std::runtime_error{"key '" + key + "' (from " + from.origin(key)
                           + ") cannot be kept: there are no prices of '"
                           + model + "', such as prices." + model
                           + ".audio-out"};
}

actors::price_table read_prices(const settings& from) {
  actors::price_table result;
  result.as_of = from.text("prices.as-of");
  for (const auto& name : from.names("prices")) {
    auto price = [&](std::string_view rest) {
      return from.real("prices." + name + '.' + std::string{rest});
    };
    result.models[name] = {price("text-in"),
                           price("text-cached"),
                           price("text-out"),
                           price("audio-in"),
                           price("audio-cached"),
                           price("audio-out"),
                           price("image-in"),
                           price("image-cached"),
                           price("transcription-per-minute")};
  }
  return result;
}

std::string agent_for_number(const std::map<std::string, actors::agent_ptr>& of,
                             const std::string& number) {
  for (const auto& [name, agent] : of)
    if (std::find(agent->numbers.begin(), agent->numbers.end(), number)
        != agent->numbers.end())
      return name;
  return {};
}

} // namespace offhook::app
