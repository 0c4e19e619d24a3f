#include "actors/stream_lobby.hpp"

#include <caf/disposable.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/stateful_actor.hpp>
#include <spdlog/spdlog.h>

#include "actors/call_token.hpp"
#include "actors/local_send.hpp"
#include "net/shard_loop.hpp"
#include "protocol/twilio.hpp"

namespace twilio = offhook::protocol::twilio;

namespace offhook::actors {

namespace {

struct lobby_state {
  static inline const char* name = "stream-lobby";

  explicit lobby_state(caf::event_based_actor* self) : self(self) {
  }

  ~lobby_state() {
    // The registry would remember each lobby for as long as it lives, and with
    // the address of an actor goes the memory of it.
    if (registry)
      self->demonitor(registry.address());
    patience.dispose(); // It would hold the actor until it is due.
    // Still here: no `start` came in time, or nobody took the socket.
    if (socket)
      socket->close(net::close_code::policy_violation, "no start");
  }

  caf::event_based_actor* self;
  call_registry_actor registry;
  net::web_socket_ptr socket;
  caf::disposable patience;
};

using lobby_actor = caf::stateful_actor<lobby_state>;

/// Why a stream must not open or join the call it names; empty: it may. A
/// token that is wrong counts against a stream that needs none.
std::string_view refusal_of(const environment& env,
                            const protocol::stream_start& start,
                            bool needs_token) {
  auto token = start.custom_parameters.find("token");
  if (token == start.custom_parameters.end())
    return needs_token ? "no_token" : "";
  return call_token::check(env.token_key, start.call_sid, env.wall_clock(),
                           token->second)
           ? ""
           : "bad_token";
}

/// Reads frames until `start`; the others before it are ignored and counted.
net::ws_events events_for(caf::actor lobby, environment_ptr env,
                          net::web_socket* socket) {
  return {
    .on_text =
      [lobby, env, socket](std::string_view text) {
        auto frame = twilio::parse(text);
        if (!frame) {
          env->metrics->bad_frame("twilio", to_string(frame.error().code));
          if (twilio::is_start(text)) {
            // It comes once: this stream will not get better.
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
        send_from_socket(held, stream_arrived{nullptr, std::move(found)});
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
                    std::vector<net::shard_loop*> loops, bool needs_token) {
  auto run = [env, registry, socket, loops = std::move(loops),
              needs_token](lobby_actor* self) -> caf::behavior {
    auto& state = self->state;
    state.registry = registry;
    state.socket = socket;
    // The registry ends last but for the process: nobody waits in here then.
    self->set_down_handler([self](caf::down_msg&) { self->quit(); });
    self->monitor(registry);
    socket->start(events_for(caf::actor{self}, env, socket.get()));
    state.patience = self->run_delayed(env->limits.start_timeout, [self, env] {
      spdlog::warn("stream-lobby closes socket reason=no_start");
      env->metrics->refused_streams->inc();
      self->quit();
    });
    return {
      [self, env, registry, loops, needs_token](stream_arrived& found) {
        auto here
          = static_cast<std::uint32_t>(self->state.socket->loop().index());
        auto sid = found.start.call_sid;
        // Before the registry is asked: a new call is dialled at once, and
        // nobody spends the key who has not shown that Twilio sent them.
        if (auto why = refusal_of(*env, found.start, needs_token);
            !why.empty()) {
          spdlog::warn("stream-lobby refuses stream call_sid={} reason={}", sid,
                       why);
          env->metrics->refused_streams->inc();
          self->quit();
          return;
        }
        self
          ->request(registry, std::chrono::seconds{5},
                    locate_call{sid, here, found.start.custom_parameters})
          .then(
            [self, loops,
             start = std::move(found.start)](call_home& home) mutable {
              auto socket = std::exchange(self->state.socket, nullptr);
              auto& target = *loops[home.shard % loops.size()];
              socket->move_to(target, [supervisor = home.supervisor,
                                       start = std::move(start), &target](
                                        net::web_socket_ptr moved) mutable {
                if (&moved->loop() != &target) {
                  // It ended meanwhile, and its actor must not be on another
                  // thread than its socket.
                  moved->close(net::close_code::internal_error, "");
                  moved = nullptr;
                }
                send_from_socket(supervisor, stream_arrived{std::move(moved),
                                                            std::move(start)});
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
