#pragma once

#include <functional>
#include <list>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "app/standins/demo_agent.hpp"
#include "app/standins/demo_agent_conversation.hpp"
#include "app/standins/demo_agent_events.hpp"
#include "app/standins/demo_agent_input.hpp"
#include "app/standins/demo_agent_json.hpp"
#include "app/standins/demo_agent_response.hpp"
#include "app/standins/demo_agent_session.hpp"

namespace offhook::app::standins {

/// The demo agent's insides, shared by the files that implement it.
struct demo_agent::impl {
  impl(demo_agent_options opts, demo_agent_handshake shake);

  // -- demo_agent.cpp: events in, time
  // -----------------------------------------

  void open();
  void read(std::string_view text);
  void run(time_point now);
  std::optional<time_point> next() const;
  void set_faults(demo_agent_faults x);
  void dispatch(client_event kind, const json::value& event);
  void update_session(const json::value& event);

  // -- demo_agent_output.cpp: events out
  // ---------------------------------------

  std::string new_id(std::string_view kind);
  json::object event(std::string_view type);
  void emit(const json::object& x);
  void refuse(const schema::violation& bad, const json::value& event);
  void refuse(std::string_view code, std::string_view message,
              std::string_view param, std::string_view client_event_id);
  void error(const agent_error& x, std::string_view param,
             std::string_view client_event_id);
  void close(std::uint16_t code, std::string_view reason);
  void reset();
  void emit_garbage();
  effects take_out();

  // -- demo_agent_turns.cpp: the caller's audio
  // --------------------------------

  void configure_input();
  void append(const json::value& event);
  void speech_started(std::uint64_t at_ms);
  void speech_stopped(std::uint64_t at_ms);
  void commit(const json::value& event);
  void commit_item(std::string id, std::uint64_t start_ms, std::uint64_t end_ms,
                   bool idle);
  void transcribe(const item_ptr& item, std::string text, bool idle);
  void idle_timeout();

  // -- demo_agent_items.cpp: the conversation
  // ----------------------------------

  void add_item(const item_ptr& item, std::string_view previous_id);
  void item_event(std::string_view type, const conversation_item& item);
  void create_item(const json::value& event);
  void truncate_item(const json::value& event);
  void delete_item(const json::value& event);
  void retrieve_item(const json::value& event);
  void forget_cache_from(std::string_view id);
  void item_not_found(std::string_view verb, const json::value& event);

  // -- demo_agent_responses.cpp: what the agent says
  // ---------------------------

  void create_response(const json::value* params,
                       std::string_view client_event_id, bool idle = false);
  void cancel_response(const json::value& event);
  agent_reply choose(const turn_info& turn);
  turn_info describe(const json::value* params, bool out_of_band, bool idle);
  bool check_input(const json::value* params, std::string_view client_event_id,
                   token_count& tokens);
  void plan(response_state& r, agent_reply reply);
  response_state* active();
  void step(response_state& r);
  void cancel(response_state& r, std::string_view reason);
  void finish(response_state& r, std::string_view status,
              const std::string& details);
  void bill(response_state& r);

  // -- demo_agent_speech.cpp: one output item after the other
  // ------------------

  void begin_output(response_state& r);
  void end_output(response_state& r, std::string_view status);
  void next_delta(response_state& r);
  void text_delta(response_state& r, std::string_view type,
                  std::string_view delta);
  void audio_delta(response_state& r, std::span<const std::byte> bytes);
  void leave_late_deltas(response_state& r);
  json::object output_event(const response_state& r, std::string_view type);

  // -- demo_agent_counter.cpp
  // --------------------------------------------------

  void count(std::span<const std::byte> bytes);
  void begin_counting();

  demo_agent_options options;
  demo_agent_handshake handshake;
  demo_agent_faults faults;
  demo_agent_stats stats;

  time_point now{};  // Of the event under way.
  effects out;       // Not handed over yet.
  bool over = false; // Closed or reset: nothing more is sent or heard.
  bool silent = false;

  std::string conversation_id;
  std::uint64_t last_id = 0;
  std::uint64_t last_event = 0;

  std::optional<session_state> session; // From `open` on.
  bool updated = false;                 // `session.updated` was sent.
  bool voice_heard = false; // Audio was sent in this session's voice.
  conversation items;

  input_audio input;
  std::string speech_id; // Of the user item that is being spoken.
  std::uint64_t speech_start_ms = 0;
  std::size_t caller_turns = 0;
  std::string caller_text;

  std::list<response_state> responses; // None that is over.
  std::size_t response_count = 0;
  std::size_t next_reply = 0;
  std::vector<std::pair<std::string, std::string>> tool_outputs;
  token_count cached;

  std::multimap<time_point, std::function<void()>> later;
  std::optional<time_point> expires_at;
  std::optional<time_point> idle_at;
  std::uint64_t idle_clock_ms = 0; // Audio clock when the idle time began.
  bool idle_wants_audio = false;   // It is over, but nothing was appended.
  std::optional<time_point> reset_at;
  std::optional<time_point> close_at;

  std::uint64_t counted_in = 0;
  std::uint64_t counted_out = 0;
  std::uint64_t mismatches = 0;
  std::byte expected{0};
};

} // namespace offhook::app::standins
