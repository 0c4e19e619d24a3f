#include "app/scenario_wire.hpp"

#include <algorithm>

#include <rapidjson/document.h>

#include "app/standins/demo_agent_json.hpp"
#include "app/standins/sample_clock.hpp"

namespace offhook::app {

namespace json = standins::json;

namespace {

// What is said in one such message: audio is most of the traffic, and none of
// it is of interest here.
bool is_audio(std::string_view text) {
  const auto head = text.substr(0, 60);
  return head.find("input_audio_buffer.append") != head.npos
         || head.find("response.output_audio.delta") != head.npos;
}

rapidjson::Document parse_event(std::string_view text) {
  return is_audio(text) ? rapidjson::Document{} : json::parse(text);
}

/// The texts of a message item, one behind the other.
std::string text_of(const json::value& item) {
  std::string result;
  if (const auto* parts = json::find(item, "content");
      parts && parts->IsArray())
    for (const auto& part : parts->GetArray())
      result += json::find_text(part, "text");
  return result;
}

std::string purpose_of(const json::value& event) {
  const auto* metadata = json::find(json::find(event, "response"), "metadata");
  return metadata ? std::string{json::find_text(*metadata, "purpose")}
                  : std::string{};
}

std::string shortened(std::string_view text) {
  constexpr std::size_t longest = 100;
  return std::string{text.substr(0, longest)}
         + (text.size() > longest ? "..." : "");
}

void read_gateways(const json::value& event, std::int64_t at_ms,
                   wire_facts& result) {
  const auto type = json::find_text(event, "type");
  if (type == "response.create") {
    result.purposes.push_back({at_ms, purpose_of(event)});
  } else if (type == "conversation.item.truncate") {
    const auto* end = json::find(event, "audio_end_ms");
    result.truncations.push_back(
      {at_ms, end && end->IsInt64() ? end->GetInt64() : -1});
  } else if (type == "conversation.item.create") {
    const auto* item = json::find(event, "item");
    if (!item)
      return;
    const auto call_id = json::find_text(*item, "call_id");
    if (json::find_text(*item, "type") != "function_call_output") {
      result.told.push_back({at_ms, text_of(*item)});
      return;
    }
    for (auto& x : result.called)
      if (x.call_id == call_id && !x.result) {
        x.result = json::find_text(*item, "output");
        x.result_at_ms = at_ms;
      }
  }
}

void read_models(const json::value& event, std::int64_t at_ms,
                 wire_facts& result) {
  const auto type = json::find_text(event, "type");
  if (type == "session.created") {
    result.sessions.push_back(at_ms);
  } else if (type == "error") {
    const auto* error = json::find(event, "error");
    result.errors.push_back(
      {at_ms, error ? json::to_text(*error) : std::string{}});
  } else if (type == "response.output_item.done") {
    const auto* item = json::find(event, "item");
    if (item && json::find_text(*item, "type") == "function_call")
      result.called.push_back({std::string{json::find_text(*item, "name")},
                               std::string{json::find_text(*item, "arguments")},
                               std::string{json::find_text(*item, "call_id")},
                               at_ms, std::nullopt, 0});
  }
}

} // namespace

void wire_tap::add(bool from_gateway, std::string_view text,
                   standins::time_point at) {
  std::lock_guard guard{mutex_};
  messages_.push_back({from_gateway, at, std::string{text}});
}

std::vector<wire_message> wire_tap::messages() const {
  std::lock_guard guard{mutex_};
  return messages_;
}

wire_facts read_wire(const std::vector<wire_message>& messages,
                     standins::time_point began) {
  wire_facts result;
  for (const auto& x : messages) {
    const auto event = parse_event(x.text);
    const auto at_ms = standins::to_ms(began, x.at);
    if (x.from_gateway)
      read_gateways(event, at_ms, result);
    else
      read_models(event, at_ms, result);
  }
  return result;
}

std::string describe_message(bool from_gateway, std::string_view text) {
  const auto event = parse_event(text);
  wire_facts facts;
  if (from_gateway)
    read_gateways(event, 0, facts);
  else
    read_models(event, 0, facts);
  if (!facts.called.empty())
    return "calls " + facts.called.front().name + '('
           + shortened(facts.called.front().arguments) + ')';
  if (!facts.errors.empty())
    return "refuses: " + shortened(facts.errors.front().text);
  if (!facts.sessions.empty())
    return "opens a session";
  if (!facts.told.empty())
    return "is told: " + shortened(facts.told.front().text);
  if (!facts.truncations.empty())
    return "is told how much was heard";
  if (!facts.purposes.empty() && !facts.purposes.front().text.empty())
    return "is asked to speak: " + facts.purposes.front().text;
  const auto* item = json::find(event, "item");
  if (from_gateway && item
      && json::find_text(*item, "type") == "function_call_output")
    return "gets a result: " + shortened(json::find_text(*item, "output"));
  return {};
}

} // namespace offhook::app
