#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "actors/call_tools.hpp"
#include "protocol/base64.hpp"
#include "tests/fakes/call.hpp"

namespace offhook::tests {

/// A call that talks: what caller and model say to it as frames, and what a
/// telephone does with the answers.
struct talk_fixture : call_fixture {
  using socket_ptr = std::shared_ptr<fake_socket>;

  /// Functions are run by the test, which answers them.
  void run_functions_by_hand() {
    env->behaviours["tools"] = [](caf::actor_system& from,
                                  actors::behaviour_context context) {
      return from.spawn([context](actors::behaviour_actor::pointer me)
                          -> actors::behaviour_actor::behavior_type {
        me->monitor(context.director);
        me->set_down_handler([me](caf::down_msg&) { me->quit(); });
        return {[](const actors::call_event&) {}};
      });
    };
    env->agent.behaviours = {"tools"};
  }

  void answer(const std::string& call_id, const std::string& output) {
    self->send(supervisor, actors::call_order{actors::orders::answer_tool{
                             call_id, output, true}});
    consume_messages();
  }

  /// The caller is on the line, and the first session is there.
  void begin_talk() {
    supervisor = admit();
    stream = open_stream(supervisor);
    first = open_session();
  }

  void caller_says(const socket_ptr& session, const std::string& item,
                   const std::string& text) {
    say(session, R"({"type":"input_audio_buffer.speech_started","event_id":)"
                 R"("e","audio_start_ms":0,"item_id":")"
                   + item + "\"}");
    say(session, R"({"type":"input_audio_buffer.speech_stopped","event_id":)"
                 R"("e","audio_end_ms":0,"item_id":")"
                   + item + "\"}");
    say(session, R"({"type":"conversation.item.added","event_id":"e",)"
                 R"("previous_item_id":null,"item":{"id":")"
                   + item + R"(","type":"message","role":"user"}})");
    if (!text.empty())
      transcribe(session, item, text);
  }

  void transcribe(const socket_ptr& session, const std::string& item,
                  const std::string& text) {
    say(session, R"({"type":"conversation.item.input_audio_transcription.)"
                 R"(completed","event_id":"e","item_id":")"
                   + item + R"(","content_index":0,"transcript":")" + text
                   + R"("})");
  }

  /// A response with half a second of speech, and what it calls.
  /// @param metadata of a response that we asked for
  void agent_says(const socket_ptr& session, const std::string& id,
                  const std::string& text, const std::string& calls = "",
                  std::size_t audio_ms = 500,
                  const std::string& metadata = "") {
    say(session,
        R"({"type":"response.created","event_id":"e","response":{"id":")" + id
          + '"' + (metadata.empty() ? "" : R"(,"metadata":)" + metadata)
          + "}}");
    say(session, R"({"type":"conversation.item.added","event_id":"e",)"
                 R"("previous_item_id":null,"item":{"id":"item_)"
                   + id + R"(","type":"message","role":"assistant"}})");
    say(session, R"({"type":"response.output_audio.delta","event_id":"e",)"
                 R"("response_id":")"
                   + id + R"(","item_id":"item_)" + id
                   + R"(","output_index":0,"content_index":0,"delta":")"
                   + std::string(audio_ms * 8 / 3 * 4, 'A') + "\"}");
    say(session, R"({"type":"response.output_audio_transcript.done",)"
                 R"("event_id":"e","response_id":")"
                   + id + R"(","item_id":"item_)" + id
                   + R"(","output_index":0,"content_index":0,"transcript":")"
                   + text + R"("})");
    say(session, R"({"type":"response.done","event_id":"e","response":{"id":")"
                   + id + R"(","status":"completed","output":[)" + calls
                   + "]}}");
  }

  /// The first words, as we asked for them.
  void agent_greets(const std::string& text) {
    agent_says(first, "r0", text, "", 500,
               R"({"create":"1","purpose":"greeting"})");
    hear();
  }

  static std::string call(const std::string& name,
                          const std::string& arguments) {
    return R"({"id":"item_f","type":"function_call","call_id":"call_1",)"
           R"("name":")"
           + name + R"(","arguments":")" + arguments + R"("})";
  }

  /// Twilio plays what it has and returns its marks.
  void hear(ms length = ms{800}) {
    for (auto at = ms{0}; at < length; at += ms{20})
      pass(ms{20});
    for (; marked < stream->sent.size(); ++marked) {
      const auto frame = stream->sent[marked];
      auto at = frame.find(R"("name":")");
      if (frame.find(R"("event":"mark")") == frame.npos || at == frame.npos)
        continue;
      at += 8;
      say(stream, R"({"event":"mark","sequenceNumber":"9","streamSid":")"
                    + stream_sid + R"(","mark":{"name":")"
                    + frame.substr(at, frame.find('"', at) - at) + "\"}}");
    }
  }

  /// The new session takes all items that it was sent.
  void acknowledge(const socket_ptr& session) {
    for (; acked < session->sent.size(); ++acked) {
      const auto frame = session->sent[acked];
      if (frame.find("conversation.item.create") == frame.npos)
        continue;
      auto at = frame.find(R"("item":{"id":")") + 14;
      say(session, R"({"type":"conversation.item.added","event_id":"e",)"
                   R"("previous_item_id":null,"item":{"id":")"
                     + frame.substr(at, frame.find('"', at) - at)
                     + R"(","type":"message","role":"user"}})");
    }
  }

  std::vector<std::string> items(const socket_ptr& session) {
    std::vector<std::string> result;
    for (const auto& x : session->sent)
      if (x.find("conversation.item.create") != x.npos)
        result.push_back(x);
    return result;
  }

  actors::call_document document() {
    actors::call_document result;
    ask(actors::get_document{sid})
      .receive([&](const actors::call_document& x) { result = x; },
               [](const caf::error& x) { CAF_FAIL(caf::to_string(x)); });
    return result;
  }

  /// All audio that a session was given, or (`"payload":"`) a stream.
  static protocol::audio_bytes audio_in(const socket_ptr& socket,
                                        std::string_view key = R"("audio":")") {
    protocol::audio_bytes result;
    for (const auto& x : socket->sent) {
      auto at = x.find(key);
      if (at == x.npos)
        continue;
      at += key.size();
      auto bytes = protocol::base64::decode(
        std::string_view{x}.substr(at, x.find('"', at) - at));
      if (!bytes)
        CAF_FAIL("no base64");
      result.insert(result.end(), bytes->begin(), bytes->end());
    }
    return result;
  }

  /// 20 ms of the caller, all of one value.
  std::string caller_frame(int timestamp_ms, std::uint8_t value) const {
    return caller_frame(timestamp_ms,
                        protocol::audio_bytes(160, std::byte{value}));
  }

  std::string caller_frame(int timestamp_ms,
                           const protocol::audio_bytes& audio) const {
    return R"({"event":"media","sequenceNumber":"4","media":{"track":)"
           R"("inbound","chunk":"2","timestamp":")"
           + std::to_string(timestamp_ms) + R"(","payload":")"
           + protocol::base64::encode(audio) + R"("},"streamSid":")"
           + stream_sid + "\"}";
  }

  static void lose(const socket_ptr& socket) {
    socket->end({net::ws_closed::cause::lost, 1006, {}, "reset"});
  }

  actors::call_supervisor_actor supervisor;
  socket_ptr stream;
  socket_ptr first;
  std::size_t marked = 0;
  std::size_t acked = 0;
};

} // namespace offhook::tests
