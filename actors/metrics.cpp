#include "actors/metrics.hpp"

#include <algorithm>
#include <array>

namespace offhook::actors {

namespace {

constexpr auto prefix = "offhook";

// A label's value comes from us or from a short list: a peer cannot make
// metrics grow.
constexpr std::array<std::string_view, 4> response_states{
  "completed", "cancelled", "incomplete", "failed"};

} // namespace

metrics::metrics(caf::telemetry::metric_registry& registry) {
  auto count = [&registry](std::string_view name, std::string_view help) {
    return registry.counter_singleton(prefix, name, help, "1", true);
  };
  auto family = [&registry](std::string_view name,
                            std::initializer_list<caf::string_view> labels,
                            std::string_view help) {
    return registry.counter_family(prefix, name,
                                   std::vector<caf::string_view>(labels), help,
                                   "1", true);
  };
  active_calls = registry.gauge_singleton(prefix, "active-calls",
                                          "Calls that have a supervisor.");
  resident_memory = registry.gauge_singleton(prefix, "resident-memory",
                                             "Memory that the process holds.",
                                             "bytes");
  loop_lag = registry.gauge_singleton<double>(prefix, "loop-lag",
                                              "How late the slowest loop is.",
                                              "seconds");
  calls_started = count("calls-started", "Calls that got a supervisor.");
  barge_ins = count("barge-ins", "Answers that the caller cut short.");
  caller_frames = count("caller-frames", "Media frames from Twilio.");
  agent_frames = count("agent-frames", "Media messages sent to Twilio.");
  caller_bytes_dropped = count("caller-bytes-dropped",
                               "Caller audio dropped at a bound, in bytes.");
  agent_bytes_dropped = count("agent-bytes-dropped",
                              "Agent audio dropped at a bound, in bytes.");
  late_deltas = count("late-deltas", "Audio deltas of cancelled responses.");
  stale_marks = count("stale-marks", "Marks that say nothing about hearing.");
  late_messages = count("late-messages", "Messages of replaced sockets.");
  responses_given_up = count("responses-given-up",
                             "Responses asked for in vain, retries included.");
  dead_air = count("dead-air",
                   "Steps taken because a due reply was not heard.");
  late_replacements
    = count("late-replacements",
            "Bytes of agent audio that were sent before their replacement.");
  agent_changes = count("agent-changes",
                        "Calls that went on with another agent.");
  refused_items = count("refused-items",
                        "Items of ours that the model's server did not take.");
  session_differences
    = count("session-differences",
            "Fields of a session confirmed otherwise than asked.");
  behaviour_events_dropped
    = count("behaviour-events-dropped",
            "Events that came faster than a behaviour handled them.");
  orders_dropped = count("orders-dropped",
                         "Orders of behaviours while the caller was away.");
  transfers_ = family("transfers", {"result"}, "Transfers by how they ended.");
  behaviours_failed_ = family("behaviours-failed", {"behaviour"},
                              "Behaviours that ended by an error.");
  tool_calls_ = family("tool-calls", {"tool", "outcome"},
                       "Functions that the model called, by what became of "
                       "them.");
  mcp_decisions_ = family("mcp-decisions", {"decision"},
                          "Calls of MCP servers that we were to approve.");
  late_tool_results = count("late-tool-results",
                            "Answers of functions that were given up before.");
  tool_fillers = count("tool-fillers",
                       "Times that words bridged a function's silence.");
  refused_streams = count("refused-streams", "Media streams not accepted.");
  calls_ended_ = family("calls-ended", {"outcome"}, "Calls by outcome.");
  calls_refused_ = family("calls-refused", {"reason"}, "Calls not taken.");
  handovers_ = family("handovers", {"result"},
                      "Calls between instances, by how it went.");
  restarts_ = family("socket-restarts", {"socket", "reason"},
                     "Sockets replaced within a call.");
  menu_answers_ = family("menu-answers", {"result"}, "Answers to the menu.");
  bad_frames_ = family("bad-frames", {"peer", "reason"},
                       "Frames that could not be read.");
  unknown_events_ = family("unknown-events", {"peer"},
                           "Events that this version does not know.");
  realtime_errors_ = family("realtime-errors", {"class"},
                            "Error events of the Realtime API.");
  responses_ = family("responses", {"status"}, "Responses by final status.");
  outage_steps_ = family("outage-steps", {"step"},
                         "What callers heard while there was no session.");
  models_lost_ = family("models-lost", {"reason"},
                        "Calls that lost their model for good.");
  rollovers_ = family("rollovers", {"result"},
                      "Sessions that were to be replaced before their limit.");
  bridge_restarts_ = count("bridge-restarts",
                           "Bridges replaced within a call.");
  model_refused = registry.gauge_singleton(
    prefix, "model-refused",
    "1 since the newest session was refused for its key, quota or model.");
  dropped_frames_ = family("dropped-frames", {"peer"},
                           "Media frames dropped from full write queues.");
}

void metrics::call_ended(call_outcome outcome) {
  calls_ended_->get_or_add({{"outcome", to_string(outcome)}})->inc();
}

void metrics::call_refused(refusal why) {
  calls_refused_->get_or_add({{"reason", to_string(why)}})->inc();
}

void metrics::handed_over(std::string_view result) {
  handovers_->get_or_add({{"result", std::string{result}}})->inc();
}

void metrics::transfer_ended(std::string_view result) {
  transfers_->get_or_add({{"result", std::string{result}}})->inc();
}

void metrics::behaviour_failed(const std::string& name) {
  behaviours_failed_->get_or_add({{"behaviour", name}})->inc();
}

void metrics::socket_restarted(std::string_view socket, socket_errc reason) {
  restarts_
    ->get_or_add(
      {{"socket", std::string{socket}}, {"reason", to_string(reason)}})
    ->inc();
}

void metrics::tool_called(const std::string& tool, std::string_view outcome) {
  tool_calls_->get_or_add({{"tool", tool}, {"outcome", std::string{outcome}}})
    ->inc();
}

void metrics::mcp_decided(bool approved) {
  mcp_decisions_->get_or_add({{"decision", approved ? "approved" : "denied"}})
    ->inc();
}

void metrics::menu_answered(std::string_view result) {
  menu_answers_->get_or_add({{"result", std::string{result}}})->inc();
}

void metrics::bad_frame(std::string_view peer, std::string_view reason) {
  bad_frames_
    ->get_or_add({{"peer", std::string{peer}}, {"reason", std::string{reason}}})
    ->inc();
}

void metrics::unknown_event(std::string_view peer) {
  unknown_events_->get_or_add({{"peer", std::string{peer}}})->inc();
}

void metrics::realtime_error(bool fatal) {
  realtime_errors_->get_or_add({{"class", fatal ? "fatal" : "benign"}})->inc();
}

void metrics::response_finished(std::string_view status) {
  auto known = std::find(response_states.begin(), response_states.end(), status)
               != response_states.end();
  responses_->get_or_add({{"status", known ? std::string{status} : "unknown"}})
    ->inc();
}

void metrics::dropped_frames(std::string_view peer, std::uint64_t count) {
  dropped_frames_->get_or_add({{"peer", std::string{peer}}})
    ->inc(static_cast<std::int64_t>(count));
}

void metrics::outage_step(std::string_view step) {
  outage_steps_->get_or_add({{"step", std::string{step}}})->inc();
}

void metrics::model_lost(socket_errc reason) {
  models_lost_->get_or_add({{"reason", to_string(reason)}})->inc();
}

void metrics::rolled_over(std::string_view result) {
  rollovers_->get_or_add({{"result", std::string{result}}})->inc();
}

void metrics::bridge_restarted() {
  bridge_restarts_->inc();
}

} // namespace offhook::actors
