#include "app/standins/demo_agent_rules.hpp"

#include <string>
#include <utility>
#include <vector>

namespace offhook::app::standins::schema {

namespace {

constexpr std::size_t max_id = 32;

rule audio_format_rule() {
  return tagged("type",
                {{"audio/pcm", object({{"type", text(), true},
                                       {"rate", integer(24000, 24000)}})},
                 {"audio/pcmu", object({{"type", text(), true}})},
                 {"audio/pcma", object({{"type", text(), true}})}});
}

rule voice_rule() {
  return text_or(one_of({"alloy", "ash", "ballad", "coral", "echo", "sage",
                         "shimmer", "verse", "marin", "cedar"}),
                 object({{"id", text(any_length, 1), true}}));
}

rule turn_detection_rule() {
  auto server = object({{"type", text(), true},
                        {"threshold", number(0, 1)},
                        {"prefix_padding_ms", integer(0, max_ms)},
                        {"silence_duration_ms", integer(0, max_ms)},
                        {"idle_timeout_ms", nullable(integer(5000, 30000))},
                        {"create_response", boolean()},
                        {"interrupt_response", boolean()}});
  auto semantic
    = object({{"type", text(), true},
              {"eagerness", one_of({"low", "medium", "high", "auto"})},
              {"create_response", boolean()},
              {"interrupt_response", boolean()}});
  return nullable(
    tagged("type", {{"server_vad", server}, {"semantic_vad", semantic}}));
}

/// `languages` and `keywords` belong to two models only.
std::optional<violation> check_transcription(const json::value& x,
                                             const std::string& path) {
  auto model = json::find_text(x, "model");
  if (model == "gpt-transcribe" || model == "gpt-live-transcribe")
    return std::nullopt;
  for (auto name : {"languages", "keywords"})
    if (json::find(x, name))
      return wrong_value(path + '.' + name, "not supported by this model.");
  return std::nullopt;
}

rule transcription_rule() {
  auto fields = object(
    {{"model", text(any_length, 1), true},
     {"language", text()},
     {"languages", list(text())},
     {"keywords", list(text())},
     {"prompt", text()},
     {"delay", one_of({"minimal", "low", "medium", "high", "xhigh"})}});
  return nullable(both(fields, check_transcription));
}

rule modalities_rule() {
  auto check = list(one_of({"audio", "text"}));
  return both(check,
              [](const json::value& x,
                 const std::string& path) -> std::optional<violation> {
                if (x.Size() != 1)
                  return wrong_value(path, "either ['audio'] or ['text'].");
                return std::nullopt;
              });
}

rule tool_rule() {
  auto names = list(text());
  auto filter = object({{"tool_names", names}, {"read_only", boolean()}});
  auto approval = object({{"always", filter}, {"never", filter}});
  auto name_list_or_filter = [=](const json::value& x,
                                 const std::string& path) {
    return x.IsArray() ? names(x, path) : filter(x, path);
  };
  auto function = object({{"type", text(), true},
                          {"name", text(64, 1), true},
                          {"description", text()},
                          {"parameters", any_object()}});
  auto mcp = object(
    {{"type", text(), true},
     {"server_label", text(any_length, 1), true},
     {"server_url", text()},
     {"connector_id", text()},
     {"tunnel_id", text()},
     {"authorization", text()},
     {"headers", nullable(map_of(text(), any_length, any_length))},
     {"allowed_tools", nullable(name_list_or_filter)},
     {"allowed_callers", nullable(list(one_of({"direct", "programmatic"})))},
     {"require_approval",
      nullable(text_or(one_of({"always", "never"}), approval))},
     {"server_description", text()},
     {"defer_loading", boolean()}});
  return tagged("type", {{"function", function}, {"mcp", mcp}});
}

rule tool_choice_rule() {
  auto function = object({{"type", text(), true}, {"name", text(64, 1), true}});
  auto mcp = object({{"type", text(), true},
                     {"server_label", text(), true},
                     {"name", nullable(text())}});
  return text_or(one_of({"auto", "none", "required"}),
                 tagged("type", {{"function", function}, {"mcp", mcp}}));
}

rule max_tokens_rule() {
  return text_or(one_of({"inf"}), integer(1, 4096));
}

rule reasoning_rule() {
  return object(
    {{"effort", one_of({"minimal", "low", "medium", "high", "xhigh"})}});
}

rule prompt_rule() {
  return nullable(object({{"id", text(any_length, 1), true},
                          {"version", nullable(text())},
                          {"variables", nullable(any_object())}}));
}

} // namespace

rule session_rule() {
  auto noise
    = nullable(object({{"type", one_of({"near_field", "far_field"}), true},
                       {"strength", number(0, 1)}}));
  auto input = object({{"format", audio_format_rule()},
                       {"noise_reduction", noise},
                       {"transcription", transcription_rule()},
                       {"turn_detection", turn_detection_rule()}});
  auto output = object({{"format", audio_format_rule()},
                        {"voice", voice_rule()},
                        {"speed", number(0.25, 1.5)}});
  auto limits = object({{"post_instructions", integer(0, max_ms)}});
  auto ratio = object({{"type", one_of({"retention_ratio"}), true},
                       {"retention_ratio", number(0, 1), true},
                       {"token_limits", nullable(limits)}});
  auto tracing = object({{"workflow_name", text()},
                         {"group_id", text()},
                         {"metadata", any_object()}});
  return object(
    {{"type", one_of({"realtime"}), true},
     {"model", text()},
     {"output_modalities", modalities_rule()},
     {"instructions", text()},
     {"audio", object({{"input", input}, {"output", output}})},
     {"tools", list(tool_rule())},
     {"tool_choice", tool_choice_rule()},
     {"parallel_tool_calls", boolean()},
     {"reasoning", nullable(reasoning_rule())},
     {"max_output_tokens", max_tokens_rule()},
     {"truncation", text_or(one_of({"auto", "disabled"}), ratio)},
     {"tracing", nullable(text_or(one_of({"auto"}), tracing))},
     {"include",
      nullable(list(one_of({"item.input_audio_transcription.logprobs"})))},
     {"prompt", prompt_rule()}});
}

rule item_rule(bool references) {
  std::vector<field> common{
    {"id", text(max_id, 1)},
    {"object", one_of({"realtime.item"})},
    {"type", text(), true},
    {"status", one_of({"completed", "incomplete", "in_progress"})}};
  auto with = [&](std::vector<field> more) {
    more.insert(more.begin(), common.begin(), common.end());
    return object(std::move(more));
  };
  auto message = [&](rule part) {
    return with({{"role", text(), true}, {"content", list(part), true}});
  };
  auto input_text = object({{"type", text(), true}, {"text", text(), true}});
  auto input_audio = object({{"type", text(), true},
                             {"audio", text(max_audio_text), true},
                             {"transcript", nullable(text())}});
  auto input_image = object({{"type", text(), true},
                             {"image_url", text(any_length, 1), true},
                             {"detail", one_of({"auto", "low", "high"})}});
  auto any_message = tagged(
    "role",
    {{"system", message(tagged("type", {{"input_text", input_text}}))},
     {"user", message(tagged("type", {{"input_text", input_text},
                                      {"input_audio", input_audio},
                                      {"input_image", input_image}}))},
     // An assistant's audio cannot be created.
     {"assistant", message(tagged("type", {{"output_text", input_text}}))}});
  std::vector<std::pair<std::string, rule>> kinds{
    {"message", any_message},
    {"function_call", with({{"name", text(64, 1), true},
                            {"call_id", text(any_length, 1), true},
                            {"arguments", text(), true}})},
    {"function_call_output",
     with({{"call_id", text(any_length, 1), true}, {"output", text(), true}})},
    {"mcp_approval_response",
     with({{"approval_request_id", text(any_length, 1), true},
           {"approve", boolean(), true},
           {"reason", nullable(text())}})}};
  if (references)
    kinds.emplace_back("item_reference",
                       object({{"type", text(), true},
                               {"id", text(any_length, 1), true}}));
  return tagged("type", std::move(kinds));
}

rule response_rule() {
  auto output
    = object({{"format", audio_format_rule()}, {"voice", voice_rule()}});
  return object({{"instructions", text()},
                 {"tools", list(tool_rule())},
                 {"tool_choice", tool_choice_rule()},
                 {"output_modalities", modalities_rule()},
                 {"audio", object({{"output", output}})},
                 {"max_output_tokens", max_tokens_rule()},
                 {"metadata", nullable(map_of(text(512), 16, 64))},
                 {"conversation", one_of({"auto", "none"})},
                 {"input", list(item_rule(true))},
                 {"parallel_tool_calls", boolean()},
                 {"reasoning", nullable(reasoning_rule())},
                 {"prompt", prompt_rule()}});
}

} // namespace offhook::app::standins::schema
