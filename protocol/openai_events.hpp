#pragma once

#include "protocol/json.hpp"
#include "protocol/openai.hpp"

/// One reader for each event that a call acts on; what is wrong is noted in the
/// document (see `json::object`). Internal to `protocol/`.
namespace offhook::protocol::openai {

event read_session_created(const json::object& root);
event read_session_updated(const json::object& root);
event read_speech_started(const json::object& root);
event read_speech_stopped(const json::object& root);
event read_input_committed(const json::object& root);
event read_item_added(const json::object& root);
event read_item_done(const json::object& root);
event read_item_truncated(const json::object& root);
event read_item_deleted(const json::object& root);
event read_input_transcript(const json::object& root);
event read_no_transcript(const json::object& root);
event read_response_created(const json::object& root);
event read_output_item_added(const json::object& root);
event read_output_item_done(const json::object& root);
event read_audio_delta(const json::object& root);
event read_audio_done(const json::object& root);
event read_transcript_delta(const json::object& root);
event read_transcript_done(const json::object& root);
event read_response_done(const json::object& root);
event read_error(const json::object& root);

} // namespace offhook::protocol::openai
