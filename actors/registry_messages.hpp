#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "actors/call_info.hpp"
#include "actors/call_past.hpp"

/// What the REGISTRY is asked and told, and what it answers.
namespace offhook::actors {

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

} // namespace offhook::actors
