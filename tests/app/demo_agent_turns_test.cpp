#define CAF_SUITE app.demo_agent_turns

#include "tests/app/demo_agent_client.hpp"

#include "caf/test/dsl.hpp"

#include <algorithm>

using namespace offhook::app::standins;
using namespace std::chrono_literals;

namespace {

struct fixture {
  fixture() : client(plain_options()) {
    client.configure();
    client.events.clear();
  }

  agent_client client;
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(demo_agent_turns_tests, fixture)

CAF_TEST(a turn is found on the audio clock) {
  client.be_quiet(1000ms);
  client.speak(1500ms);
  client.be_quiet(480ms);
  auto get = [&](auto type, auto path) { return client.get(type, path); };
  // It began at 1000 ms, less the padding.
  CAF_CHECK_EQUAL(get("input_audio_buffer.speech_started", "audio_start_ms"),
                  "700");
  CAF_CHECK_EQUAL(client.count("input_audio_buffer.speech_stopped"), 0u);
  client.be_quiet(20ms);
  CAF_CHECK_EQUAL(get("input_audio_buffer.speech_stopped", "audio_end_ms"),
                  "3000");
  auto id = get("input_audio_buffer.speech_started", "item_id");
  CAF_CHECK_EQUAL(get("input_audio_buffer.speech_stopped", "item_id"), id);
  CAF_CHECK_EQUAL(get("input_audio_buffer.committed", "item_id"), id);
  CAF_CHECK_EQUAL(get("input_audio_buffer.committed", "previous_item_id"),
                  "null");
  CAF_CHECK_EQUAL(get("conversation.item.done", "item.id"), id);
  CAF_CHECK_EQUAL(get("conversation.item.done", "item.role"), "user");
  CAF_CHECK_EQUAL(get("conversation.item.done", "item.content"),
                  R"([{"type":"input_audio","transcript":null}])");
}

CAF_TEST(the events of a turn have their order) {
  client.speak(1000ms);
  client.be_quiet(520ms);
  std::vector<std::string> expected{"input_audio_buffer.speech_started",
                                    "input_audio_buffer.speech_stopped",
                                    "input_audio_buffer.committed",
                                    "conversation.item.added",
                                    "conversation.item.done",
                                    "response.created"};
  CAF_CHECK_EQUAL(client.types(), expected);
}

CAF_TEST(the transcription comes beside the response) {
  client.speak(1000ms);
  client.be_quiet(500ms);
  client.wait(1s);
  auto completed = "conversation.item.input_audio_transcription.completed";
  CAF_CHECK_EQUAL(client.get(completed, "transcript"),
                  "(caller speech, 1.5 s)");
  CAF_CHECK_EQUAL(client.get(completed, "usage"),
                  R"({"type":"duration","seconds":2})");
  CAF_CHECK_EQUAL(client.get(completed, "content_index"), "0");
  CAF_CHECK_EQUAL(
    client.count("conversation.item.input_audio_transcription.delta"), 2u);
  // 300 ms after the commit, while the answer is being spoken.
  CAF_CHECK_EQUAL(client.time_of(completed)
                    - client.time_of("input_audio_buffer.committed"),
                  300ms);
}

CAF_TEST(a script knows what the caller says) {
  auto options = plain_options();
  options.script.caller_texts = {"What are your opening hours?"};
  turn_info seen;
  options.script.answer = [&seen](const turn_info& turn) {
    seen = turn;
    return line_of("Nine to five.", 100);
  };
  agent_client scripted{options};
  scripted.configure();
  scripted.speak(500ms);
  scripted.be_quiet(1500ms);
  CAF_CHECK_EQUAL(seen.caller_text, "What are your opening hours?");
  CAF_CHECK_EQUAL(seen.caller_turns, 1u);
  CAF_CHECK_EQUAL(seen.response_number, 1u);
  CAF_CHECK(!seen.greeting);
  CAF_CHECK_EQUAL(
    scripted.get("conversation.item.input_audio_transcription.completed",
                 "transcript"),
    "What are your opening hours?");
}

CAF_TEST(time without audio ends no turn) {
  client.speak(600ms);
  client.wait(10min);
  CAF_CHECK_EQUAL(client.count("input_audio_buffer.speech_stopped"), 0u);
  client.be_quiet(500ms);
  CAF_CHECK_EQUAL(
    client.get("input_audio_buffer.speech_stopped", "audio_end_ms"), "1100");
}

CAF_TEST(a click is no speech) {
  client.speak(20ms);
  client.be_quiet(1s);
  CAF_CHECK(client.events.empty());
}

CAF_TEST(the threshold is honoured) {
  client.configure(R"(,"create_response":false)");
  client.send(R"({"type":"session.update","session":{"type":"realtime",)"
              R"("audio":{"input":{"turn_detection":{"type":"server_vad",)"
              R"("threshold":1}}}}})");
  // About 850 rms: speech at 0.5 (600), none at 1 (1200).
  std::vector<std::byte> frame(160, offhook::protocol::g711::encode(850));
  for (auto i = 0; i < 50; ++i)
    client.append(frame);
  CAF_CHECK_EQUAL(client.count("input_audio_buffer.speech_started"), 0u);
  client.configure();
  for (auto i = 0; i < 50; ++i)
    client.append(frame);
  CAF_CHECK_EQUAL(client.count("input_audio_buffer.speech_started"), 1u);
}

CAF_TEST(a shorter silence ends turns sooner) {
  client.send(R"({"type":"session.update","session":{"type":"realtime",)"
              R"("audio":{"input":{"turn_detection":{"type":"server_vad",)"
              R"("silence_duration_ms":100,"prefix_padding_ms":0}}}}})");
  client.be_quiet(200ms);
  client.speak(400ms);
  client.be_quiet(100ms);
  CAF_CHECK_EQUAL(
    client.get("input_audio_buffer.speech_started", "audio_start_ms"), "200");
  CAF_CHECK_EQUAL(
    client.get("input_audio_buffer.speech_stopped", "audio_end_ms"), "700");
}

CAF_TEST(two turns in one append do not overlap) {
  client.configure(R"(,"create_response":false)");
  client.events.clear();
  std::vector<std::byte> all;
  auto add = [&](std::size_t ms, std::int16_t level) {
    all.insert(all.end(), ms * 8, offhook::protocol::g711::encode(level));
  };
  add(1000, 5000);
  add(600, 0);
  add(1000, 5000);
  add(600, 0);
  client.append(all);
  std::vector<std::string> starts;
  std::vector<std::string> ends;
  for (auto& x : client.events) {
    if (x.type == "input_audio_buffer.speech_started")
      starts.push_back(client.get_in(*x.json, "audio_start_ms"));
    if (x.type == "input_audio_buffer.speech_stopped")
      ends.push_back(client.get_in(*x.json, "audio_end_ms"));
  }
  CAF_CHECK_EQUAL(starts, std::vector<std::string>({"0", "1500"}));
  CAF_CHECK_EQUAL(ends, std::vector<std::string>({"1500", "3100"}));
}

CAF_TEST(speech cuts the active response) {
  client.speak(500ms);
  client.be_quiet(800ms); // 4 s of reply take 200 ms at 20 times real time
  CAF_CHECK_EQUAL(client.get("response.done", "response.status"), "");
  client.events.clear();
  client.speak(60ms);
  auto types = client.types();
  auto at = [&](std::string_view type) {
    return std::find(types.begin(), types.end(), type) - types.begin();
  };
  CAF_CHECK_LESS(at("input_audio_buffer.speech_started"),
                 at("response.output_audio.done"));
  CAF_CHECK_LESS(at("response.output_audio.done"),
                 at("response.output_audio_transcript.done"));
  CAF_CHECK_LESS(at("response.content_part.done"),
                 at("conversation.item.done"));
  CAF_CHECK_LESS(at("response.output_item.done"), at("response.done"));
  CAF_CHECK_LESS(static_cast<std::size_t>(at("response.done")), types.size());
  CAF_CHECK_EQUAL(client.get("response.done", "response.status"), "cancelled");
  CAF_CHECK_EQUAL(client.get("response.done", "response.status_details"),
                  R"({"type":"cancelled","reason":"turn_detected"})");
  CAF_CHECK_EQUAL(client.get("conversation.item.done", "item.status"),
                  "incomplete");
}

CAF_TEST(without interrupt_response the response goes on) {
  client.configure(R"(,"interrupt_response":false)");
  client.send(R"({"type":"response.create"})");
  client.wait(210ms);
  client.speak(100ms);
  client.wait(10s);
  CAF_CHECK_EQUAL(client.count("input_audio_buffer.speech_started"), 1u);
  CAF_CHECK_EQUAL(client.get("response.done", "response.status"), "completed");
}

CAF_TEST(without create_response nobody answers) {
  client.configure(R"(,"create_response":false)");
  client.speak(500ms);
  client.be_quiet(1s);
  CAF_CHECK_EQUAL(client.count("input_audio_buffer.committed"), 1u);
  CAF_CHECK_EQUAL(client.count("response.created"), 0u);
}

CAF_TEST(without turn detection the client commits) {
  client.send(R"({"type":"session.update","session":{"type":"realtime",)"
              R"("audio":{"input":{"turn_detection":null}}}})");
  client.events.clear();
  client.speak(2s);
  client.be_quiet(2s);
  CAF_CHECK(client.events.empty());
  client.send(R"({"type":"input_audio_buffer.commit","event_id":"c1"})");
  std::vector<std::string> expected{"input_audio_buffer.committed",
                                    "conversation.item.added",
                                    "conversation.item.done"};
  CAF_CHECK_EQUAL(client.types(), expected);
  client.be_quiet(80ms);
  client.send(R"({"type":"input_audio_buffer.commit","event_id":"c2"})");
  CAF_CHECK_EQUAL(client.get("error", "error.event_id"), "c2");
  CAF_CHECK_EQUAL(client.last_error(), "input_audio_buffer_commit_empty");
  client.be_quiet(20ms);
  client.send(R"({"type":"input_audio_buffer.commit","event_id":"c3"})");
  CAF_CHECK_EQUAL(client.count("input_audio_buffer.committed"), 2u);
}

CAF_TEST(clear empties the buffer and forgets a turn) {
  client.speak(500ms);
  client.send(R"({"type":"input_audio_buffer.clear"})");
  CAF_CHECK_EQUAL(client.types().back(), "input_audio_buffer.cleared");
  client.be_quiet(1s);
  CAF_CHECK_EQUAL(client.count("input_audio_buffer.speech_stopped"), 0u);
  client.send(R"({"type":"input_audio_buffer.clear"})");
  client.send(R"({"type":"input_audio_buffer.commit"})");
  CAF_CHECK_EQUAL(client.last_error(), "input_audio_buffer_commit_empty");
}

CAF_TEST(a committed turn keeps its item id) {
  client.speak(500ms);
  auto id = client.get("input_audio_buffer.speech_started", "item_id");
  client.send(R"({"type":"input_audio_buffer.commit"})");
  CAF_CHECK_EQUAL(client.get("input_audio_buffer.committed", "item_id"), id);
}

CAF_TEST(the session hears linear audio too) {
  agent_client wide{plain_options()};
  std::vector<std::byte> second;
  for (auto i = 0; i < 24000; ++i) {
    auto sample = static_cast<unsigned>(i % 80 < 40 ? 6000 : -6000);
    second.push_back(static_cast<std::byte>(sample & 0xFF));
    second.push_back(static_cast<std::byte>((sample >> 8) & 0xFF));
  }
  // Samples cut in two by the client are put together again.
  auto all = std::span<const std::byte>{second};
  wide.append(all.first(4801));
  wide.append(all.subspan(4801, 1000));
  wide.append(all.subspan(5801));
  wide.append(std::vector<std::byte>(48 * 300));
  CAF_CHECK_EQUAL(
    wide.get("input_audio_buffer.speech_started", "audio_start_ms"), "0");
  CAF_CHECK_EQUAL(wide.get("input_audio_buffer.speech_stopped", "audio_end_ms"),
                  "1200");
}

CAF_TEST(silence after an answer is a turn of its own) {
  client.configure(R"(,"idle_timeout_ms":6000)");
  client.send(R"({"type":"response.create"})"); // The greeting: 1 s.
  client.events.clear();
  client.be_quiet(7s);
  CAF_CHECK_EQUAL(client.count("input_audio_buffer.timeout_triggered"), 0u);
  client.be_quiet(500ms);
  CAF_CHECK_EQUAL(client.count("input_audio_buffer.timeout_triggered"), 1u);
  auto id = client.get("input_audio_buffer.timeout_triggered", "item_id");
  CAF_CHECK_EQUAL(client.get("input_audio_buffer.committed", "item_id"), id);
  CAF_CHECK_EQUAL(client.count("response.created"), 1u);
  client.be_quiet(1s);
  CAF_CHECK_EQUAL(
    client.get("conversation.item.input_audio_transcription.failed", "item_id"),
    id);
  CAF_CHECK_EQUAL(client.get("response.done",
                             "response.output.0.content.0.transcript"),
                  "Are you still there?");
}

CAF_TEST(idle time needs audio and ends with speech) {
  client.configure(R"(,"idle_timeout_ms":5000)");
  client.send(R"({"type":"response.create"})");
  client.wait(59min);
  CAF_CHECK_EQUAL(client.count("input_audio_buffer.timeout_triggered"), 0u);
  client.be_quiet(20ms);
  CAF_CHECK_EQUAL(client.count("input_audio_buffer.timeout_triggered"), 1u);
  agent_client talking{plain_options()};
  talking.configure(R"(,"idle_timeout_ms":5000,"create_response":false)");
  talking.send(R"({"type":"response.create"})");
  talking.be_quiet(4s);
  talking.speak(5s);
  talking.be_quiet(10s);
  CAF_CHECK_EQUAL(talking.count("input_audio_buffer.timeout_triggered"), 0u);
}

CAF_TEST_FIXTURE_SCOPE_END()
