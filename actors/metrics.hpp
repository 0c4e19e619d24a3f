#pragma once

#include <string>
#include <string_view>

#include <caf/telemetry/counter.hpp>
#include <caf/telemetry/gauge.hpp>
#include <caf/telemetry/metric_family_impl.hpp>
#include <caf/telemetry/metric_registry.hpp>

#include "actors/admission.hpp"
#include "actors/call_info.hpp"
#include "actors/socket_errc.hpp"

namespace offhook::actors {

/// What we count, looked up once. Owned by the environment; any thread.
class metrics {
public:
  using counter = caf::telemetry::int_counter;
  using gauge = caf::telemetry::int_gauge;
  using real_gauge = caf::telemetry::dbl_gauge;

  explicit metrics(caf::telemetry::metric_registry& registry);

  gauge* active_calls;
  gauge* resident_memory; ///< of the process, in bytes
  real_gauge* loop_lag;   ///< of the slowest loop, in seconds
  counter* calls_started;
  counter* barge_ins;
  counter* caller_frames;        ///< media frames from Twilio
  counter* agent_frames;         ///< media frames to Twilio
  counter* caller_bytes_dropped; ///< caller audio beyond a bound
  counter* agent_bytes_dropped;  ///< agent audio beyond a bound
  counter* late_deltas;          ///< audio of cancelled responses
  counter* stale_marks;          ///< marks of older generations
  counter* late_messages;        ///< of sockets replaced meanwhile
  counter* refused_streams;
  counter* behaviour_events_dropped; ///< faster than a behaviour handled them
  counter* orders_dropped;           ///< of behaviours, the caller being away
  counter* responses_given_up;       ///< asked for in vain, retries included
  counter* agent_changes;
  counter* dead_air;            ///< steps taken against it
  counter* late_replacements;   ///< bytes that were sent by then
  counter* refused_items;       ///< of ours, by the model's server
  counter* late_tool_results;   ///< of functions that were given up before
  counter* tool_fillers;        ///< words that bridged a function's time
  counter* session_differences; ///< fields confirmed otherwise than asked

  gauge* model_refused; ///< 1: the newest dial was, for good

  void call_ended(call_outcome outcome);
  void outage_step(std::string_view step);
  void model_lost(socket_errc reason);
  void rolled_over(std::string_view result);
  void bridge_restarted();
  void call_refused(refusal why);
  /// @param result given, unclaimed, taken, lost, refused or cut
  void handed_over(std::string_view result);
  void socket_restarted(std::string_view socket, socket_errc reason);
  void transfer_ended(std::string_view result);
  void behaviour_failed(const std::string& name);
  /// @param tool a name of the configuration, or `unknown`
  void tool_called(const std::string& tool, std::string_view outcome);
  void mcp_decided(bool approved);
  void menu_answered(std::string_view result);
  void bad_frame(std::string_view peer, std::string_view reason);
  void unknown_event(std::string_view peer);
  void realtime_error(bool fatal);
  void response_finished(std::string_view status);
  void dropped_frames(std::string_view peer, std::uint64_t count);

private:
  using counters = caf::telemetry::metric_family_impl<counter>;

  counters* calls_ended_;
  counters* calls_refused_;
  counters* handovers_;
  counters* restarts_;
  counters* transfers_;
  counters* behaviours_failed_;
  counters* tool_calls_;
  counters* mcp_decisions_;
  counters* menu_answers_;
  counters* bad_frames_;
  counters* unknown_events_;
  counters* realtime_errors_;
  counters* responses_;
  counters* dropped_frames_;
  counters* outage_steps_;
  counters* models_lost_;
  counters* rollovers_;
  counter* bridge_restarts_;
};

} // namespace offhook::actors
