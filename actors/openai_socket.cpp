#include "actors/openai_socket.hpp"

#include <utility>

#include <spdlog/spdlog.h>

#include "actors/local_send.hpp"
#include "actors/overloaded.hpp"
#include "actors/realtime_errors.hpp"
#include "protocol/openai_commands.hpp"
#include "protocol/openai_session.hpp"

namespace openai = offhook::protocol::openai;

namespace offhook::actors {

namespace {

// Requests for approval that are told apart.
constexpr std::size_t max_decided = 256;

// The callbacks hold the actor, the actor holds the socket, and the socket
// releases its callbacks when it ends: the actor's state sees to that.
net::ws_events events_for(const openai_socket_base& actor) {
  return {
    .on_text =
      [actor](std::string_view text) {
        auto event = openai::parse(text);
        if (event)
          send_from_socket(actor, realtime_event{std::move(*event)});
        else
          send_from_socket(actor, realtime_garbage{event.error()});
      },
    .on_binary =
      [actor](std::size_t) {
        send_from_socket(actor, realtime_garbage{{protocol::errc::not_json,
                                                  "binary message"}});
      },
    .on_dropped =
      [actor](std::size_t count) {
        send_from_socket(actor, frames_dropped{count});
      },
    .on_closed =
      [actor](const net::ws_closed& how) {
        send_from_socket(actor, socket_gone{how});
      },
  };
}

} // namespace

openai_socket_state::openai_socket_state(openai_socket_base::pointer self,
                                         environment_ptr env, agent_ptr agent,
                                         std::string call_sid,
                                         std::uint32_t generation,
                                         bridge_actor bridge,
                                         call_supervisor_actor supervisor)
  : self(self),
    env(std::move(env)),
    agent(std::move(agent)),
    call_sid(std::move(call_sid)),
    generation(generation),
    bridge(std::move(bridge)),
    supervisor(std::move(supervisor)),
    frames(generation) {
}

openai_socket_state::~openai_socket_state() {
  // The teardown for every kind of exit, `kill` too.
  patience.dispose();
  if (dial)
    dial->cancel();
  if (socket)
    socket->close(net::close_code::going_away, "");
}

openai_socket_base::behavior_type openai_socket_state::make_behavior() {
  self->monitor(supervisor);
  self->set_down_handler([this](caf::down_msg&) {
    self->quit(caf::exit_reason::user_shutdown); // No supervisor, no call.
  });
  openai_socket_base actor{self};
  auto options = env->realtime;
  options.url = openai::url_for(options.url, agent->model.empty()
                                               ? env->model
                                               : agent->model);
  dial = env->dial(std::move(options), [actor](net::connect_result result) {
    send_from_socket(actor, dial_finished{std::move(result)});
  });
  return {
    [this](append_audio& x) {
      if (configured && !closing)
        socket->send(frames.of(x), net::frame_class::media);
    },
    [this](truncate_item& x) {
      if (!env->features.truncates)
        return; // The model goes on believing that all of it was heard.
      order(frames.of(x));
    },
    [this](delete_item& x) { order(frames.of(x)); },
    [this](create_response& x) { order(frames.of(x)); },
    [this](put_text& x) { order(frames.of(x)); },
    [this](put_tool_call& x) { order(frames.of(x)); },
    [this](put_tool_result& x) { order(frames.of(x)); },
    [this](cancel_response& x) { order(frames.of(x)); },
    [this](const bridge_replaced& x) {
      bridge = caf::actor_cast<bridge_actor>(x.bridge);
    },
    [this](close_socket& x) {
      closing = true;
      if (socket)
        socket->close(x.code, x.reason);
      else
        self->quit(caf::exit_reason::user_shutdown);
    },
    [this](dial_finished& x) { on_dialled(x); },
    [this](realtime_event& x) { on_event(x); },
    [this](realtime_garbage& x) {
      env->metrics->bad_frame("openai", to_string(x.error.code));
      if (!std::exchange(garbage_logged, true))
        spdlog::warn("openai-socket ignores frame call_sid={} error=\"{}\"",
                     call_sid, to_string(x.error));
    },
    [this](frames_dropped& x) {
      env->metrics->dropped_frames("openai", x.count);
    },
    [this](socket_gone& x) { on_gone(x); },
  };
}

void openai_socket_state::order(std::string text) {
  if (socket && !closing)
    socket->send(std::move(text), net::frame_class::control);
}

void openai_socket_state::fail(socket_errc reason, const std::string& detail) {
  spdlog::warn("openai-socket fails call_sid={} generation={} reason={} "
               "detail=\"{}\"",
               call_sid, generation, to_string(reason), detail);
  if (socket && is_fatal(reason))
    socket->close(net::close_code::normal, "");
  else if (socket)
    socket->abort();
  self->quit(caf::make_error(reason, detail));
}

void openai_socket_state::on_dialled(dial_finished& event) {
  dial = nullptr;
  if (auto* error = std::get_if<net::connect_error>(&event.result)) {
    fail(classify_dial(*error), describe_dial(*error));
    return;
  }
  patience = self->run_delayed(env->limits.session_timeout, [this] {
    if (!configured && !closing)
      fail(socket_errc::session_timeout, "no session.updated");
  });
  socket = std::move(std::get<net::web_socket_ptr>(event.result));
  socket->start(events_for(openai_socket_base{self}));
}

void openai_socket_state::on_gone(const socket_gone& event) {
  socket = nullptr;
  if (closing) {
    self->quit(caf::exit_reason::user_shutdown);
    return;
  }
  fail(classify_close(event.how), std::string{to_string(event.how.why)}
                                    + " code=" + std::to_string(event.how.code)
                                    + ' ' + event.how.reason + event.how.error);
}

void openai_socket_state::configure() {
  asked = agent->session;
  asked.turn_detection.interrupt_response = agent->server_interrupts();
  const auto& model = agent->model.empty() ? env->model : agent->model;
  if (!env->features.idle_timeouts)
    asked.turn_detection.idle_timeout_ms.reset();
  if (!openai::has_reasoning(model)) {
    // One field that a model does not know, and it takes nothing of the update.
    asked.reasoning_effort.clear();
    asked.parallel_tool_calls.reset();
  }
  update_id = frames.next_event_id();
  order(openai::session_update(update_id, asked));
}

void openai_socket_state::check_session(const openai::session_updated& event) {
  for (const auto& x : openai::differences(asked, event.session)) {
    spdlog::error("openai-socket got another session than it asked for "
                  "call_sid={} field={}",
                  call_sid, x);
    env->metrics->session_differences->inc();
  }
  // The others may be heard; another format is noise.
  if (!openai::is_telephony(event.session)) {
    fail(socket_errc::session_mismatch,
         "input=" + event.session.input_format
           + " output=" + event.session.output_format);
    return;
  }
  configured = true;
  patience.dispose(); // It would hold this actor until it is due.
  self->send(supervisor, session_configured{generation, event.session.id,
                                            event.session.expires_at});
  self->send(bridge,
             session_ready{generation, openai_socket_actor{self}, agent});
}

void openai_socket_state::on_error(const openai::error_event& event) {
  auto meaning = classify_error(event);
  // Nothing of a rejected update is applied: without it there is no telephony.
  // That it was malformed is for good; anything else may go by.
  if (!configured && event.event_id == update_id && !update_id.empty()
      && !is_fatal(meaning))
    meaning = event.type == "invalid_request_error"
                ? socket_errc::session_rejected
                : socket_errc::session_failed;
  auto ends = meaning != socket_errc::connection_lost;
  env->metrics->realtime_error(ends);
  if (ends) {
    fail(meaning, event.code + ' ' + event.param);
    return;
  }
  if (auto create_id = realtime_frames::create_of(event.event_id);
      create_id != 0 && configured)
    self->send(bridge, response_refused{generation, create_id, event.code});
  if (auto item_id = realtime_frames::item_of(event.event_id);
      !item_id.empty() && configured)
    self->send(bridge, item_refused{generation, std::string{item_id}});
  spdlog::info("openai-socket goes on after error call_sid={} type={} "
               "code={} param={}",
               call_sid, event.type, event.code, event.param);
}

void openai_socket_state::decide(const openai::item_added& request) {
  // Told of when it is added and when it is done; its name may come with the
  // latter only.
  if (request.name.empty() || decided.contains(request.item_id))
    return;
  if (decided.size() >= max_decided)
    decided.clear(); // A second answer is no more than an error event.
  decided.insert(request.item_id);
  auto yes = openai::approves(asked, request.server_label, request.name);
  env->metrics->mcp_decided(yes);
  auto id = frames.next_event_id();
  order(
    openai::create_approval_item(id, "offhook_" + id, request.item_id, yes));
}

void openai_socket_state::on_event(realtime_event& event) {
  if (closing)
    return;
  auto tell = [this](auto message) {
    if (configured)
      self->send(bridge, std::move(message));
  };
  std::visit(
    overloaded{
      [this](openai::session_created&) {
        if (!std::exchange(created, true))
          configure();
      },
      [this](openai::session_updated& x) {
        if (!configured)
          check_session(x);
      },
      [&](openai::speech_started& x) {
        tell(
          speech_started{generation, x.audio_start_ms, std::move(x.item_id)});
      },
      [&](openai::speech_stopped& x) {
        tell(speech_stopped{generation, x.audio_end_ms, std::move(x.item_id)});
      },
      [&](openai::response_created& x) {
        tell(
          response_started{generation, std::move(x.response_id), x.create_id});
      },
      [&](openai::item_added& x) {
        if (x.type == "mcp_approval_request")
          decide(x);
        tell(item_created{generation, std::move(x.item_id),
                          std::move(x.previous_item_id), std::move(x.type),
                          std::move(x.role)});
      },
      [&](openai::input_transcript& x) {
        tell(caller_transcript{generation, std::move(x.item_id),
                               std::move(x.transcript), x.usage});
      },
      [&](openai::transcript_delta& x) {
        tell(agent_transcript{generation, std::move(x.response_id),
                              std::move(x.item_id), std::move(x.text), x.done});
      },
      [&](openai::input_committed& x) {
        tell(turn_committed{generation, std::move(x.item_id)});
      },
      [&](openai::audio_delta& x) {
        tell(audio_delta{generation, std::move(x.response_id),
                         std::move(x.item_id), x.content_index,
                         std::move(x.payload)});
      },
      [&](openai::audio_done& x) {
        tell(audio_done{generation, std::move(x.response_id),
                        std::move(x.item_id)});
      },
      [&](openai::response_done& x) {
        // The only report that is sure to come of a response that failed.
        auto meaning = x.status == "failed" ? classify_code(x.reason)
                                            : socket_errc::connection_lost;
        auto reason = x.reason;
        tell(response_finished{generation, std::move(x.response_id),
                               std::move(x.status), std::move(x.reason),
                               std::move(x.calls), x.usage, x.usage_known,
                               x.ends_with_mcp});
        if (meaning != socket_errc::connection_lost)
          fail(meaning, "response failed: " + reason);
      },
      [this](openai::error_event& x) { on_error(x); },
      [this](openai::unhandled& x) {
        if (!x.known)
          env->metrics->unknown_event("openai");
      },
      [](auto&) {}, // Acknowledgements of what we did ourselves.
    },
    event.body);
}

} // namespace offhook::actors
