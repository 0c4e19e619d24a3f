#define CAF_SUITE app.demo_agent_bad_input

#include "tests/app/demo_agent_client.hpp"

#include "caf/test/dsl.hpp"

#include <fstream>
#include <random>

using namespace offhook::app::standins;
using namespace std::chrono_literals;

namespace {

/// Every frame of the corpus that a client sent.
std::vector<std::string> client_frames() {
  std::vector<std::string> result;
  std::ifstream file{OFFHOOK_TEST_DATA_DIR "/openai-session.jsonl"};
  for (std::string line; std::getline(file, line);) {
    rapidjson::Document parsed;
    parsed.Parse(line.data(), line.size());
    if (json::find_text(parsed, "dir") == "out")
      result.push_back(json::to_text(parsed["frame"]));
  }
  return result;
}

/// Replaces each value in `x` in turn by something else and hands the result to
/// `f`.
template <class F>
void for_each_mutation(rapidjson::Document& doc, rapidjson::Value& x, F&& f) {
  auto& pool = doc.GetAllocator();
  auto each = [&](rapidjson::Value& child) {
    rapidjson::Value kept{child, pool};
    for (auto kind = 0; kind < 9; ++kind) {
      switch (kind) {
        case 0:
          child.SetNull();
          break;
        case 1:
          child.SetBool(true);
          break;
        case 2:
          child.SetInt(-1);
          break;
        case 3:
          child.SetDouble(1e300);
          break;
        case 4:
          child.SetString("", 0);
          break;
        case 5:
          child.SetArray();
          break;
        case 6:
          child.SetObject();
          break;
        case 7:
          child.SetUint64(18446744073709551615u);
          break;
        default:
          child.SetArray();
          child.PushBack(rapidjson::Value{}, pool);
      }
      f(json::to_text(doc));
    }
    child = kept;
    for_each_mutation(doc, child, f);
  };
  if (x.IsObject())
    for (auto& member : x.GetObject())
      each(member.value);
  else if (x.IsArray())
    for (auto& element : x.GetArray())
      each(element);
}

struct fixture {
  fixture() : client(plain_options()) {
    client.configure();
  }

  void refused(std::string_view text, std::string_view code) {
    client.send(text);
    auto got = client.last_error();
    if (got != code)
      CAF_ERROR("got " << got << " for " << std::string{text.substr(0, 80)});
  }

  agent_client client;
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(demo_agent_bad_input_tests, fixture)

CAF_TEST(text that is no event is refused and nothing else happens) {
  for (auto text :
       {"", " ", "{", "}", "null", "7", "\"text\"", "[]", "[{}]", "{\"type\"",
        "{\"type\":\"response.create\"", "{\"type\":\"response.create\"}x",
        "{'type':'response.create'}", "\xFF\xFE", "{\"type\":\"\xC3\"}",
        "{\"type\":\"response.create\",}", "\0"})
    refused(text, "invalid_event");
  refused("{}", "invalid_event");
  refused(R"({"type":null})", "invalid_event");
  refused(R"({"type":7})", "invalid_event");
  refused(R"({"event_id":"x"})", "invalid_event");
  refused(R"({"type":""})", "invalid_value");
  refused(R"({"type":"nonsense"})", "invalid_value");
  refused(R"({"type":"output_audio_buffer.clear"})", "invalid_value");
  refused(R"({"type":"response.created"})", "invalid_value");
  refused(R"({"type":"response.create","event_id":7})", "invalid_parameter");
  CAF_CHECK(!client.closed);
  CAF_CHECK_EQUAL(client.count("response.created"), 0u);
  client.send(R"({"type":"response.create"})");
  CAF_CHECK_EQUAL(client.count("response.created"), 1u);
}

CAF_TEST(deep nesting is refused before anything walks down it) {
  for (auto depth : {65, 1000, 200'000}) {
    std::string deep(static_cast<std::size_t>(depth), '[');
    refused(deep, "invalid_event");
    deep += std::string(static_cast<std::size_t>(depth), ']');
    refused(R"({"type":"session.update","session":{"type":"realtime",)"
            R"("tools":)"
              + deep + "}}",
            "invalid_event");
  }
  // Brackets in a text are no nesting.
  client.send(R"({"type":"session.update","session":{"type":"realtime",)"
              R"("instructions":"\")"
              + std::string(100, '[') + "\"}}");
  CAF_CHECK_EQUAL(client.count("error"), 0u);
}

CAF_TEST(audio that is none is refused) {
  auto append = [&](std::string_view audio, std::string_view code) {
    refused(R"({"type":"input_audio_buffer.append","audio":)"
              + std::string{audio} + "}",
            code);
  };
  append("\"***\"", "invalid_value");
  append("\"AA=A\"", "invalid_value");
  append("\"A\"", "invalid_value");
  append("null", "invalid_parameter");
  append("5", "invalid_parameter");
  append("[\"AAAA\"]", "invalid_parameter");
  refused(R"({"type":"input_audio_buffer.append"})",
          "missing_required_parameter");
  append('"' + std::string(15 * 1024 * 1024 + 4, 'A') + '"', "invalid_value");
  CAF_CHECK_EQUAL(client.agent.stats().appends, 0u);
  client.send(R"({"type":"input_audio_buffer.append","audio":""})");
  CAF_CHECK_EQUAL(client.count("error"), 0u);
}

CAF_TEST(every frame of the corpus that is ours is understood) {
  agent_client replay{plain_options()};
  for (auto& frame : client_frames()) {
    replay.send(frame);
    replay.wait(2s);
  }
  // Ids of another session are unknown here, all else is not.
  for (auto& x : replay.events)
    if (x.type == "error") {
      auto code = replay.get_in(*x.json, "error.code");
      auto known = code.find("not_found") != std::string::npos
                   || code == "invalid_value" // of a call id
                   || code == "response_cancel_not_active"
                   || code == "input_audio_buffer_commit_empty";
      if (!known)
        CAF_ERROR(x.text);
    }
  CAF_CHECK_EQUAL(replay.count("session.updated"), 1u);
  CAF_CHECK_GREATER(replay.count("response.done"), 2u);
}

CAF_TEST(no value in any frame brings the agent down) {
  std::size_t sent = 0;
  for (auto& frame : client_frames()) {
    rapidjson::Document doc;
    doc.Parse(frame.data(), frame.size());
    // The audio itself is not the point, and long.
    if (json::find_text(doc, "type") == "input_audio_buffer.append")
      doc["audio"].SetString("AAAA");
    for_each_mutation(doc, doc, [&](const std::string& text) {
      agent_client one{plain_options()};
      one.configure();
      one.send(text);
      one.speak(60ms);
      one.wait(500ms);
      CAF_REQUIRE(one.agent.stats().client_events >= 5);
      ++sent;
    });
  }
  CAF_CHECK_GREATER(sent, 500u);
}

CAF_TEST(no cut or changed byte brings the agent down) {
  std::mt19937 random{7};
  for (auto& frame : client_frames()) {
    auto text = frame.substr(0, 2000);
    for (std::size_t n = 0; n < text.size(); n += 1 + n / 20)
      client.send(text.substr(0, n));
    for (auto i = 0; i < 50; ++i) {
      auto changed = frame.substr(0, 4000);
      changed[random() % changed.size()] = static_cast<char>(random());
      agent_client one{plain_options()};
      one.send(changed);
      one.wait(300ms);
    }
  }
  CAF_CHECK(!client.closed);
}

CAF_TEST(events in any order are survived) {
  auto frames = client_frames();
  std::mt19937 random{11};
  for (auto round = 0; round < 20; ++round) {
    agent_client one{plain_options()};
    for (auto i = 0; i < 60; ++i) {
      one.send(frames[random() % frames.size()]);
      one.wait(std::chrono::milliseconds{random() % 200});
      if (random() % 4 == 0)
        one.speak(100ms);
    }
    CAF_CHECK(!one.was_reset);
  }
}

CAF_TEST_FIXTURE_SCOPE_END()
