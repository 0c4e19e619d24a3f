#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <caf/actor.hpp>
#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/type_id.hpp>
#include <caf/typed_actor.hpp>

#include "actors/admission.hpp"
#include "actors/agent_profile.hpp"
#include "actors/call_events.hpp"
#include "actors/call_info.hpp"
#include "actors/call_past.hpp"
#include "actors/call_record.hpp"
#include "actors/socket_errc.hpp"
#include "net/http_client.hpp"
#include "net/web_socket.hpp"
#include "net/ws_client.hpp"
#include "protocol/media.hpp"
#include "protocol/openai.hpp"

/// The table of contents of the system: who says what to whom. Payloads that
/// carry a `generation` can arrive late: the receiver drops those of a socket
/// that was replaced meanwhile.
namespace offhook::actors {

using protocol::audio_bytes;

// -- from Twilio's side to the bridge -----------------------------------------

/// One frame of caller audio: G.711 mu-law, normally 160 bytes, 20 ms.
struct media_chunk {
  std::uint32_t generation = 0;
  std::uint64_t timestamp_ms = 0; ///< stream clock
  audio_bytes payload;
  bool operator==(const media_chunk&) const = default;
};

/// Twilio returned a mark: all before it was played, or cleared.
struct mark_ack {
  std::uint32_t generation = 0;
  std::string name;
  bool operator==(const mark_ack&) const = default;
};

/// The caller pressed a key: one of 0-9 * # A-D.
struct dtmf_pressed {
  std::uint32_t generation = 0;
  std::string digit;
  bool operator==(const dtmf_pressed&) const = default;
};

// -- from the bridge to Twilio's side -----------------------------------------

/// Play this behind all that was sent before: whole 20 ms frames of mu-law.
struct play_audio {
  audio_bytes payload;
  bool operator==(const play_audio&) const = default;
};

/// Tell when all that was sent before has been played.
struct play_mark {
  std::string name; ///< at most 64 bytes
  bool operator==(const play_mark&) const = default;
};

/// Drop all audio that is not played yet.
struct clear_playback {
  bool operator==(const clear_playback&) const = default;
};

// -- from the model's side to the bridge --------------------------------------

/// Voice activity of the caller began.
struct speech_started {
  std::uint32_t generation = 0;
  std::uint64_t audio_start_ms = 0; ///< of audio appended in this session
  std::string item_id;
  bool operator==(const speech_started&) const = default;
};

/// ... and ended.
struct speech_stopped {
  std::uint32_t generation = 0;
  std::uint64_t audio_end_ms = 0;
  std::string item_id;
  bool operator==(const speech_stopped&) const = default;
};

/// A turn of the caller is in the conversation.
struct turn_committed {
  std::uint32_t generation = 0;
  std::string item_id;
  bool operator==(const turn_committed&) const = default;
};

/// An item is in the conversation, behind another (empty: not said).
struct item_created {
  std::uint32_t generation = 0;
  std::string item_id;
  std::string previous_item_id;
  std::string type; ///< message, function_call, function_call_output, ...
  std::string role; ///< user, assistant, system; empty: none
  bool operator==(const item_created&) const = default;
};

/// An item of ours was answered with an error: it is not in the conversation.
struct item_refused {
  std::uint32_t generation = 0;
  std::string item_id;
  bool operator==(const item_refused&) const = default;
};

/// What the caller said in an item, by the transcription; it may come late.
struct caller_transcript {
  std::uint32_t generation = 0;
  std::string item_id;
  std::string text;
  protocol::openai::transcription_usage usage;
  bool operator==(const caller_transcript&) const = default;
};

/// More of what the agent says in an item, or all of it.
struct agent_transcript {
  std::uint32_t generation = 0;
  std::string response_id;
  std::string item_id;
  std::string text;
  bool whole = false;
  bool operator==(const agent_transcript&) const = default;
};

/// The model began a response.
struct response_started {
  std::uint32_t generation = 0;
  std::string response_id;
  std::uint64_t create_id
    = 0; ///< of our `create_response`; 0: the server's own
  bool operator==(const response_started&) const = default;
};

/// Agent audio, mu-law, any length.
struct audio_delta {
  std::uint32_t generation = 0;
  std::string response_id;
  std::string item_id;
  std::uint32_t content_index = 0;
  audio_bytes payload;
  bool operator==(const audio_delta&) const = default;
};

/// The model generates no more audio of this item.
struct audio_done {
  std::uint32_t generation = 0;
  std::string response_id;
  std::string item_id;
  bool operator==(const audio_done&) const = default;
};

/// A response is over: completed, cancelled, incomplete or failed.
struct response_finished {
  std::uint32_t generation = 0;
  std::string response_id;
  std::string status;
  std::string reason; ///< of a failed one the code of its error
  std::vector<protocol::openai::function_call> calls = {};
  protocol::openai::token_usage usage = {};
  bool usage_known = false;
  bool ends_with_mcp = false; ///< nothing follows what an MCP server is to say
  bool operator==(const response_finished&) const = default;
};

/// Our `create_response` was answered with an error.
struct response_refused {
  std::uint32_t generation = 0;
  std::uint64_t create_id = 0;
  std::string code;
  bool operator==(const response_refused&) const = default;
};

// -- from the bridge to the model's side --------------------------------------

/// Caller audio for the model's input buffer, mu-law.
struct append_audio {
  audio_bytes payload;
  bool operator==(const append_audio&) const = default;
};

/// The caller heard this item up to here and no further.
struct truncate_item {
  std::string item_id;
  std::uint32_t content_index = 0;
  std::uint64_t audio_end_ms = 0; ///< never above what was received
  bool operator==(const truncate_item&) const = default;
};

/// The caller heard nothing of this item.
struct delete_item {
  std::string item_id;
  bool operator==(const delete_item&) const = default;
};

/// Ask for a response, with instructions of its own where not empty.
struct create_response {
  std::uint64_t create_id = 0; ///< comes back with what becomes of it
  std::string instructions;
  std::string purpose; ///< comes back as metadata, such as `greeting`
  bool aside = false;  ///< beside the conversation, which it does not change
  bool operator==(const create_response&) const = default;
};

/// End this response; what it said so far stays in the conversation.
struct cancel_response {
  std::string response_id;
  bool operator==(const cancel_response&) const = default;
};

/// Put a message into the conversation, under an id of ours.
struct put_text {
  std::string item_id;
  std::string role; ///< user, system, assistant
  std::string text;
  bool operator==(const put_text&) const = default;
};

/// Put a function call of an earlier session into the conversation.
struct put_tool_call {
  std::string item_id;
  std::string call_id;
  std::string name;
  std::string arguments;
  bool operator==(const put_tool_call&) const = default;
};

/// Put the result of a function into the conversation.
struct put_tool_result {
  std::string item_id;
  std::string call_id;
  std::string output;
  bool operator==(const put_tool_result&) const = default;
};

// -- life cycle ---------------------------------------------------------------

/// End this socket with a close frame.
struct close_socket {
  std::uint16_t code = 1000;
  std::string reason;
  bool operator==(const close_socket&) const = default;
};

/// The session of this generation is gone; a successor may come.
struct session_lost {
  std::uint32_t generation = 0;
  bool operator==(const session_lost&) const = default;
};

/// The stream of this generation is gone.
struct stream_lost {
  std::uint32_t generation = 0;
  bool returns = false; ///< another one may come, with the same caller
  bool operator==(const stream_lost&) const = default;
};

/// `session.updated` confirmed the telephony session.
struct session_configured {
  std::uint32_t generation = 0;
  std::string session_id;
  std::optional<std::int64_t> expires_at = {}; ///< seconds since 1970
  bool operator==(const session_configured&) const = default;
};

/// Twilio said `stop`.
struct stream_stopped {
  std::uint32_t generation = 0;
  bool operator==(const stream_stopped&) const = default;
};

/// Send what is due (from the shard's pacer).
struct pace_tick {
  bool operator==(const pace_tick&) const = default;
};

struct pace_begin {
  bool operator==(const pace_begin&) const = default;
};

struct pace_end {
  bool operator==(const pace_end&) const = default;
};

/// End the call for this reason.
struct end_call {
  call_outcome outcome = call_outcome::ended_by_us;
  bool operator==(const end_call&) const = default;
};

struct get_report {
  bool operator==(const get_report&) const = default;
};

struct get_info {
  bool operator==(const get_info&) const = default;
};

/// What was said in a call, and what it cost.
struct get_document {
  std::string call_sid;
  bool operator==(const get_document&) const = default;
};

// -- the registry's
// ------------------------------------------------------------

/// Twilio's webhook asks for a call to be answered.
struct admit_call {
  std::string call_sid;
  std::string from;
  std::string to;
  std::string agent = {}; ///< by name; empty: the default one
  std::map<std::string, std::string> parameters = {}; ///< of the stream

  /// The same for all tries of one webhook; empty: none was told.
  std::string retry_token = {};
  call_past_ptr past = nullptr; ///< null: it begins here
  bool operator==(const admit_call&) const = default;
};

/// Where the call of this stream lives; it is created where it does not.
struct locate_call {
  std::string call_sid;
  std::uint32_t shard_hint = 0; ///< where the stream's socket is
  std::map<std::string, std::string> parameters = {}; ///< of the stream
  bool operator==(const locate_call&) const = default;
};

/// What Twilio is to do with a call whose stream ended.
struct next_step {
  enum class kind : std::uint8_t {
    hang_up,
    dial,        ///< connect the caller with `target`, then ask again
    send_digits, ///< play them, then connect a stream
    connect,     ///< a stream
    redirect,    ///< ask `target` what comes next, a URL
  };

  bool say_failure = false; ///< a sentence before the hang-up
  kind what = kind::hang_up;
  std::string target = {}; ///< number or `sip:` URI; of `redirect` a URL
  std::string caller_id = {};
  std::uint32_t timeout_s = 0; ///< of ringing
  std::string digits = {};
  std::string agent = {}; ///< for the stream's parameters; empty: the default
  std::uint32_t attempt = 0; ///< number of the call's stream; 0: brings none
  bool operator==(const next_step&) const = default;
};

struct ask_next_step {
  std::string call_sid;
  bool caller_gone = false; ///< Twilio says that the call is over

  /// How a `dial` ended: completed, answered, busy, no-answer, failed,
  /// canceled; empty: none has.
  std::string dial_status = {};

  /// The same for all tries of one question; empty: none was told.
  std::string retry_token = {};

  /// Number of the stream that the question is about; 0: none was told.
  std::uint32_t attempt = 0;
  bool operator==(const ask_next_step&) const = default;
};

/// Whether somebody answered a `dial` that ended so.
inline bool was_connected(std::string_view dial_status) noexcept {
  return dial_status == "completed" || dial_status == "answered";
}

/// Take no more calls; answered when the last is over, or has gone to another
/// instance, or after the bound of all that. What is left then is for
/// `shut_down`.
struct drain_calls {
  bool operator==(const drain_calls&) const = default;
};

/// Go on in another instance as soon as that can be done.
struct leave_for_heir {
  bool operator==(const leave_for_heir&) const = default;
};

/// The other instance asks for a call that we gave away. Once.
struct claim_call {
  std::string call_sid;
  std::string id; ///< of its ticket
};

/// ... and gets it.
struct claimed_call {
  protocol::fleet::document what;
};

struct list_calls {
  bool operator==(const list_calls&) const = default;
};

struct find_call {
  std::string call_sid;
  bool operator==(const find_call&) const = default;
};

/// End all calls and admit no more; answered when the last is gone and Twilio
/// has asked for its next step, or had the time to.
struct shut_down {
  bool operator==(const shut_down&) const = default;
};

/// Another document is to bring a stream of this call: which number has that?
struct number_stream {
  bool operator==(const number_stream&) const = default;
};

/// Something of a call changed; from its supervisor.
struct call_changed {
  call_info info;
};

/// Calls that live, as far as the registry knows.
struct call_list {
  std::vector<call_info> calls;
};

// -- local messages that carry sockets ----------------------------------------

/// An accepted Media Streams socket whose `start` was read; it is paused.
struct stream_arrived {
  net::web_socket_ptr socket; ///< null: it was lost on its way
  protocol::stream_start start;
};

/// An event of the Realtime socket, parsed.
struct realtime_event {
  protocol::openai::event body;
};

/// A frame of the Realtime socket was none.
struct realtime_garbage {
  protocol::parse_error error;
};

struct dial_finished {
  net::connect_result result;
};

struct socket_gone {
  net::ws_closed how;
};

/// The server that runs a function has answered, or cannot be reached.
struct tool_answered {
  std::uint64_t run = 0; ///< as the behaviour numbers them
  net::http_client_result result;
};

/// The socket dropped this many media frames, the peer being too slow.
struct frames_dropped {
  std::uint64_t count = 0;
};

/// Another bridge has the conversation from now on.
struct bridge_replaced {
  caf::actor bridge; ///< a `bridge_actor`
};

/// Fail, as by a mistake in our own code. Obeyed where the environment allows
/// it, which only tests do.
struct raise_fault {
  std::string where; ///< supervisor, bridge, openai_socket, twilio_socket, or
                     ///< the name of a behaviour
  bool operator==(const raise_fault&) const = default;
};

// -- interfaces ---------------------------------------------------------------

/// The PACER of a shard: one timer for all bridges that have audio to send.
using pacer_actor = caf::typed_actor<
  // The sender wants ticks.
  caf::result<void>(pace_begin),
  // ... and no more.
  caf::result<void>(pace_end)>;

/// TWILIO's end of a call: one Media Streams WebSocket.
using twilio_socket_actor = caf::typed_actor<
  caf::result<void>(play_audio), caf::result<void>(play_mark),
  caf::result<void>(clear_playback), caf::result<void>(bridge_replaced),
  caf::result<void>(close_socket)>;

/// The MODEL's end of a call: one Realtime WebSocket, from dial to close.
using openai_socket_actor = caf::typed_actor<
  caf::result<void>(append_audio), caf::result<void>(truncate_item),
  caf::result<void>(delete_item), caf::result<void>(create_response),
  caf::result<void>(cancel_response), caf::result<void>(put_text),
  caf::result<void>(put_tool_call), caf::result<void>(put_tool_result),
  caf::result<void>(bridge_replaced), caf::result<void>(close_socket)>;

/// A stream is there for agent audio.
struct stream_attached {
  std::uint32_t generation = 0;
  twilio_socket_actor sink;
  bool operator==(const stream_attached&) const = default;
};

/// A configured session is there: to be told what was said so far, and then for
/// caller audio.
struct session_ready {
  std::uint32_t generation = 0;
  openai_socket_actor sink;
  agent_ptr agent = nullptr; ///< whose session it is; null: no other's
  bool kept = false; ///< it had the conversation already, by another bridge
  bool operator==(const session_ready&) const = default;
};

/// The session of this generation has the conversation now; an older one that
/// is still open has nothing more to say.
struct session_adopted {
  std::uint32_t generation = 0;
  bool operator==(const session_adopted&) const = default;
};

/// No session can be had any more: the caller is told so, in words of ours, and
/// then the line is left. The supervisor's order.
struct give_up {
  departure exit; ///< `hang_up` or `transfer`
};

/// Nothing is left to be heard of a call that is to end.
struct farewell_heard {
  bool operator==(const farewell_heard&) const = default;
};

/// Nothing is left to be heard, and the caller's line is wanted for something
/// else: the stream may be closed. The session stays.
struct leave_line {
  departure what;           ///< no `hang_up`
  bool answer_owed = false; ///< the caller waits for one
};

/// A new stream has the caller again.
struct caller_returned {
  std::string call_id; ///< of the tool that sent the caller away; empty: none
  std::string result;  ///< of it, for the model; without one a note
  bool operator==(const caller_returned&) const = default;
};

/// Who hears what happens in a call: its supervisor, for the behaviours.
using event_sink_actor = caf::typed_actor<
  caf::result<void>(call_event), caf::result<void>(farewell_heard),
  caf::result<void>(leave_line), caf::result<void>(session_adopted),
  caf::result<void>(end_call)>;

/// The BRIDGE: decides what one side's events mean for the other side.
using bridge_actor = caf::typed_actor<
  // Caller audio, on its way to the model.
  caf::result<void>(media_chunk),
  // Twilio played everything before a mark, or cleared it.
  caf::result<void>(mark_ack), caf::result<void>(dtmf_pressed),
  // Twilio's end comes and goes.
  caf::result<void>(stream_attached), caf::result<void>(stream_lost),
  caf::result<void>(caller_returned),
  // The model's end comes and goes.
  caf::result<void>(session_ready), caf::result<void>(session_lost),
  // The caller began to speak: perhaps a barge-in.
  caf::result<void>(speech_started), caf::result<void>(speech_stopped),
  caf::result<void>(turn_committed),
  // What is in the conversation.
  caf::result<void>(item_created), caf::result<void>(item_refused),
  caf::result<void>(caller_transcript), caf::result<void>(agent_transcript),
  // The model speaks.
  caf::result<void>(response_started), caf::result<void>(response_refused),
  caf::result<void>(audio_delta), caf::result<void>(audio_done),
  caf::result<void>(response_finished),
  // What a behaviour orders.
  caf::result<void>(call_order),
  // No session will come.
  caf::result<void>(give_up), caf::result<void>(raise_fault),
  // Time to send what is due.
  caf::result<void>(pace_tick), caf::result<bridge_report>(get_report)>;

/// The SUPERVISOR of one call: its policy, its budget, and what survives a
/// child's failure.
using call_supervisor_actor = caf::typed_actor<
  // Twilio's socket for this call, ready to be read.
  caf::result<void>(stream_arrived), caf::result<void>(stream_stopped),
  // The model's end is configured: the budget is given back.
  caf::result<void>(session_configured), caf::result<void>(end_call),
  // What happens in the call, and what its behaviours make of it.
  caf::result<void>(call_event), caf::result<void>(call_order),
  caf::result<void>(farewell_heard), caf::result<void>(session_adopted),
  caf::result<void>(leave_line), caf::result<void>(raise_fault),
  // Twilio asks what comes next: the stream is no more.
  caf::result<next_step>(ask_next_step),
  caf::result<std::uint32_t>(number_stream),
  // The process drains, and another instance goes on with the call.
  caf::result<void>(leave_for_heir), caf::result<claimed_call>(claim_call),
  caf::result<call_info>(get_info), caf::result<call_document>(get_document)>;

/// Where a call lives.
struct call_home {
  call_supervisor_actor supervisor;
  std::uint32_t shard = 0;
  std::uint32_t attempt = 1; ///< number of the stream that a webhook asks for
};

/// The REGISTRY: CallSid to supervisor. One per process.
using call_registry_actor = caf::typed_actor<
  caf::result<call_home>(admit_call), caf::result<call_home>(locate_call),
  caf::result<next_step>(ask_next_step), caf::result<call_list>(list_calls),
  caf::result<call_info>(find_call), caf::result<call_document>(get_document),
  caf::result<void>(call_changed), caf::result<void>(end_call, std::string),
  caf::result<void>(drain_calls), caf::result<claimed_call>(claim_call),
  caf::result<void>(shut_down)>;

} // namespace offhook::actors

#include "actors/message_ids.hpp"
