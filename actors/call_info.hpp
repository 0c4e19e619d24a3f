#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace offhook::actors {

/// What a call is doing.
enum class call_state : std::uint8_t {
  waiting_for_stream, ///< The webhook was answered; Twilio has not come yet.
  talking,            ///< A stream is attached.
  away,               ///< The caller is with somebody else; a stream may come.
  reattaching,        ///< The stream was lost; another one may come.
  ending,             ///< Its sockets are being closed.
  over,
};

std::string to_string(call_state x);

/// How a call ended, as counted and as `/stream-ended` asks for it.
enum class call_outcome : std::uint8_t {
  none,         ///< It has not.
  completed,    ///< The caller hung up, or Twilio stopped the stream.
  ended_by_us,  ///< Hung up through the control API.
  no_stream,    ///< The webhook was answered and no stream came.
  stream_lost,  ///< Twilio's socket was lost.
  model_failed, ///< The Realtime session could not be had, or not any more.
  failed,       ///< An actor of the call died.
  shutdown,     ///< The process ends.
  transferred,  ///< The caller was connected with somebody else.
  handed_over,  ///< Another instance goes on with it.
};

std::string to_string(call_outcome x);

/// Whether the caller deserves a sentence before the hang-up: always, unless
/// the call came to its proper end.
bool says_failure(call_outcome x) noexcept;

/// One child actor of a call.
struct child_info {
  std::string name;
  std::string state; ///< running, restarting, none
  std::uint32_t restarts = 0;
  std::string last_reason; ///< of its last end; empty: it never ended

  bool operator==(const child_info&) const = default;
};

/// What the bridge counts.
struct bridge_report {
  std::uint64_t frames_in = 0; ///< media frames from the caller
  std::uint64_t bytes_in = 0;
  std::uint64_t bytes_dropped = 0;  ///< caller audio beyond the buffer's bound
  std::uint64_t bytes_received = 0; ///< agent audio from the model
  std::uint64_t bytes_out = 0;      ///< agent audio sent to Twilio
  std::uint64_t barge_ins = 0;
  std::uint64_t responses = 0;
  std::uint64_t last_truncated_at_ms = 0; ///< of the latest barge-in

  bool operator==(const bridge_report&) const = default;
};

/// One call as `/v1/calls` shows it.
struct call_info {
  std::string call_sid;
  call_state state = call_state::waiting_for_stream;
  call_outcome outcome = call_outcome::none;
  std::string from;
  std::string to;
  std::uint32_t shard = 0;
  std::int64_t started_at = 0; ///< seconds since 1970
  std::string stream_sid;
  std::string session_id;
  std::vector<child_info> children;
  bridge_report bridge;
  bool failure_told = false; ///< the caller has heard that it failed

  bool operator==(const call_info&) const = default;
};

template <class Inspector>
bool inspect(Inspector& f, child_info& x) {
  return f.object(x).fields(f.field("name", x.name), f.field("state", x.state),
                            f.field("restarts", x.restarts),
                            f.field("last_reason", x.last_reason));
}

template <class Inspector>
bool inspect(Inspector& f, bridge_report& x) {
  return f.object(x).fields(
    f.field("frames_in", x.frames_in), f.field("bytes_in", x.bytes_in),
    f.field("bytes_dropped", x.bytes_dropped),
    f.field("bytes_received", x.bytes_received),
    f.field("bytes_out", x.bytes_out), f.field("barge_ins", x.barge_ins),
    f.field("responses", x.responses),
    f.field("last_truncated_at_ms", x.last_truncated_at_ms));
}

} // namespace offhook::actors
