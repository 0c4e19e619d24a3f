#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "actors/call_tools.hpp"
#include "protocol/base64.hpp"
#include "tests/fakes/call.hpp"

namespace offhook::tests {

inline const std::string second_sid = "MZ00000000000000000000000000000002";

/// A call whose streams come and go. What Twilio says on each is told by its
/// StreamSid.
struct streams_fixture : call_fixture {
  using socket_ptr = std::shared_ptr<fake_socket>;

  streams_fixture() {
    env->behaviours = actors::built_in_behaviours();
    env->agent.behaviours = {"tools"};
    for (const auto* name : {"end_call", "transfer_call"})
      env->agent.session.tools.push_back(
        *actors::built_in_tool(name, env->agent));
    env->agent.transfer.targets = {{"desk", "+15550100"}};
  }

  ~streams_fixture() {
    // Whatever happened, nothing is left of the call.
    self->send(registry, actors::end_call{actors::call_outcome::ended_by_us},
               sid);
    pass(std::chrono::seconds{10});
    CAF_CHECK_EQUAL(env->metrics->active_calls->value(), 0);
  }

  void begin() {
    supervisor = admit();
    stream = open("first", stream_sid, 1);
    session = open_session();
  }

  socket_ptr open(const std::string& token, const std::string& id,
                  int attempt) {
    auto socket = std::make_shared<fake_socket>();
    protocol::stream_start start{id, "AC0", sid, {}};
    if (!token.empty())
      start.custom_parameters["token"] = token;
    start.custom_parameters["attempt"] = std::to_string(attempt);
    self->send(supervisor, actors::stream_arrived{socket, start});
    consume_messages();
    return socket;
  }

  /// Lets time pass as it does: every timer gets its turn.
  void wait(ms length) {
    for (auto passed = ms{0}; passed < length; passed += ms{50})
      pass(ms{50});
  }

  void reset(const socket_ptr& socket) {
    socket->end({net::ws_closed::cause::lost, 1006, {}, "reset"});
    consume_messages();
  }

  void stop(const socket_ptr& socket, const std::string& id) {
    say(socket, R"({"event":"stop","sequenceNumber":"9","stop":{"accountSid":)"
                R"("AC0","callSid":")"
                  + sid + R"("},"streamSid":")" + id + "\"}");
  }

  void media(const socket_ptr& socket, const std::string& id, int at_ms = 20) {
    say(socket,
        R"({"event":"media","sequenceNumber":"4","media":{"track":"inbound",)"
        R"("chunk":"2","timestamp":")"
          + std::to_string(at_ms) + R"(","payload":"AAECAw=="},"streamSid":")"
          + id + "\"}");
  }

  /// The model begins to say something, and goes on with it.
  void agent_says(const std::string& response, const std::string& item,
                  std::uint64_t ms, const std::string& text) {
    say(session, R"({"type":"response.created","event_id":"e","response":{)"
                 R"("id":")"
                   + response + "\"}}");
    audio(response, item, ms);
    say(session,
        R"({"type":"response.output_audio_transcript.done","event_id":"e",)"
        R"("response_id":")"
          + response + R"(","item_id":")" + item
          + R"(","output_index":0,"content_index":0,"transcript":")" + text
          + "\"}");
  }

  void audio(const std::string& response, const std::string& item,
             std::uint64_t ms) {
    say(session, R"({"type":"response.output_audio.delta","event_id":"e",)"
                 R"("response_id":")"
                   + response + R"(","item_id":")" + item
                   + R"(","output_index":0,"content_index":0,"delta":")"
                   + protocol::base64::encode(
                     std::vector<std::byte>(ms * 8, std::byte{0x40}))
                   + "\"}");
  }

  void response_done(const std::string& response,
                     const std::string& status = "completed",
                     const std::string& output = "") {
    say(session, R"({"type":"response.done","event_id":"e","response":{"id":")"
                   + response + R"(","status":")" + status + R"(","output":[)"
                   + output + "]}}");
  }

  /// Twilio returns the newest mark that was sent by now.
  /// @returns the milliseconds of audio before it
  std::uint64_t return_mark(const socket_ptr& socket, const std::string& id) {
    std::uint64_t before = 0;
    std::uint64_t result = 0;
    std::string name;
    for (const auto& x : socket->sent) {
      if (x.find(R"("event":"media")") != std::string::npos) {
        auto begin = x.find(R"("payload":")") + 11;
        auto audio = protocol::base64::decode(
          x.substr(begin, x.find('"', begin) - begin));
        before += audio ? audio->size() / 8 : 0;
      } else if (auto at = x.find(R"("name":")"); at != std::string::npos) {
        name = x.substr(at + 8, x.find('"', at + 8) - at - 8);
        result = before;
      }
    }
    CAF_REQUIRE(!name.empty());
    say_mark(socket, id, name);
    last_mark = name;
    return result;
  }

  void say_mark(const socket_ptr& socket, const std::string& id,
                const std::string& name) {
    say(socket, R"({"event":"mark","sequenceNumber":"7","streamSid":")" + id
                  + R"(","mark":{"name":")" + name + "\"}}");
  }

  std::size_t told(std::string_view part) {
    return count(session->sent, part);
  }

  std::vector<actors::log_entry> said() {
    std::vector<actors::log_entry> result;
    ask(actors::get_document{sid})
      .receive([&](const actors::call_document& x) { result = x.entries; },
               [](const caf::error& x) { CAF_FAIL(caf::to_string(x)); });
    return result;
  }

  actors::call_supervisor_actor supervisor;
  socket_ptr stream;
  socket_ptr session;
  std::string last_mark;
};

} // namespace offhook::tests
