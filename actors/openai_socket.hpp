#pragma once

#include <cstdint>
#include <memory>
#include <set>
#include <string>

#include <caf/disposable.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "actors/environment.hpp"
#include "actors/messages.hpp"
#include "actors/realtime_frames.hpp"

namespace offhook::actors {

/// What only the socket's callbacks send to its actor.
using openai_socket_base = openai_socket_actor::extend<
  caf::result<void>(dial_finished), caf::result<void>(realtime_event),
  caf::result<void>(realtime_garbage), caf::result<void>(frames_dropped),
  caf::result<void>(socket_gone)>;

/// One Realtime WebSocket from dial to close: it configures the session, turns
/// the model's events into messages for the bridge and the bridge's orders into
/// client events. It knows no conversation and never dials twice: when the
/// socket fails it ends with a `socket_errc`, and the supervisor decides.
struct openai_socket_state {
  static inline const char* name = "openai-socket";

  /// @param generation of this session within its call
  openai_socket_state(openai_socket_base::pointer self, environment_ptr env,
                      agent_ptr agent, std::string call_sid,
                      std::uint32_t generation, bridge_actor bridge,
                      call_supervisor_actor supervisor);
  ~openai_socket_state();

  openai_socket_base::behavior_type make_behavior();

  void on_dialled(dial_finished& event);
  void on_event(realtime_event& event);
  void on_gone(const socket_gone& event);
  void configure();
  void check_session(const protocol::openai::session_updated& event);
  /// Approves a call of an MCP server, or does not, by rule: no call waits.
  void decide(const protocol::openai::item_added& request);
  void on_error(const protocol::openai::error_event& event);
  void fail(socket_errc reason, const std::string& detail);
  void order(std::string text); // a control frame

  openai_socket_base::pointer self;
  environment_ptr env;
  agent_ptr agent;
  std::string call_sid;
  std::uint32_t generation;
  bridge_actor bridge;
  call_supervisor_actor supervisor;

  std::shared_ptr<net::ws_dial> dial;
  net::web_socket_ptr socket;
  caf::disposable patience; // Until it is configured.
  bool created = false;     // `session.created` came, `session.update` is sent.
  bool configured = false;  // `session.updated` confirmed what was asked.
  bool closing = false;
  bool garbage_logged = false;
  std::string update_id; // The event id of our `session.update` ...
  protocol::openai::session_config asked; // ... and what it asked for.
  std::set<std::string> decided; // Requests for approval that were answered.
  realtime_frames frames;
};

using openai_socket_impl
  = openai_socket_base::stateful_impl<openai_socket_state>;

} // namespace offhook::actors
