#include "actors/stream_lobby.hpp"

#include <caf/event_based_actor.hpp>
#include <caf/stateful_actor.hpp>
#include <spdlog/spdlog.h>

#include "actors/local_send.hpp"
#include "net/shard_loop.hpp"
#include "protocol/twilio.hpp"

namespace twilio = offhook::protocol::twilio;

namespace offhook::actors {

namespace {

/// What the socket's callback found.
struct lobby_state {
  static inline const char* name = "stream-lobby";

  ~lobby_state() {
    // Still here: no `start` came in time, or nobody took the socket.
    if (socket)
      socket->close(net::close_code::policy_violation, "no start");
  }

  net::web_socket_ptr socket;
  protocol::stream_start start;
};

using lobby_actor = caf::stateful_actor<lobby_state>;

/// Reads frames until `start`; the others before it are ignored and counted.
net::ws_events events_for(caf::actor lobby, environment_ptr env,
                          net::web_socket* socket) {
  return {
    .on_text =
      [lobby, env, socket](std::string_view text) {
        auto frame = twilio::parse(text);
        if (!frame) {
          env->metrics->bad_frame("twilio", to_string(frame.error().code));
          if (frame.error().code == protocol::errc::unsupported_format) {
            spdlog::warn("stream-lobby refuses stream error=\"{}\"",
                         to_string(frame.error()));
            env->metrics->refused_streams->inc();
            auto held = lobby; // The pause releases this callback.
            socket->pause();
            caf::anon_send_exit(held, caf::exit_reason::user_shutdown);
          }
          return;
        }
        auto* start = std::get_if<protocol::stream_start>(&frame->body);
        if (!start) {
          if (!std::holds_alternative<protocol::stream_connected>(frame->body))
            env->metrics->bad_frame("twilio", "before_start");
          return;
        }
        auto held = lobby;
        auto found = std::move(*start);
        socket->pause(); // What follows stays in the transport.
        send_from_socket(held,
                         stream_arrived{nullptr, std::move(found), false});
      },
    .on_binary
    = [env](std::size_t) { env->metrics->bad_frame("twilio", "binary"); },
    .on_dropped = {},
    .on_closed =
      [lobby](const net::ws_closed&) {
        caf::anon_send_exit(lobby, caf::exit_reason::user_shutdown);
      },
  };
}

} // namespace

void receive_stream(caf::actor_system& sys, environment_ptr env,
                    call_registry_actor registry, net::web_socket_ptr socket,
                    std::vector<net::shard_loop*> loops, bool authenticated) {
  auto run = [env, registry, socket, loops = std::move(loops),
              authenticated](lobby_actor* self) -> caf::behavior {
    auto& state = self->state;
    state.socket = socket;
    socket->start(events_for(caf::actor{self}, env, socket.get()));
    self->run_delayed(env->limits.start_timeout, [self, env] {
      spdlog::warn("stream-lobby closes socket reason=no_start");
      env->metrics->refused_streams->inc();
      self->quit();
    });
    return {
      [self, env, registry, loops, authenticated](stream_arrived& found) {
        auto here
          = static_cast<std::uint32_t>(self->state.socket->loop().index());
        auto sid = found.start.call_sid;
        self->request(registry, std::chrono::seconds{5}, locate_call{sid, here})
          .then(
            [self, loops, authenticated,
             start = std::move(found.start)](call_home& home) mutable {
              auto socket = std::exchange(self->state.socket, nullptr);
              auto& target = *loops[home.shard % loops.size()];
              socket->move_to(target, [supervisor = home.supervisor,
                                       authenticated, start = std::move(start)](
                                        net::web_socket_ptr moved) mutable {
                send_from_socket(supervisor, stream_arrived{std::move(moved),
                                                            std::move(start),
                                                            authenticated});
              });
              self->quit();
            },
            [self, env, sid](const caf::error& error) {
              spdlog::warn("stream-lobby refuses stream call_sid={} "
                           "error=\"{}\"",
                           sid, caf::to_string(error));
              env->metrics->refused_streams->inc();
              self->quit();
            });
      },
    };
  };
  caf::actor_config config{shard::current()};
  sys.spawn_functor<caf::no_spawn_options>(std::true_type{}, config, run);
}

} // namespace offhook::actors
