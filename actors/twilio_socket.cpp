#include "actors/twilio_socket.hpp"

#include <utility>

#include <spdlog/spdlog.h>

#include "actors/local_send.hpp"
#include "protocol/twilio.hpp"

namespace twilio = offhook::protocol::twilio;

namespace offhook::actors {

namespace {

// In one media timeout.
constexpr int looks = 4;

/// Turns the frames of one stream into messages. Shared by the callbacks of its
/// socket and released with them; runs on the shard of the socket.
class stream_reader {
public:
  stream_reader(environment_ptr env, std::string call_sid,
                std::string stream_sid, std::uint32_t generation,
                bridge_actor bridge, call_supervisor_actor supervisor,
                std::shared_ptr<bool> media_came)
    : env_(std::move(env)),
      call_sid_(std::move(call_sid)),
      stream_sid_(std::move(stream_sid)),
      generation_(generation),
      bridge_(std::move(bridge)),
      supervisor_(std::move(supervisor)),
      media_came_(std::move(media_came)) {
  }

  void on_text(std::string_view text) {
    auto frame = twilio::parse(text);
    if (!frame) {
      ignore(to_string(frame.error().code), to_string(frame.error()));
      return;
    }
    if (!frame->stream_sid.empty() && frame->stream_sid != stream_sid_) {
      ignore("wrong_stream", "streamSid of another stream");
      return;
    }
    std::visit([this](auto& x) { deliver(x); }, frame->body);
  }

  /// Another bridge has the call from now on.
  void turn_to(bridge_actor bridge) {
    bridge_ = std::move(bridge);
  }

  void on_binary() {
    ignore("binary", "binary message");
  }

private:
  void deliver(protocol::stream_media& x) {
    *media_came_ = true;
    send_from_socket(bridge_, media_chunk{generation_, x.timestamp_ms,
                                          std::move(x.payload)});
  }

  void deliver(protocol::stream_mark& x) {
    send_from_socket(bridge_, mark_ack{generation_, std::move(x.name)});
  }

  void deliver(protocol::stream_dtmf& x) {
    send_from_socket(bridge_,
                     dtmf_pressed{generation_, std::string(1, x.digit)});
  }

  void deliver(protocol::stream_stop&) {
    send_from_socket(supervisor_, stream_stopped{generation_});
  }

  void deliver(protocol::stream_start&) {
    ignore("second_start", "a stream starts once");
  }

  void deliver(protocol::stream_connected&) {
    ignore("second_connected", "a stream connects once");
  }

  void deliver(protocol::stream_unknown& x) {
    env_->metrics->unknown_event("twilio");
    log_once("event=" + x.event);
  }

  void ignore(std::string_view reason, const std::string& detail) {
    env_->metrics->bad_frame("twilio", reason);
    log_once(detail);
  }

  void log_once(const std::string& detail) {
    if (!std::exchange(logged_, true))
      spdlog::warn("twilio-socket ignores frame call_sid={} stream_sid={} "
                   "detail=\"{}\"",
                   call_sid_, stream_sid_, detail);
  }

  environment_ptr env_;
  std::string call_sid_;
  std::string stream_sid_;
  std::uint32_t generation_;
  bridge_actor bridge_;
  call_supervisor_actor supervisor_;
  std::shared_ptr<bool> media_came_;
  bool logged_ = false;
};

} // namespace

twilio_socket_state::twilio_socket_state(
  twilio_socket_base::pointer self, environment_ptr env, std::string call_sid,
  std::string stream_sid, std::uint32_t generation, net::web_socket_ptr socket,
  bridge_actor bridge, call_supervisor_actor supervisor)
  : self(self),
    env(std::move(env)),
    call_sid(std::move(call_sid)),
    stream_sid(std::move(stream_sid)),
    generation(generation),
    socket(std::move(socket)),
    bridge(std::move(bridge)),
    supervisor(std::move(supervisor)) {
}

twilio_socket_state::~twilio_socket_state() {
  // For every kind of exit: a timer that is not taken back holds this actor
  // until it is due.
  media_timer.dispose();
  if (socket)
    socket->close(net::close_code::internal_error, "");
}

twilio_socket_base::behavior_type twilio_socket_state::make_behavior() {
  self->monitor(supervisor);
  self->set_down_handler([this](caf::down_msg&) {
    self->quit(caf::exit_reason::user_shutdown); // No supervisor, no call.
  });
  auto reader = std::make_shared<stream_reader>(env, call_sid, stream_sid,
                                                generation, bridge, supervisor,
                                                media_came);
  twilio_socket_base actor{self};
  socket->start({
    .on_text = [reader](std::string_view text) { reader->on_text(text); },
    .on_binary = [reader](std::size_t) { reader->on_binary(); },
    .on_dropped =
      [actor](std::size_t count) {
        send_from_socket(actor, frames_dropped{count});
      },
    .on_closed =
      [actor](const net::ws_closed& how) {
        send_from_socket(actor, socket_gone{how});
      },
  });
  watch_media();
  return {
    [this](play_audio& x) {
      if (!closing)
        socket->send(twilio::media(stream_sid, x.payload),
                     net::frame_class::media);
    },
    [this](play_mark& x) {
      if (!closing)
        socket->send(twilio::mark(stream_sid, x.name),
                     net::frame_class::control);
    },
    [this](clear_playback) {
      if (!closing)
        socket->send(twilio::clear(stream_sid), net::frame_class::control);
    },
    [reader](const bridge_replaced& x) {
      reader->turn_to(caf::actor_cast<bridge_actor>(x.bridge));
    },
    [this](close_socket& x) {
      closing = true;
      socket->close(x.code, x.reason);
    },
    [this](frames_dropped& x) {
      env->metrics->dropped_frames("twilio", x.count);
    },
    [this](socket_gone& x) { on_gone(x); },
  };
}

void twilio_socket_state::on_gone(const socket_gone& event) {
  socket = nullptr;
  if (closing) {
    self->quit(caf::exit_reason::user_shutdown);
    return;
  }
  // Each end of Twilio's is taken alike: whether the call was meant to end is
  // told by `stop`, not by the close code.
  spdlog::info("twilio-socket ends call_sid={} stream_sid={} cause={} code={}",
               call_sid, stream_sid, to_string(event.how.why), event.how.code);
  auto reason = event.how.why == net::ws_closed::cause::overflow
                  ? socket_errc::queue_overflow
                  : socket_errc::connection_lost;
  self->quit(caf::make_error(reason));
}

void twilio_socket_state::watch_media() {
  media_timer = self->run_delayed(env->limits.media_timeout / looks, [this] {
    looks_in_vain = std::exchange(*media_came, false) ? 0 : looks_in_vain + 1;
    if (closing)
      return; // Its end comes within a bound.
    if (looks_in_vain < looks) {
      watch_media();
      return;
    }
    spdlog::warn("twilio-socket gets no media call_sid={} stream_sid={}",
                 call_sid, stream_sid);
    socket->close(net::close_code::going_away, "no media");
    self->quit(caf::make_error(socket_errc::media_timeout));
  });
}

} // namespace offhook::actors
