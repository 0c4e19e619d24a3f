#pragma once

// The technical half of messages.hpp, which includes it at its end: inspection
// and type ids.

namespace offhook::actors {

// What CAF needs to print the messages in tests and logs. Those that carry
// sockets or handles stay within the process and are printed by name only.
#define OFFHOOK_FIELD(name) f.field(#name, x.name)

template <class Inspector>
bool inspect(Inspector& f, media_chunk& x) {
  return f.object(x).fields(OFFHOOK_FIELD(generation),
                            OFFHOOK_FIELD(timestamp_ms),
                            OFFHOOK_FIELD(payload));
}

template <class Inspector>
bool inspect(Inspector& f, mark_ack& x) {
  return f.object(x).fields(OFFHOOK_FIELD(generation), OFFHOOK_FIELD(name));
}

template <class Inspector>
bool inspect(Inspector& f, dtmf_pressed& x) {
  return f.object(x).fields(OFFHOOK_FIELD(generation), OFFHOOK_FIELD(digit));
}

template <class Inspector>
bool inspect(Inspector& f, play_audio& x) {
  return f.object(x).fields(OFFHOOK_FIELD(payload));
}

template <class Inspector>
bool inspect(Inspector& f, play_mark& x) {
  return f.object(x).fields(OFFHOOK_FIELD(name));
}

template <class Inspector>
bool inspect(Inspector& f, clear_playback& x) {
  return f.object(x).fields();
}

template <class Inspector>
bool inspect(Inspector& f, speech_started& x) {
  return f.object(x).fields(OFFHOOK_FIELD(generation),
                            OFFHOOK_FIELD(audio_start_ms),
                            OFFHOOK_FIELD(item_id));
}

template <class Inspector>
bool inspect(Inspector& f, speech_stopped& x) {
  return f.object(x).fields(OFFHOOK_FIELD(generation),
                            OFFHOOK_FIELD(audio_end_ms),
                            OFFHOOK_FIELD(item_id));
}

template <class Inspector>
bool inspect(Inspector& f, response_started& x) {
  return f.object(x).fields(OFFHOOK_FIELD(generation),
                            OFFHOOK_FIELD(response_id),
                            OFFHOOK_FIELD(create_id));
}

template <class Inspector>
bool inspect(Inspector& f, audio_delta& x) {
  return f.object(x).fields(OFFHOOK_FIELD(generation),
                            OFFHOOK_FIELD(response_id), OFFHOOK_FIELD(item_id),
                            OFFHOOK_FIELD(content_index),
                            OFFHOOK_FIELD(payload));
}

template <class Inspector>
bool inspect(Inspector& f, audio_done& x) {
  return f.object(x).fields(OFFHOOK_FIELD(generation),
                            OFFHOOK_FIELD(response_id), OFFHOOK_FIELD(item_id));
}

template <class Inspector>
bool inspect(Inspector& f, item_created& x) {
  return f.object(x).fields(OFFHOOK_FIELD(generation), OFFHOOK_FIELD(item_id),
                            OFFHOOK_FIELD(previous_item_id),
                            OFFHOOK_FIELD(type), OFFHOOK_FIELD(role));
}

// Without the texts: what is said reaches no log.
template <class Inspector>
bool inspect(Inspector& f, caller_transcript& x) {
  return f.object(x).fields(OFFHOOK_FIELD(generation), OFFHOOK_FIELD(item_id));
}

template <class Inspector>
bool inspect(Inspector& f, agent_transcript& x) {
  return f.object(x).fields(OFFHOOK_FIELD(generation),
                            OFFHOOK_FIELD(response_id), OFFHOOK_FIELD(item_id),
                            OFFHOOK_FIELD(whole));
}

template <class Inspector>
bool inspect(Inspector& f, put_text& x) {
  return f.object(x).fields(OFFHOOK_FIELD(item_id), OFFHOOK_FIELD(role));
}

template <class Inspector>
bool inspect(Inspector& f, put_tool_call& x) {
  return f.object(x).fields(OFFHOOK_FIELD(item_id), OFFHOOK_FIELD(call_id),
                            OFFHOOK_FIELD(name));
}

template <class Inspector>
bool inspect(Inspector& f, item_refused& x) {
  return f.object(x).fields(OFFHOOK_FIELD(generation), OFFHOOK_FIELD(item_id));
}

template <class Inspector>
bool inspect(Inspector& f, session_adopted& x) {
  return f.object(x).fields(OFFHOOK_FIELD(generation));
}

template <class Inspector>
bool inspect(Inspector& f, put_tool_result& x) {
  return f.object(x).fields(OFFHOOK_FIELD(item_id), OFFHOOK_FIELD(call_id));
}

template <class Inspector>
bool inspect(Inspector& f, raise_fault& x) {
  return f.object(x).fields(OFFHOOK_FIELD(where));
}

template <class Inspector>
bool inspect(Inspector& f, farewell_heard& x) {
  return f.object(x).fields();
}

template <class Inspector>
bool inspect(Inspector& f, get_document& x) {
  return f.object(x).fields(OFFHOOK_FIELD(call_sid));
}

template <class Inspector>
bool inspect(Inspector& f, turn_committed& x) {
  return f.object(x).fields(OFFHOOK_FIELD(generation), OFFHOOK_FIELD(item_id));
}

template <class Inspector>
bool inspect(Inspector& f, response_refused& x) {
  return f.object(x).fields(OFFHOOK_FIELD(generation), OFFHOOK_FIELD(create_id),
                            OFFHOOK_FIELD(code));
}

template <class Inspector>
bool inspect(Inspector& f, cancel_response& x) {
  return f.object(x).fields(OFFHOOK_FIELD(response_id));
}

template <class Inspector>
bool inspect(Inspector& f, response_finished& x) {
  return f.object(x).fields(OFFHOOK_FIELD(generation),
                            OFFHOOK_FIELD(response_id), OFFHOOK_FIELD(status),
                            OFFHOOK_FIELD(reason));
}

template <class Inspector>
bool inspect(Inspector& f, append_audio& x) {
  return f.object(x).fields(OFFHOOK_FIELD(payload));
}

template <class Inspector>
bool inspect(Inspector& f, truncate_item& x) {
  return f.object(x).fields(OFFHOOK_FIELD(item_id),
                            OFFHOOK_FIELD(content_index),
                            OFFHOOK_FIELD(audio_end_ms));
}

template <class Inspector>
bool inspect(Inspector& f, delete_item& x) {
  return f.object(x).fields(OFFHOOK_FIELD(item_id));
}

template <class Inspector>
bool inspect(Inspector& f, create_response& x) {
  return f.object(x).fields(OFFHOOK_FIELD(create_id),
                            OFFHOOK_FIELD(instructions), OFFHOOK_FIELD(purpose),
                            OFFHOOK_FIELD(aside));
}

template <class Inspector>
bool inspect(Inspector& f, close_socket& x) {
  return f.object(x).fields(OFFHOOK_FIELD(code), OFFHOOK_FIELD(reason));
}

template <class Inspector>
bool inspect(Inspector& f, session_lost& x) {
  return f.object(x).fields(OFFHOOK_FIELD(generation), OFFHOOK_FIELD(unwanted));
}

template <class Inspector>
bool inspect(Inspector& f, stream_lost& x) {
  return f.object(x).fields(OFFHOOK_FIELD(generation), OFFHOOK_FIELD(returns));
}

template <class Inspector>
bool inspect(Inspector& f, session_configured& x) {
  return f.object(x).fields(OFFHOOK_FIELD(generation),
                            OFFHOOK_FIELD(session_id));
}

template <class Inspector>
bool inspect(Inspector& f, stream_stopped& x) {
  return f.object(x).fields(OFFHOOK_FIELD(generation));
}

template <class Inspector>
bool inspect(Inspector& f, pace_tick& x) {
  return f.object(x).fields();
}

template <class Inspector>
bool inspect(Inspector& f, pace_begin& x) {
  return f.object(x).fields();
}

template <class Inspector>
bool inspect(Inspector& f, pace_end& x) {
  return f.object(x).fields();
}

template <class Inspector>
bool inspect(Inspector& f, get_report& x) {
  return f.object(x).fields();
}

template <class Inspector>
bool inspect(Inspector& f, get_info& x) {
  return f.object(x).fields();
}

template <class Inspector>
bool inspect(Inspector& f, admit_call& x) {
  return f.object(x).fields(OFFHOOK_FIELD(call_sid), OFFHOOK_FIELD(from),
                            OFFHOOK_FIELD(to));
}

template <class Inspector>
bool inspect(Inspector& f, locate_call& x) {
  return f.object(x).fields(OFFHOOK_FIELD(call_sid), OFFHOOK_FIELD(shard_hint));
}

template <class Inspector>
bool inspect(Inspector& f, caller_returned& x) {
  return f.object(x).fields(OFFHOOK_FIELD(call_id), OFFHOOK_FIELD(result));
}

template <class Inspector>
bool inspect(Inspector& f, ask_next_step& x) {
  return f.object(x).fields(OFFHOOK_FIELD(call_sid), OFFHOOK_FIELD(caller_gone),
                            OFFHOOK_FIELD(dial_status),
                            OFFHOOK_FIELD(retry_token), OFFHOOK_FIELD(attempt));
}

template <class Inspector>
bool inspect(Inspector& f, number_stream& x) {
  return f.object(x).fields();
}

template <class Inspector>
bool inspect(Inspector& f, list_calls& x) {
  return f.object(x).fields();
}

template <class Inspector>
bool inspect(Inspector& f, find_call& x) {
  return f.object(x).fields(OFFHOOK_FIELD(call_sid));
}

template <class Inspector>
bool inspect(Inspector& f, drain_calls& x) {
  return f.object(x).fields();
}

template <class Inspector>
bool inspect(Inspector& f, leave_for_heir& x) {
  return f.object(x).fields();
}

template <class Inspector>
bool inspect(Inspector& f, claim_call& x) {
  // Without the id, which opens the call to whoever knows it.
  return f.object(x).fields(OFFHOOK_FIELD(call_sid));
}

template <class Inspector>
bool inspect(Inspector& f, shut_down& x) {
  return f.object(x).fields();
}

#undef OFFHOOK_FIELD

} // namespace offhook::actors

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(offhook::actors::stream_arrived)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(offhook::actors::realtime_event)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(offhook::actors::realtime_garbage)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(offhook::actors::dial_finished)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(offhook::actors::tool_answered)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(offhook::actors::socket_gone)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(offhook::actors::frames_dropped)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(offhook::actors::stream_attached)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(offhook::actors::session_ready)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(offhook::actors::call_home)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(offhook::actors::call_event)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(offhook::actors::call_order)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(offhook::actors::leave_line)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(offhook::actors::give_up)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(offhook::actors::bridge_replaced)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(offhook::actors::next_step)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(offhook::actors::claimed_call)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(offhook::actors::call_info)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(offhook::actors::call_document)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(offhook::actors::call_changed)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(offhook::actors::call_list)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(offhook::actors::end_call)

CAF_BEGIN_TYPE_ID_BLOCK(offhook, caf::first_custom_type_id)
  CAF_ADD_TYPE_ID(offhook, (offhook::actors::socket_errc))
  CAF_ADD_TYPE_ID(offhook, (offhook::actors::bridge_report))
  CAF_ADD_TYPE_ID(offhook, (offhook::actors::child_info))
  CAF_ADD_TYPE_ID(offhook, (offhook::actors::media_chunk))
  CAF_ADD_TYPE_ID(offhook, (offhook::actors::mark_ack))
  CAF_ADD_TYPE_ID(offhook, (offhook::actors::dtmf_pressed))
  CAF_ADD_TYPE_ID(offhook, (offhook::actors::play_audio))
  CAF_ADD_TYPE_ID(offhook, (offhook::actors::play_mark))
  CAF_ADD_TYPE_ID(offhook, (offhook::actors::clear_playback))
  CAF_ADD_TYPE_ID(offhook, (offhook::actors::speech_started))
  CAF_ADD_TYPE_ID(offhook, (offhook::actors::speech_stopped))
  CAF_ADD_TYPE_ID(offhook, (offhook::actors::turn_committed))
  CAF_ADD_TYPE_ID(offhook, (offhook::actors::item_created))
  CAF_ADD_TYPE_ID(offhook, (offhook::actors::caller_transcript))
  CAF_ADD_TYPE_ID(offhook, (offhook::actors::agent_transcript))
  CAF_ADD_TYPE_ID(offhook, (offhook::actors::get_document))
  CAF_ADD_TYPE_ID(offhook, (offhook::actors::response_started))
  CAF_ADD_TYPE_ID(offhook, (offhook::actors::response_refused))
  CAF_ADD_TYPE_ID(offhook, (offhook::actors::audio_delta))
  CAF_ADD_TYPE_ID(offhook, (offhook::actors::audio_done))
  CAF_ADD_TYPE_ID(offhook, (offhook::actors::response_finished))
  CAF_ADD_TYPE_ID(offhook, (offhook::actors::append_audio))
  CAF_ADD_TYPE_ID(offhook, (offhook::actors::truncate_item))
  CAF_ADD_TYPE_ID(offhook, (offhook::actors::delete_item))
  CAF_ADD_TYPE_ID(offhook, (offhook::actors::create_response))
  CAF_ADD_TYPE_ID(offhook, (offhook::actors::cancel_response))
  CAF_ADD_TYPE_ID(offhook, (offhook::actors::close_socket))
  CAF_ADD_TYPE_ID(offhook, (offhook::actors::session_lost))
  CAF_ADD_TYPE_ID(offhook, (offhook::actors::stream_lost))
  CAF_ADD_TYPE_ID(offhook, (offhook::actors::session_configured))
  CAF_ADD_TYPE_ID(offhook, (offhook::actors::stream_stopped))
  CAF_ADD_TYPE_ID(offhook, (offhook::actors::pace_tick))
  CAF_ADD_TYPE_ID(offhook, (offhook::actors::pace_begin))
  CAF_ADD_TYPE_ID(offhook, (offhook::actors::pace_end))
  CAF_ADD_TYPE_ID(offhook, (offhook::actors::get_report))
  CAF_ADD_TYPE_ID(offhook, (offhook::actors::get_info))
  CAF_ADD_TYPE_ID(offhook, (offhook::actors::admit_call))
  CAF_ADD_TYPE_ID(offhook, (offhook::actors::locate_call))
  CAF_ADD_TYPE_ID(offhook, (offhook::actors::next_step))
  CAF_ADD_TYPE_ID(offhook, (offhook::actors::ask_next_step))
  CAF_ADD_TYPE_ID(offhook, (offhook::actors::number_stream))
  CAF_ADD_TYPE_ID(offhook, (offhook::actors::list_calls))
  CAF_ADD_TYPE_ID(offhook, (offhook::actors::find_call))
  CAF_ADD_TYPE_ID(offhook, (offhook::actors::shut_down))
  CAF_ADD_TYPE_ID(offhook, (offhook::actors::refusal))
  CAF_ADD_TYPE_ID(offhook, (offhook::actors::drain_calls))
  CAF_ADD_TYPE_ID(offhook, (offhook::actors::leave_for_heir))
  CAF_ADD_TYPE_ID(offhook, (offhook::actors::claim_call))
  CAF_ADD_TYPE_ID(offhook, (offhook::actors::claimed_call))
  CAF_ADD_TYPE_ID(offhook, (offhook::actors::stream_arrived))
  CAF_ADD_TYPE_ID(offhook, (offhook::actors::realtime_event))
  CAF_ADD_TYPE_ID(offhook, (offhook::actors::realtime_garbage))
  CAF_ADD_TYPE_ID(offhook, (offhook::actors::dial_finished))
  CAF_ADD_TYPE_ID(offhook, (offhook::actors::tool_answered))
  CAF_ADD_TYPE_ID(offhook, (offhook::actors::socket_gone))
  CAF_ADD_TYPE_ID(offhook, (offhook::actors::frames_dropped))
  CAF_ADD_TYPE_ID(offhook, (offhook::actors::stream_attached))
  CAF_ADD_TYPE_ID(offhook, (offhook::actors::session_ready))
  CAF_ADD_TYPE_ID(offhook, (offhook::actors::call_home))
  CAF_ADD_TYPE_ID(offhook, (offhook::actors::call_event))
  CAF_ADD_TYPE_ID(offhook, (offhook::actors::call_order))
  CAF_ADD_TYPE_ID(offhook, (offhook::actors::put_text))
  CAF_ADD_TYPE_ID(offhook, (offhook::actors::put_tool_call))
  CAF_ADD_TYPE_ID(offhook, (offhook::actors::put_tool_result))
  CAF_ADD_TYPE_ID(offhook, (offhook::actors::item_refused))
  CAF_ADD_TYPE_ID(offhook, (offhook::actors::session_adopted))
  CAF_ADD_TYPE_ID(offhook, (offhook::actors::farewell_heard))
  CAF_ADD_TYPE_ID(offhook, (offhook::actors::leave_line))
  CAF_ADD_TYPE_ID(offhook, (offhook::actors::give_up))
  CAF_ADD_TYPE_ID(offhook, (offhook::actors::bridge_replaced))
  CAF_ADD_TYPE_ID(offhook, (offhook::actors::raise_fault))
  CAF_ADD_TYPE_ID(offhook, (offhook::actors::caller_returned))
  CAF_ADD_TYPE_ID(offhook, (offhook::actors::call_info))
  CAF_ADD_TYPE_ID(offhook, (offhook::actors::call_document))
  CAF_ADD_TYPE_ID(offhook, (offhook::actors::call_changed))
  CAF_ADD_TYPE_ID(offhook, (offhook::actors::call_list))
  CAF_ADD_TYPE_ID(offhook, (offhook::actors::end_call))
  CAF_ADD_TYPE_ID(offhook, (offhook::actors::pacer_actor))
  CAF_ADD_TYPE_ID(offhook, (offhook::actors::twilio_socket_actor))
  CAF_ADD_TYPE_ID(offhook, (offhook::actors::openai_socket_actor))
  CAF_ADD_TYPE_ID(offhook, (offhook::actors::bridge_actor))
  CAF_ADD_TYPE_ID(offhook, (offhook::actors::call_supervisor_actor))
  CAF_ADD_TYPE_ID(offhook, (offhook::actors::call_registry_actor))
CAF_END_TYPE_ID_BLOCK(offhook)
