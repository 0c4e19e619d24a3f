#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <caf/test/dsl.hpp>

#include "actors/call_registry.hpp"
#include "actors/call_supervisor.hpp"
#include "actors/metrics_text.hpp"
#include "actors/stream_lobby.hpp"
#include "tests/fakes/environment.hpp"
#include "tests/fakes/fake_socket.hpp"

namespace offhook::tests {

/// What Twilio tells as it asks how a call goes on.
struct asked_next {
  std::string of = {}; ///< CallSid; empty: the fixture's call
  bool caller_gone = false;
  std::string dial_status = {};
  std::string retry_token = {};
  std::uint32_t attempt = 0;
};

/// A registry with real supervisors, sockets' actors and bridges on virtual
/// time; the peers of all sockets are the test.
struct call_fixture : test_coordinator_fixture<> {
  using ms = std::chrono::milliseconds;

  struct pending_dial final : net::ws_dial {
    void cancel() override {
      cancelled = true;
      done = {};
    }

    net::ws_client_options options;
    std::function<void(net::connect_result)> done;
    bool cancelled = false;
  };

  std::shared_ptr<actors::environment> env = make_environment(sys);
  std::vector<std::shared_ptr<pending_dial>> dials;
  actors::call_registry_actor registry;
  const std::string sid = "CA00112233445566778899aabbccddeeff";
  const std::string stream_sid = "MZ89abcdef0123456789abcdef01234567";

  call_fixture() {
    env->dial = [this](net::ws_client_options options,
                       std::function<void(net::connect_result)> done) {
      auto dial = std::make_shared<pending_dial>();
      dial->options = std::move(options);
      dial->done = std::move(done);
      dials.push_back(dial);
      return dial;
    };
    registry = sys.spawn<actors::call_registry_impl>(env);
    consume_messages();
  }

  ~call_fixture() {
    end_calls();
    self->send_exit(registry, caf::exit_reason::user_shutdown);
    for (auto& x : env->pacers)
      self->send_exit(x, caf::exit_reason::user_shutdown);
    consume_messages();
    env->dial = {};
    dials.clear();
  }

  void end_calls() {
    self->send(registry, actors::shut_down{});
    consume_messages();
    // Sockets whose peer the test kept silent are given up after a while.
    advance_time(std::chrono::seconds{30});
    consume_messages();
  }

  template <class Message>
  auto ask(Message message) {
    auto answer = self->request(registry, caf::infinite, std::move(message));
    consume_messages();
    return answer;
  }

  actors::call_supervisor_actor admit() {
    actors::call_supervisor_actor result;
    ask(actors::admit_call{sid, "+15017122661", "+15558675310"})
      .receive([&](const actors::call_home& x) { result = x.supervisor; },
               [](const caf::error& x) { CAF_FAIL(caf::to_string(x)); });
    return result;
  }

  actors::call_info info() {
    actors::call_info result;
    ask(actors::find_call{sid})
      .receive([&](const actors::call_info& x) { result = x; },
               [](const caf::error& x) { CAF_FAIL(caf::to_string(x)); });
    return result;
  }

  std::string state() {
    return to_string(info().state);
  }

  std::string outcome() {
    return to_string(info().outcome);
  }

  /// Twilio asks how the call goes on.
  actors::next_step ask_next(asked_next what = {}) {
    actors::next_step result;
    ask(actors::ask_next_step{what.of.empty() ? sid : what.of, what.caller_gone,
                              what.dial_status, what.retry_token, what.attempt})
      .receive([&](const actors::next_step& x) { result = x; },
               [](const caf::error& x) { CAF_FAIL(caf::to_string(x)); });
    consume_messages();
    return result;
  }

  bool says_failure() {
    return ask_next().say_failure;
  }

  /// The newest dial succeeds.
  std::shared_ptr<fake_socket> answer_dial() {
    auto socket = std::make_shared<fake_socket>();
    auto done = std::exchange(dials.back()->done, {});
    done(net::web_socket_ptr{socket});
    consume_messages();
    return socket;
  }

  void fail_dial(net::connect_error error) {
    auto done = std::exchange(dials.back()->done, {});
    done(std::move(error));
    consume_messages();
  }

  void say(const std::shared_ptr<fake_socket>& socket, std::string_view text) {
    socket->say(text);
    consume_messages();
  }

  static std::string updated(const std::string& format = "audio/pcmu") {
    return R"({"type":"session.updated","event_id":"e2","session":{"id":)"
           R"("sess_1","audio":{"input":{"format":{"type":")"
           + format + R"("}},"output":{"format":{"type":")" + format
           + R"("}}}}})";
  }

  static std::string created() {
    return R"({"type":"session.created","event_id":"e1",)"
           R"("session":{"id":"sess_1"}})";
  }

  /// The newest dial succeeds and its session is confirmed.
  std::shared_ptr<fake_socket> open_session() {
    auto socket = answer_dial();
    say(socket, created());
    say(socket, updated());
    return socket;
  }

  std::shared_ptr<fake_socket>
  open_stream(const actors::call_supervisor_actor& supervisor,
              std::map<std::string, std::string> parameters = {}) {
    auto socket = std::make_shared<fake_socket>();
    protocol::stream_start start{stream_sid, "AC0", sid, std::move(parameters)};
    self->send(supervisor, actors::stream_arrived{socket, start});
    consume_messages();
    return socket;
  }

  /// A socket as the listener hands it over, and the frames that it begins
  /// with, up to `start` for this call.
  /// @param token none where empty
  /// @param needs_token whether the stream has to show one
  /// @param received called before its lobby runs, whose job is the last
  std::shared_ptr<fake_socket> arrive(
    const std::string& token, bool needs_token,
    const std::function<void()>& received = [] {}) {
    auto socket = std::make_shared<fake_socket>();
    actors::receive_stream(sys, env, registry, socket, {&socket->loop()},
                           needs_token);
    received();
    consume_messages();
    say(socket, R"({"event":"connected","protocol":"Call","version":"1.0.0"})");
    auto parameters = token.empty() ? "" : R"("token":")" + token + '"';
    say(socket, R"({"event":"start","sequenceNumber":"1","start":{)"
                R"("streamSid":")"
                  + stream_sid + R"(","accountSid":"AC0","callSid":")" + sid
                  + R"(","tracks":["inbound"],"mediaFormat":{"encoding":)"
                    R"("audio/x-mulaw","sampleRate":8000,"channels":1},)"
                    R"("customParameters":{)"
                  + parameters + R"(}},"streamSid":")" + stream_sid + "\"}");
    return socket;
  }

  std::string media_frame(int timestamp_ms = 20) const {
    return R"({"event":"media","sequenceNumber":"4","media":{"track":)"
           R"("inbound","chunk":"2","timestamp":")"
           + std::to_string(timestamp_ms)
           + R"(","payload":"AAECAw=="},"streamSid":")" + stream_sid + "\"}";
  }

  /// As `/metrics` shows it.
  std::string metrics_text() {
    return actors::metrics_text(sys.metrics());
  }

  bool counted(std::string_view line) {
    return metrics_text().find(line) != std::string::npos;
  }

  void pass(ms length) {
    advance_time(length);
    consume_messages();
  }
};

/// How many of `texts` contain `part`.
inline std::size_t count(const std::vector<std::string>& texts,
                         std::string_view part) {
  std::size_t result = 0;
  for (const auto& x : texts)
    result += x.find(part) != std::string::npos;
  return result;
}

} // namespace offhook::tests
