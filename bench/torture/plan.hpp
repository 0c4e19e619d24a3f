#pragma once

#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "actors/call_info.hpp"

/// The torture rig: calls that go wrong by a plan, and what must hold all the
/// same. A plan is a pure function of a seed and the number of a call, so that
/// a failing seed is played again fault for fault.
namespace offhook::torture {

/// Everything that goes wrong. `amount` is what the table in plan.cpp says.
enum class fault_kind : std::uint8_t {
  // On the way to the model.
  model_reset,
  model_noise,
  model_close,
  model_stall,
  model_half_open,
  model_garbage,
  model_flood,
  model_error,
  model_fatal,
  dial_refused,
  dial_tls,
  dial_status,
  dial_slow,
  // On the way to the caller.
  stream_garbage,
  stream_flood,
  stream_stall,
  stream_gap,
  stream_marks,
  stream_keys,
  stream_reset,
  stream_half_open,
  stream_refused,
  stream_twin,
  stream_gone,
  stream_duplicate,
  webhook_again,
  // Time, and children of a call.
  clock_jump,
  kill_behaviour,
  kill_session,
  kill_stream,
  kill_bridge,
  bridge_throws,
  kill_supervisor,
};

/// Where calls are played: what a stage cannot do is not in its plans.
enum class stage : std::uint8_t { virtual_time, sockets };

/// What is known of a kind of fault beforehand.
struct fault_rule {
  fault_kind kind;
  std::string_view name;
  unsigned weight = 0; ///< how often, among the faults of its class
  std::uint32_t min_amount = 0;
  std::uint32_t max_amount = 0;
  bool on_sockets = false;

  enum class effect : std::uint8_t {
    light,    ///< nobody notices, but for a delay
    session,  ///< the session is lost, or cannot be had for a while
    stream,   ///< the stream is lost, and Twilio brings another one
    bridge,   ///< the bridge fails, and another one takes its place
    end_call, ///< the call ends, as `outcome`
  };
  effect what = effect::light;

  /// For `end_call`. THE place to change when more of a call survives. What of
  /// the others too many end a call as, `call_check` knows.
  actors::call_outcome outcome = actors::call_outcome::none;
};

const std::vector<fault_rule>& fault_rules();
const fault_rule& rule_of(fault_kind kind);
std::string_view to_string(fault_kind kind);

/// One fault. Times are milliseconds since the call's stream was opened.
struct fault {
  fault_kind kind = fault_kind::model_reset;
  std::uint32_t at_ms = 0;
  std::uint32_t amount = 0;

  bool operator==(const fault&) const = default;
};

/// When the caller speaks.
struct utterance {
  std::uint32_t at_ms = 0;
  std::uint32_t length_ms = 0;

  bool operator==(const utterance&) const = default;
};

struct call_plan {
  std::uint32_t call = 0;
  bool quiet = false; ///< nothing goes wrong: it must notice nothing of others
  std::uint32_t length_ms = 0;     ///< then the caller hangs up
  std::uint32_t first_dial_ms = 0; ///< what the first handshake takes
  std::uint32_t session_age_s = 0; ///< how old sessions grow; 0: old enough
  std::uint32_t goodbye_at
    = 0; ///< with this reply the agent hangs up; 0: never
  std::vector<fault> faults = {}; ///< in the order of their time
  std::vector<utterance> talk = {};

  /// What the call's faults allow it to end as by themselves, beside
  /// `completed`.
  std::set<actors::call_outcome> excuses() const;

  bool operator==(const call_plan&) const = default;
};

struct plan_options {
  std::uint64_t seed = 1;
  stage where = stage::virtual_time;
  std::uint32_t min_length_ms = 15'000;
  std::uint32_t max_length_ms = 60'000;
  std::uint32_t light_every_ms = 300; ///< on average; 0: none
  /// Sessions, streams and bridges that are lost; 0: none
  std::uint32_t heavy_every_ms = 6'000;
  unsigned quiet_percent = 20;
  unsigned ending_percent = 30;  ///< of the others end by a fault
  unsigned goodbye_percent = 10; ///< are ended by the agent
  unsigned slow_percent = 20;    ///< have a slow first handshake
  unsigned ageing_percent = 25;  ///< have sessions that grow too old
  bool operator==(const plan_options&) const = default;
};

/// The plan of one call: the same for the same options and number.
call_plan plan_call(const plan_options& options, std::uint32_t call);

/// One line for the call and one for each of its faults.
std::string describe(const call_plan& plan);

} // namespace offhook::torture
