#include "app/standins/demo_agent_session.hpp"

#include <utility>

#include "app/standins/demo_agent_events.hpp"

namespace offhook::app::standins {

namespace {

/// Fields that the server does not show in its copy.
bool is_hidden(std::string_view name) {
  return name == "type" || name == "model" || name == "audio"
         || name == "parallel_tool_calls";
}

} // namespace

session_state::session_state(std::string model, std::string id,
                             std::int64_t expires_at)
  : model_(std::move(model)) {
  auto text = json::object{}
                .add("type", "realtime")
                .add("object", "realtime.session")
                .add("id", id)
                .add("model", model_)
                .raw("output_modalities", R"(["audio"])")
                .add("instructions", "You are a helpful assistant.")
                .raw("tools", "[]")
                .add("tool_choice", "auto")
                .add("max_output_tokens", "inf")
                .add("tracing", nullptr)
                .add("truncation", "auto")
                .add("prompt", nullptr)
                .add("expires_at", expires_at)
                .raw("audio",
                     R"({"input":{"format":{"type":"audio/pcm","rate":24000},)"
                     R"("transcription":null,"noise_reduction":null,)"
                     R"("turn_detection":{"type":"server_vad","threshold":0.5,)"
                     R"("prefix_padding_ms":300,"silence_duration_ms":200,)"
                     R"("idle_timeout_ms":null,"create_response":true,)"
                     R"("interrupt_response":true}},)"
                     R"("output":{"format":{"type":"audio/pcm","rate":24000},)"
                     R"("voice":"marin","speed":1}})")
                .add("include", nullptr)
                .text();
  state_.Parse(text.data(), text.size());
}

std::optional<schema::violation> session_state::check(const json::value& update,
                                                      bool voice_heard) const {
  auto path = [](std::string_view name) {
    return "session." + std::string{name};
  };
  if (auto* model = json::find(update, "model");
      model && json::view(*model) != model_)
    return schema::wrong_value(path("model"),
                               "the model of a session cannot be changed.");
  if (!is_reasoning_model(model_))
    for (auto name : {"reasoning", "parallel_tool_calls"})
      if (json::find(update, name))
        return schema::violation{
          "invalid_parameter",
          "'" + path(name) + "' is not supported by this model.", path(name)};
  auto* tracing = json::find(update, "tracing");
  if (tracing && !state_["tracing"].IsNull() && *tracing != state_["tracing"])
    return schema::wrong_value(path("tracing"),
                               "tracing cannot be changed once it is set.");
  auto* audio = json::find(update, "audio");
  auto* output = audio ? json::find(*audio, "output") : nullptr;
  auto* voice = output ? json::find(*output, "voice") : nullptr;
  if (voice && voice_heard && *voice != this->audio("output", "voice"))
    return schema::violation{"cannot_update_voice",
                             "Cannot update a conversation's voice if "
                             "assistant audio is present.",
                             path("audio.output.voice")};
  return std::nullopt;
}

void session_state::put(json::value& to, const char* name,
                        const json::value& x) {
  auto& pool = state_.GetAllocator();
  json::value copy{x, pool};
  if (auto i = to.FindMember(name); i != to.MemberEnd())
    i->value = copy;
  else
    to.AddMember(json::value{name, pool}, copy, pool);
}

void session_state::apply_audio(const char* direction,
                                const json::value& update) {
  auto& pool = state_.GetAllocator();
  auto& target = state_["audio"][direction];
  for (auto& member : update.GetObject()) {
    auto name = std::string{json::view(member.name)};
    // What was left out of a strength stays, out of turn detection does not.
    std::string strength;
    if (name == "noise_reduction" && member.value.IsObject()
        && !json::find(member.value, "strength")) {
      auto* old = json::find(target[name.c_str()], "strength");
      strength = old ? json::to_text(*old) : "1";
    }
    put(target, name.c_str(), member.value);
    auto& now = target[name.c_str()];
    if (!strength.empty()) {
      rapidjson::Document number{&pool};
      number.Parse(strength.data(), strength.size());
      now.AddMember("strength", number, pool);
    }
    if (name == "format" && json::find_text(now, "type") == "audio/pcm"
        && !json::find(now, "rate"))
      now.AddMember("rate", 24000, pool);
    if (name == "turn_detection" && now.IsObject()) {
      auto fill = [&](const char* key, json::value x) {
        if (!json::find(now, key))
          now.AddMember(json::value{key, pool}, x, pool);
      };
      turn_detection defaults;
      if (json::find_text(now, "type") == "server_vad") {
        fill("threshold", json::value{defaults.threshold});
        fill("prefix_padding_ms", json::value{defaults.prefix_padding_ms});
        fill("silence_duration_ms", json::value{defaults.silence_duration_ms});
        fill("idle_timeout_ms", json::value{});
      } else {
        fill("eagerness", json::value{"auto"});
      }
      fill("create_response", json::value{true});
      fill("interrupt_response", json::value{true});
    }
  }
}

void session_state::apply(const json::value& update) {
  for (auto& member : update.GetObject()) {
    auto name = std::string{json::view(member.name)};
    if (!is_hidden(name))
      put(state_, name.c_str(), member.value);
    if (name == "audio")
      for (auto direction : {"input", "output"})
        if (auto* part = json::find(member.value, direction))
          apply_audio(direction, *part);
  }
  // The document's pool only grows: begin a new one.
  rapidjson::Document fresh;
  fresh.CopyFrom(state_, fresh.GetAllocator());
  state_.Swap(fresh);
}

void session_state::force_format(audio_format format) {
  auto text = std::string{to_json(format)};
  for (auto direction : {"input", "output"}) {
    rapidjson::Document parsed;
    parsed.Parse(text.data(), text.size());
    put(state_["audio"][direction], "format", parsed);
  }
}

std::string session_state::text() const {
  return json::to_text(state_);
}

const json::value& session_state::audio(const char* direction,
                                        const char* name) const {
  return state_["audio"][direction][name];
}

audio_format session_state::input_format() const {
  return audio_format_of(json::find_text(audio("input", "format"), "type"))
    .value_or(audio_format::pcm);
}

audio_format session_state::output_format() const {
  return audio_format_of(json::find_text(audio("output", "format"), "type"))
    .value_or(audio_format::pcm);
}

std::string session_state::instructions() const {
  return std::string{json::find_text(state_, "instructions")};
}

std::string session_state::tools() const {
  return json::to_text(state_["tools"]);
}

std::string session_state::voice() const {
  return json::to_text(audio("output", "voice"));
}

std::string session_state::tool_choice() const {
  return forced_function(state_["tool_choice"]);
}

bool session_state::text_only() const {
  return json::view(state_["output_modalities"][0]) == "text";
}

bool session_state::transcribes() const {
  return audio("input", "transcription").IsObject();
}

std::string session_state::max_output_tokens() const {
  return json::to_text(state_["max_output_tokens"]);
}

std::optional<turn_detection> session_state::turns() const {
  auto& from = audio("input", "turn_detection");
  if (!from.IsObject())
    return std::nullopt;
  turn_detection result;
  result.create_response = from["create_response"].GetBool();
  result.interrupt_response = from["interrupt_response"].GetBool();
  if (json::find_text(from, "type") == "server_vad") {
    result.threshold = from["threshold"].GetDouble();
    result.prefix_padding_ms = from["prefix_padding_ms"].GetUint();
    result.silence_duration_ms = from["silence_duration_ms"].GetUint();
    if (from["idle_timeout_ms"].IsUint())
      result.idle_timeout_ms = from["idle_timeout_ms"].GetUint();
  } else {
    // No model listens here: eagerness is only more or less silence.
    auto eagerness = json::find_text(from, "eagerness");
    result.silence_duration_ms = eagerness == "low"    ? 2000
                                 : eagerness == "high" ? 500
                                                       : 1000;
  }
  return result;
}

std::string forced_function(const json::value& tool_choice) {
  if (json::find_text(tool_choice, "type") != "function")
    return {};
  return std::string{json::find_text(tool_choice, "name")};
}

} // namespace offhook::app::standins
