#include "app/standins/demo_agent_events.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <utility>
#include <vector>

#include "app/standins/demo_agent_rules.hpp"

namespace offhook::app::standins {

namespace {

using namespace schema;

rule event_rule(std::vector<field> fields) {
  fields.push_back({"type", text(), true});
  fields.push_back({"event_id", text(512)});
  return object(std::move(fields));
}

struct known_event {
  std::string_view name;
  rule check;
};

/// In the order of `client_event`.
const std::array<known_event, 11>& known_events() {
  auto id = [] { return text(any_length, 1); };
  static const std::array<known_event, 11> result{{
    {"session.update", event_rule({{"session", session_rule(), true}})},
    {"input_audio_buffer.append",
     event_rule({{"audio", text(max_audio_text), true}})},
    {"input_audio_buffer.commit", event_rule({})},
    {"input_audio_buffer.clear", event_rule({})},
    {"conversation.item.create",
     event_rule({{"item", item_rule(false), true},
                 {"previous_item_id", nullable(id())}})},
    {"conversation.item.truncate",
     event_rule({{"item_id", id(), true},
                 {"content_index", integer(0, 1000), true},
                 {"audio_end_ms", integer(0, max_ms), true}})},
    {"conversation.item.delete", event_rule({{"item_id", id(), true}})},
    {"conversation.item.retrieve", event_rule({{"item_id", id(), true}})},
    {"response.create", event_rule({{"response", response_rule()}})},
    {"response.cancel", event_rule({{"response_id", id()}})},
    {"output_audio_buffer.clear", event_rule({})},
  }};
  return result;
}

} // namespace

std::optional<client_event> client_event_of(std::string_view name) {
  auto& all = known_events();
  auto i = std::find_if(all.begin(), all.end(),
                        [&](auto& x) { return x.name == name; });
  if (i == all.end())
    return std::nullopt;
  return static_cast<client_event>(i - all.begin());
}

std::optional<schema::violation> check_client_event(client_event kind,
                                                    const json::value& event) {
  return known_events()[static_cast<std::size_t>(kind)].check(event, "");
}

bool has_beta_shape(const json::value& event) {
  if (json::find_text(event, "type") == "transcription_session.update")
    return true;
  auto* session = json::find(event, "session");
  if (!session)
    return false;
  for (auto name :
       {"modalities", "input_audio_format", "output_audio_format", "voice",
        "speed", "turn_detection", "input_audio_transcription",
        "input_audio_noise_reduction", "max_response_output_tokens"})
    if (json::find(*session, name))
      return true;
  return false;
}

bool is_reasoning_model(std::string_view model) {
  constexpr std::string_view second = "gpt-realtime-2";
  if (model.starts_with(second)) {
    auto rest = model.substr(second.size());
    return rest.empty() || rest[0] == '.' || rest[0] == '-';
  }
  return !model.starts_with("gpt-realtime") && !model.starts_with("gpt-4o");
}

} // namespace offhook::app::standins
