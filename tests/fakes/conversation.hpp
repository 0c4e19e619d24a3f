#pragma once

#include <memory>
#include <string>

#include <caf/test/dsl.hpp>

#include "actors/bridge.hpp"
#include "tests/fakes/environment.hpp"
#include "tests/fakes/fake_openai.hpp"
#include "tests/fakes/fake_sink.hpp"
#include "tests/fakes/fake_twilio.hpp"

namespace offhook::tests {

/// A bridge between a Twilio with a play-out clock and a model that takes
/// notes, on virtual time.
struct conversation : test_coordinator_fixture<> {
  using ms = std::chrono::milliseconds;

  std::shared_ptr<actors::environment> env = make_environment(sys);
  std::shared_ptr<twilio_record> twilio = std::make_shared<twilio_record>();
  std::shared_ptr<openai_record> openai = std::make_shared<openai_record>();
  actors::call_record_ptr record = std::make_shared<actors::call_record>();
  std::shared_ptr<event_record> events = std::make_shared<event_record>();
  actors::event_sink_actor sink = sys.spawn(fake_sink, events);
  actors::bridge_actor bridge;
  actors::twilio_socket_actor stream;
  actors::openai_socket_actor session;
  const std::string frames_name;

  /// @param name of the file that the frames for the model go to; null: none
  explicit conversation(const char* name = nullptr)
    : frames_name(name ? name : "") {
    // nop
  }

  ~conversation() {
    openai->frames.append_to(frames_name);
    // A pacer that still ticks would never let the fixture come to rest.
    self->send_exit(sink, caf::exit_reason::user_shutdown);
    self->send_exit(bridge, caf::exit_reason::user_shutdown);
    self->send_exit(stream, caf::exit_reason::user_shutdown);
    self->send_exit(session, caf::exit_reason::user_shutdown);
    for (auto& x : env->pacers)
      self->send_exit(x, caf::exit_reason::user_shutdown);
    consume_messages();
  }

  void start_bridge() {
    bridge = sys.spawn<actors::bridge_impl>(
      env, actors::environment::find_agent(env, ""), env->pacers.front(),
      caf::actor_cast<caf::actor_addr>(self), record, sink);
    consume_messages();
  }

  void attach_stream(std::uint32_t generation = 1) {
    stream = sys.spawn<fake_twilio>(twilio, bridge, generation);
    tell(actors::stream_attached{generation, stream});
  }

  void attach_session(std::uint32_t generation = 1) {
    session = sys.spawn(fake_openai, openai);
    tell(actors::session_ready{generation, session});
  }

  void connect() {
    start_bridge();
    attach_stream();
    attach_session();
  }

  template <class T>
  void tell(T message) {
    self->send(bridge, std::move(message));
    consume_messages();
  }

  /// `ms` of agent audio whose bytes all have the value `code`.
  void deliver(const std::string& response, const std::string& item,
               std::uint64_t length_ms, std::uint8_t code,
               std::uint32_t generation = 1) {
    tell(actors::audio_delta{generation, response, item, 0,
                             protocol::audio_bytes(length_ms * 8,
                                                   std::byte{code})});
  }

  /// Lets virtual time pass in steps that are finer than every timer.
  void pass(ms length) {
    for (auto passed = ms{0}; passed < length; passed += ms{5}) {
      advance_time(ms{5});
      consume_messages();
    }
  }

  /// As a process that was stopped: no timer fires meanwhile.
  void stall(ms length) {
    advance_time(length);
    consume_messages();
  }

  void barge_in(std::uint32_t generation = 1) {
    tell(actors::speech_started{generation, 0, "item_user"});
  }

  actors::bridge_report report() {
    actors::bridge_report result;
    auto answer = self->request(bridge, caf::infinite, actors::get_report{});
    consume_messages(); // Nobody else runs the bridge while we wait.
    answer.receive([&](const actors::bridge_report& x) { result = x; },
                   [](const caf::error& x) { CAF_FAIL(caf::to_string(x)); });
    return result;
  }
};

} // namespace offhook::tests
