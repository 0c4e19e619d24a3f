#pragma once

#include <map>
#include <memory>
#include <vector>

#include "app/standins/demo_agent.hpp"
#include "app/standins/demo_caller.hpp"
#include "tests/app/machine_socket.hpp"
#include "tests/fakes/call.hpp"
#include "tests/fakes/frame_notes.hpp"

namespace offhook::tests {

/// A whole call on virtual time: the real actors between the two stand-ins'
/// state machines. No thread, no socket, no sleep.
struct virtual_call : call_fixture {
  using time_point = app::standins::time_point;

  app::standins::demo_agent_options agent_options;
  std::vector<std::unique_ptr<app::standins::demo_agent>> agents;
  std::vector<std::shared_ptr<machine_socket>> sessions;
  std::shared_ptr<app::standins::phone_call> phone;
  std::unique_ptr<app::standins::demo_caller> caller;
  std::shared_ptr<machine_socket> stream;
  const std::string frames_name;

  /// @param name of the file that the Realtime frames go to; null: none
  explicit virtual_call(const char* name = nullptr)
    : frames_name(name ? name : "") {
    env->agent.greeting = "Greet the caller.";
    env->dial = [this](net::ws_client_options,
                       std::function<void(net::connect_result)> done) {
      agents.push_back(
        std::make_unique<app::standins::demo_agent>(agent_options));
      sessions.push_back(std::make_shared<machine_socket>(*agents.back()));
      done(net::web_socket_ptr{sessions.back()});
      return std::shared_ptr<net::ws_dial>{};
    };
  }

  ~virtual_call() {
    end();
    frame_notes notes;
    for (const auto& session : sessions)
      for (const auto& x : session->record)
        notes.add(x.from_us, x.text);
    notes.append_to(frames_name);
  }

  time_point now() const {
    return sched.clock().now();
  }

  /// The webhook was answered, and the stream is there.
  void begin(app::standins::script steps) {
    auto supervisor = admit();
    app::standins::phone_call::options options;
    options.steps = std::move(steps);
    phone = std::make_shared<app::standins::phone_call>(std::move(options),
                                                        now());
    caller = std::make_unique<app::standins::demo_caller>(
      app::standins::stream_setup{stream_sid, sid, "AC0", {}}, phone);
    stream = std::make_shared<machine_socket>(*caller);
    // What the lobby does on real sockets: `connected` and `start` are read.
    int frames = 0;
    protocol::stream_start start{stream_sid, "AC0", sid, {}};
    stream->start({.on_text =
                     [&](std::string_view) {
                       if (++frames == 2)
                         stream->pause();
                     },
                   .on_binary = {},
                   .on_dropped = {},
                   .on_closed = {}});
    stream->poll(now());
    self->send(supervisor, actors::stream_arrived{stream, start});
    settle();
  }

  /// Runs until nothing is left to do at this point in time.
  void settle() {
    for (auto busy = true; busy;) {
      consume_messages();
      busy = stream && stream->poll(now());
      for (std::size_t i = 0; i < sessions.size(); ++i)
        busy = sessions[i]->poll(now()) || busy;
    }
  }

  /// Lets time pass until the caller is through, at most so long.
  void run(std::chrono::seconds limit) {
    auto until = now() + limit;
    while (now() < until && !stream->ended())
      step();
  }

  void step() {
    advance_time(ms{5});
    settle();
  }

  void end() {
    if (!phone)
      return;
    phone->finish(now());
    self->send(registry, actors::shut_down{});
    settle();
  }

  bool stream_ended() const {
    return stream->ended();
  }
};

} // namespace offhook::tests
