#include "protocol/openai_commands.hpp"

#include "protocol/base64.hpp"
#include "protocol/form.hpp"
#include "protocol/json_writer.hpp"

#include <utility>

namespace offhook::protocol::openai {

namespace {

/// Opens a command: its name, and its id where it has one.
void begin(json::writer& out, std::string_view type,
           std::string_view event_id) {
  out.field("type", type).field_unless_empty("event_id", event_id);
}

void put_turn_detection(json::writer& out, const session_config& config) {
  const auto& vad = config.turn_detection;
  out.open("turn_detection");
  if (!config.eagerness.empty()) {
    // It refuses what is the other's.
    out.field("type", "semantic_vad").field("eagerness", config.eagerness);
  } else {
    out.field("type", "server_vad")
      .field("threshold", vad.threshold)
      .field("prefix_padding_ms", vad.prefix_padding_ms)
      .field("silence_duration_ms", vad.silence_duration_ms);
    if (vad.idle_timeout_ms)
      out.field("idle_timeout_ms", *vad.idle_timeout_ms);
    else
      out.null("idle_timeout_ms");
  }
  out.field("create_response", vad.create_response)
    .field("interrupt_response", vad.interrupt_response)
    .close();
}

void put_mcp_server(json::writer& out, const mcp_server& x) {
  out.item()
    .field("type", "mcp")
    .field("server_label", x.label)
    .field("server_url", x.url)
    .field_unless_empty("server_description", x.description)
    .field_unless_empty("authorization", x.authorization)
    .field("require_approval", x.asks ? "always" : "never");
  if (!x.allowed_tools.empty())
    out.list("allowed_tools", x.allowed_tools);
  out.close();
}

void put_tools(json::writer& out, const session_config& config) {
  out.open_list("tools");
  for (const auto& x : config.tools) {
    out.item()
      .field("type", "function")
      .field("name", x.name)
      .field_unless_empty("description", x.description);
    if (!x.parameters.empty())
      out.raw("parameters", x.parameters);
    out.close();
  }
  for (const auto& x : config.mcp_servers)
    put_mcp_server(out, x);
  out.close_list().field_unless_empty("tool_choice", config.tool_choice);
}

void put_truncation(json::writer& out, const session_config& config) {
  if (!config.retention_ratio)
    return;
  out.open("truncation")
    .field("type", "retention_ratio")
    .field("retention_ratio", *config.retention_ratio);
  if (config.post_instruction_tokens)
    out.open("token_limits")
      .field("post_instructions", *config.post_instruction_tokens)
      .close();
  out.close();
}

void put_reasoning(json::writer& out, const session_config& config) {
  if (!config.reasoning_effort.empty())
    out.open("reasoning").field("effort", config.reasoning_effort).close();
  if (config.parallel_tool_calls)
    out.field("parallel_tool_calls", *config.parallel_tool_calls);
}

void put_format(json::writer& out) {
  out.open("format").field("type", telephone_audio).close();
}

void put_input(json::writer& out, const session_config& config) {
  out.open("input");
  put_format(out);
  // Not `null` where there is none: the API's types allow it only to the
  // server, and a new session has neither transcription nor noise reduction.
  if (!config.transcription_model.empty())
    out.open("transcription")
      .field("model", config.transcription_model)
      .field_unless_empty("language", config.transcription_language)
      .close();
  if (!config.noise_reduction.empty())
    out.open("noise_reduction").field("type", config.noise_reduction).close();
  put_turn_detection(out, config);
  out.close();
}

void put_output(json::writer& out, const session_config& config) {
  out.open("output");
  put_format(out);
  out.field("voice", config.voice).field("speed", config.speed).close();
}

} // namespace

std::string session_update(std::string_view event_id,
                           const session_config& config) {
  json::writer out;
  begin(out, "session.update", event_id);
  out.open("session")
    .field("type", "realtime")
    .list("output_modalities", "audio")
    .field("instructions", config.instructions)
    .open("audio");
  put_input(out, config);
  put_output(out, config);
  out.close();
  put_tools(out, config);
  if (config.max_output_tokens)
    out.field("max_output_tokens", *config.max_output_tokens);
  put_truncation(out, config);
  put_reasoning(out, config);
  out.close();
  return std::move(out).take();
}

std::string url_for(std::string_view endpoint, std::string_view model) {
  std::string result{endpoint};
  auto query = endpoint.find('?');
  auto parameters = query == endpoint.npos ? std::string_view{}
                                           : endpoint.substr(query + 1);
  if (model.empty() || parameters.starts_with("model=")
      || parameters.find("&model=") != parameters.npos)
    return result;
  result += query == endpoint.npos ? '?' : '&';
  return result + "model=" + form::url_encode(model);
}

bool has_reasoning(std::string_view model) {
  constexpr std::string_view family = "gpt-realtime-2";
  if (!model.starts_with(family))
    return false;
  // Not the snapshot of the first model, which has the year in its name.
  return model.size() == family.size() || model[family.size()] == '.'
         || model[family.size()] == '-';
}

std::string create_text_item(std::string_view event_id,
                             std::string_view item_id, std::string_view role,
                             std::string_view text) {
  json::writer out;
  begin(out, "conversation.item.create", event_id);
  out.open("item")
    .field("id", item_id)
    .field("type", "message")
    .field("role", role)
    .open_list("content")
    .item()
    .field("type", role == "assistant" ? "output_text" : "input_text")
    .field("text", text)
    .close()
    .close_list()
    .close();
  return std::move(out).take();
}

std::string create_call_item(std::string_view event_id,
                             std::string_view item_id, std::string_view call_id,
                             std::string_view name,
                             std::string_view arguments) {
  json::writer out;
  begin(out, "conversation.item.create", event_id);
  out.open("item")
    .field("id", item_id)
    .field("type", "function_call")
    .field("call_id", call_id)
    .field("name", name)
    .field("arguments", arguments)
    .close();
  return std::move(out).take();
}

std::string
create_output_item(std::string_view event_id, std::string_view item_id,
                   std::string_view call_id, std::string_view output) {
  json::writer out;
  begin(out, "conversation.item.create", event_id);
  out.open("item")
    .field("id", item_id)
    .field("type", "function_call_output")
    .field("call_id", call_id)
    .field("output", output)
    .close();
  return std::move(out).take();
}

std::string create_approval_item(std::string_view event_id,
                                 std::string_view item_id,
                                 std::string_view request_id, bool approve) {
  json::writer out;
  begin(out, "conversation.item.create", event_id);
  out.open("item")
    .field("id", item_id)
    .field("type", "mcp_approval_response")
    .field("approval_request_id", request_id)
    .field("approve", approve)
    .close();
  return std::move(out).take();
}

std::string append(std::span<const std::byte> audio) {
  // By hand: one for each 20 ms of each call.
  constexpr std::string_view head
    = R"({"type":"input_audio_buffer.append","audio":")";
  std::string result;
  result.reserve(head.size() + audio.size() / 3 * 4 + 8);
  result += head;
  base64::append(result, audio);
  result += R"("})";
  return result;
}

std::string truncate(std::string_view event_id, std::string_view item_id,
                     std::uint32_t content_index, std::uint64_t audio_end_ms) {
  json::writer out;
  begin(out, "conversation.item.truncate", event_id);
  out.field("item_id", item_id)
    .field("content_index", content_index)
    .field("audio_end_ms", audio_end_ms);
  return std::move(out).take();
}

std::string delete_item(std::string_view event_id, std::string_view item_id) {
  json::writer out;
  begin(out, "conversation.item.delete", event_id);
  out.field("item_id", item_id);
  return std::move(out).take();
}

std::string create_response(std::string_view event_id,
                            const response_config& config) {
  json::writer out;
  begin(out, "response.create", event_id);
  const bool marked = config.create_id != 0 || !config.purpose.empty();
  if (marked || config.aside || !config.instructions.empty()) {
    out.open("response")
      .field_unless_empty("instructions", config.instructions);
    if (config.aside)
      out.field("conversation", "none").field("tool_choice", "none");
    if (marked) {
      out.open("metadata");
      if (config.create_id != 0) // Values of metadata are texts.
        out.field("create", std::to_string(config.create_id));
      out.field_unless_empty("purpose", config.purpose).close();
    }
    out.close();
  }
  return std::move(out).take();
}

std::string cancel_response(std::string_view event_id,
                            std::string_view response_id) {
  json::writer out;
  begin(out, "response.cancel", event_id);
  out.field_unless_empty("response_id", response_id);
  return std::move(out).take();
}

} // namespace offhook::protocol::openai
