#pragma once

#include "broken.hpp"

#include <map>
#include <string>

/// Which fields of which event `openai::parse` reads, and as what.
namespace offhook::tests {

inline const field type_field{"type", kind::cut_text, required};
inline const field response_field{"response_id", kind::text, required};
inline const field item_field{"item_id", kind::text, required};

inline const schema session_schema{
  type_field,
  {"session", kind::object},
  {"session.id", kind::text},
  {"session.model", kind::text},
  {"session.expires_at", kind::hint},
  {"session.audio", kind::object},
  {"session.audio.input", kind::object},
  {"session.audio.input.format", kind::object},
  {"session.audio.input.format.type", kind::text},
  {"session.audio.input.turn_detection", kind::hint},
  {"session.audio.input.turn_detection.type", kind::hint},
  {"session.audio.input.turn_detection.prefix_padding_ms", kind::hint},
  {"session.audio.input.turn_detection.silence_duration_ms", kind::hint},
  {"session.audio.input.turn_detection.create_response", kind::hint},
  {"session.audio.input.turn_detection.interrupt_response", kind::hint},
  {"session.audio.output", kind::object},
  {"session.audio.output.format", kind::object},
  {"session.audio.output.format.type", kind::text},
  {"session.audio.output.voice", kind::voice},
};

inline const schema item_schema{
  type_field,
  {"previous_item_id", kind::text},
  {"item", kind::object, required},
  {"item.id", kind::text, required},
  {"item.type", kind::text},
  {"item.role", kind::text},
};

inline const schema output_item_schema{
  type_field,
  response_field,
  {"item", kind::object, required},
  {"item.id", kind::text, required},
  {"item.type", kind::text},
};

inline const std::map<std::string, schema> openai_schemas{
  {"session.created", session_schema},
  {"session.updated", session_schema},
  {"input_audio_buffer.speech_started",
   {type_field, {"audio_start_ms", kind::hint}, {"item_id", kind::hint}}},
  {"input_audio_buffer.speech_stopped",
   {type_field, {"audio_end_ms", kind::hint}, {"item_id", kind::hint}}},
  {"input_audio_buffer.committed",
   {type_field, item_field, {"previous_item_id", kind::text}}},
  {"conversation.item.added", item_schema},
  {"conversation.item.done", item_schema},
  {"conversation.item.truncated",
   {type_field, item_field, {"audio_end_ms", kind::number, required}}},
  {"conversation.item.deleted", {type_field, item_field}},
  {"conversation.item.input_audio_transcription.failed",
   {type_field, item_field}},
  {"input_audio_buffer.timeout_triggered", {type_field, item_field}},
  {"conversation.item.input_audio_transcription.completed",
   {type_field,
    item_field,
    {"transcript", kind::text, required},
    {"usage", kind::hint},
    {"usage.*", kind::hint}}},
  {"response.created",
   {type_field,
    {"response", kind::object, required},
    {"response.id", kind::text, required},
    {"response.metadata", kind::hint},
    {"response.metadata.create", kind::hint}}},
  {"response.output_item.added", output_item_schema},
  {"response.output_item.done", output_item_schema},
  {"response.output_audio.delta",
   {type_field,
    response_field,
    item_field,
    {"content_index", kind::number},
    {"delta", kind::audio, required}}},
  {"response.output_audio.done", {type_field, response_field, item_field}},
  {"response.output_audio_transcript.delta",
   {type_field, response_field, item_field, {"delta", kind::text, required}}},
  {"response.output_audio_transcript.done",
   {type_field, response_field, item_field, {"transcript", kind::text}}},
  {"response.done",
   {type_field,
    {"response", kind::object, required},
    {"response.id", kind::text, required},
    {"response.status", kind::text},
    {"response.status_details", kind::object},
    {"response.status_details.reason", kind::text},
    {"response.status_details.error", kind::object},
    {"response.status_details.error.code", kind::text},
    {"response.output", kind::hint},
    {"response.usage", kind::hint},
    {"response.usage.*", kind::hint}}},
  {"error",
   {type_field,
    {"error", kind::object, required},
    {"error.type", kind::hint},
    {"error.code", kind::hint},
    {"error.message", kind::cut_text},
    {"error.param", kind::cut_text},
    {"error.event_id", kind::hint}}},
};

inline const schema& openai_schema_of(const std::string& frame) {
  static const schema unread{type_field};
  const auto it = openai_schemas.find(string_at(parse_json(frame), "type"));
  return it == openai_schemas.end() ? unread : it->second;
}

} // namespace offhook::tests
