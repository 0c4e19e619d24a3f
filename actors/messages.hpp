#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
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
#include "actors/registry_messages.hpp"
#include "actors/session_messages.hpp"
#include "actors/socket_errc.hpp"
#include "actors/stream_messages.hpp"
#include "net/http_client.hpp"
#include "net/web_socket.hpp"
#include "net/ws_client.hpp"
#include "protocol/media.hpp"
#include "protocol/openai.hpp"

/// The table of contents of the system: who says what to whom. Payloads that
/// carry a `generation` can arrive late: the receiver drops those of a socket
/// that was replaced meanwhile.
namespace offhook::actors {

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
  bool unwanted = false; ///< nor does the agent come that it was opened for
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

  /// Generation of the stream that is left.
  std::uint32_t stream = 0;
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
