#include "protocol/openai_commands.hpp"

#include "protocol/base64.hpp"
#include "protocol/json_writer.hpp"

#include <utility>

namespace offhook::protocol::openai {

namespace {

constexpr std::string_view telephone_audio = "audio/pcmu";

/// Opens a command: its name, and its id where it has one.
void begin(json::writer& out, std::string_view type,
           std::string_view event_id) {
  out.field("type", type).field_unless_empty("event_id", event_id);
}

void put_turn_detection(json::writer& out, const server_vad& vad) {
  out.open("turn_detection")
    .field("type", "server_vad")
    .field("threshold", vad.threshold)
    .field("prefix_padding_ms", vad.prefix_padding_ms)
    .field("silence_duration_ms", vad.silence_duration_ms);
  if (vad.idle_timeout_ms)
    out.field("idle_timeout_ms", *vad.idle_timeout_ms);
  else
    out.null("idle_timeout_ms");
  out.field("create_response", vad.create_response)
    .field("interrupt_response", vad.interrupt_response)
    .close();
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
  put_turn_detection(out, config.turn_detection);
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
  out.close().close();
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
  if (marked || !config.instructions.empty()) {
    out.open("response")
      .field_unless_empty("instructions", config.instructions);
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
