#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include <caf/disposable.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "actors/environment.hpp"
#include "actors/messages.hpp"

namespace offhook::actors {

/// What only the socket's callbacks send to its actor.
using twilio_socket_base
  = twilio_socket_actor::extend<caf::result<void>(frames_dropped),
                                caf::result<void>(socket_gone)>;

/// One Media Streams WebSocket, from its `start` to its end. Frames from Twilio
/// are read in the socket's callback and go straight to the bridge; the
/// bridge's orders become frames. Spawned by the supervisor, on the shard of
/// its socket. Ends with a `socket_errc` when the socket is lost, or when
/// Twilio's frames have stopped: they come all the time, whatever the caller
/// does, so that a socket without them is open on our side only.
struct twilio_socket_state {
  static inline const char* name = "twilio-socket";

  /// @param generation of this stream within its call
  /// @param socket paused behind its `start` frame, on this actor's shard
  twilio_socket_state(twilio_socket_base::pointer self, environment_ptr env,
                      std::string call_sid, std::string stream_sid,
                      std::uint32_t generation, net::web_socket_ptr socket,
                      bridge_actor bridge, call_supervisor_actor supervisor);
  ~twilio_socket_state();

  twilio_socket_base::behavior_type make_behavior();

  void on_gone(const socket_gone& event);

  /// Looks now and then whether media still comes.
  void watch_media();

  twilio_socket_base::pointer self;
  environment_ptr env;
  std::string call_sid;
  std::string stream_sid;
  std::uint32_t generation;
  net::web_socket_ptr socket;
  bridge_actor bridge;
  call_supervisor_actor supervisor;
  bool closing = false;

  // Looks, not times: a thread that stood still must not blame the peer.
  std::shared_ptr<bool> media_came = std::make_shared<bool>(false);
  int looks_in_vain = 0;
  caf::disposable media_timer;
};

using twilio_socket_impl
  = twilio_socket_base::stateful_impl<twilio_socket_state>;

} // namespace offhook::actors
