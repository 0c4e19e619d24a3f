#define CAF_SUITE app.demo_agent_session

#include "tests/app/demo_agent_client.hpp"

#include "caf/test/dsl.hpp"

using namespace offhook::app::standins;
using namespace std::chrono_literals;

namespace {

std::string update(std::string_view members) {
  return R"({"type":"session.update","event_id":"cl_9","session":{)"
         R"("type":"realtime",)"
         + std::string{members} + "}}";
}

struct fixture {
  agent_client client;

  /// Sends an update that has to be refused, with nothing of it applied.
  void refused(std::string_view json, std::string_view code,
               std::string_view param) {
    CAF_MESSAGE(std::string{json});
    auto before = session();
    client.send(json);
    CAF_CHECK_EQUAL(client.get("error", "error.param"), param);
    CAF_CHECK_EQUAL(client.get("error", "error.event_id"), "cl_9");
    CAF_CHECK_EQUAL(client.get("error", "error.type"), "invalid_request_error");
    CAF_CHECK_EQUAL(client.last_error(), code);
    CAF_CHECK_EQUAL(client.count("session.updated"), 0u);
    CAF_CHECK_EQUAL(session(), before);
    CAF_CHECK(!client.closed);
  }

  /// What the session is by its own word.
  std::string session() {
    client.send(update(R"("instructions":"probe")"));
    auto result = client.get("session.updated", "session");
    std::erase_if(client.events,
                  [](auto& x) { return x.type == "session.updated"; });
    return result;
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(demo_agent_session_tests, fixture)

CAF_TEST(a new session says what it is) {
  CAF_REQUIRE_EQUAL(client.events.size(), 1u);
  auto get = [&](auto path) { return client.get("session.created", path); };
  CAF_CHECK_EQUAL(get("session.type"), "realtime");
  CAF_CHECK_EQUAL(get("session.object"), "realtime.session");
  CAF_CHECK_EQUAL(get("session.model"), "gpt-realtime-2.1");
  CAF_CHECK_EQUAL(get("session.audio.input.format"),
                  R"({"type":"audio/pcm","rate":24000})");
  CAF_CHECK_EQUAL(get("session.audio.input.turn_detection.type"), "server_vad");
  CAF_CHECK_EQUAL(get("session.expires_at"), "1795388400");
  CAF_CHECK_EQUAL(get("session.id").substr(0, 5), "sess_");
  CAF_CHECK_EQUAL(get("event_id").substr(0, 6), "event_");
}

CAF_TEST(an update is answered with the full effective session) {
  client.configure();
  auto get = [&](auto path) { return client.get("session.updated", path); };
  CAF_CHECK_EQUAL(get("session.audio.input.format"),
                  R"({"type":"audio/pcmu"})");
  CAF_CHECK_EQUAL(get("session.audio.output.format"),
                  R"({"type":"audio/pcmu"})");
  CAF_CHECK_EQUAL(get("session.audio.input.turn_detection.silence_duration_ms"),
                  "500");
  // Not sent, so they have their defaults.
  CAF_CHECK_EQUAL(get("session.audio.input.turn_detection.create_response"),
                  "true");
  CAF_CHECK_EQUAL(get("session.audio.input.turn_detection.idle_timeout_ms"),
                  "null");
  CAF_CHECK_EQUAL(get("session.instructions"), "You are a helpful assistant.");
  CAF_CHECK_EQUAL(get("session.id"),
                  client.get("session.created", "session.id"));
}

CAF_TEST(only what is present changes) {
  client.send(
    update(R"("instructions":"Be brief.","tools":[{"type":)"
           R"("function","name":"f","parameters":{"type":"object"}}])"));
  client.send(update(R"("max_output_tokens":100)"));
  auto get = [&](auto path) { return client.get("session.updated", path); };
  CAF_CHECK_EQUAL(get("session.instructions"), "Be brief.");
  CAF_CHECK_EQUAL(get("session.tools.0.name"), "f");
  CAF_CHECK_EQUAL(get("session.max_output_tokens"), "100");
  client.send(update(R"("tools":[],"instructions":"")"));
  CAF_CHECK_EQUAL(get("session.tools"), "[]");
  CAF_CHECK_EQUAL(get("session.instructions"), "");
}

CAF_TEST(a strength of noise reduction stays where it is left out) {
  auto noise = [&](std::string_view x) {
    client.send(update(R"("audio":{"input":{"noise_reduction":)"
                       + std::string{x} + "}}"));
    return client.get("session.updated", "session.audio.input.noise_reduction");
  };
  CAF_CHECK_EQUAL(noise(R"({"type":"near_field"})"),
                  R"({"type":"near_field","strength":1})");
  CAF_CHECK_EQUAL(noise(R"({"type":"near_field","strength":0.5})"),
                  R"({"type":"near_field","strength":0.5})");
  CAF_CHECK_EQUAL(noise(R"({"type":"far_field"})"),
                  R"({"type":"far_field","strength":0.5})");
  CAF_CHECK_EQUAL(noise("null"), "null");
}

CAF_TEST(unknown fields anywhere refuse the whole update) {
  auto unknown = [&](std::string_view members, std::string_view param) {
    refused(update(members), "unknown_parameter", param);
  };
  unknown(R"("instructions":"x","nonsense":1)", "session.nonsense");
  unknown(R"("temperature":0.8)", "session.temperature");
  unknown(R"("id":"sess_1")", "session.id");
  unknown(R"("object":"realtime.session")", "session.object");
  unknown(R"("expires_at":1)", "session.expires_at");
  unknown(R"("audio":{"in":{}})", "session.audio.in");
  unknown(R"("audio":{"input":{"format":{"type":"audio/pcmu","rate":8000}}})",
          "session.audio.input.format.rate");
  unknown(R"("audio":{"output":{"voices":"marin"}})",
          "session.audio.output.voices");
  unknown(R"("audio":{"input":{"turn_detection":{"type":"server_vad",)"
          R"("eagerness":"low"}}})",
          "session.audio.input.turn_detection.eagerness");
  unknown(R"("audio":{"input":{"turn_detection":{"type":"semantic_vad",)"
          R"("threshold":0.5}}})",
          "session.audio.input.turn_detection.threshold");
  unknown(R"("tools":[{"type":"function","name":"a"},{"type":"function",)"
          R"("name":"b","strict":true}])",
          "session.tools[1].strict");
  unknown(R"("tools":[{"type":"function","function":{"name":"a"},"name":"a"}])",
          "session.tools[0].function");
  refused(R"({"type":"session.update","event_id":"cl_9","sessions":1,)"
          R"("session":{"type":"realtime"}})",
          "unknown_parameter", "sessions");
}

CAF_TEST(missing fields are named) {
  auto missing = [&](std::string_view json, std::string_view param) {
    refused(json, "missing_required_parameter", param);
  };
  missing(R"({"type":"session.update","event_id":"cl_9"})", "session");
  missing(R"({"type":"session.update","event_id":"cl_9","session":{)"
          R"("instructions":"x"}})",
          "session.type");
  missing(update(R"("audio":{"input":{"format":{}}})"),
          "session.audio.input.format.type");
  missing(update(R"("audio":{"input":{"transcription":{"language":"en"}}})"),
          "session.audio.input.transcription.model");
  missing(update(R"("tools":[{"type":"function"}])"), "session.tools[0].name");
  missing(update(R"("tool_choice":{"type":"function"})"),
          "session.tool_choice.name");
}

CAF_TEST(wrong types and values are named) {
  auto type = [&](std::string_view members, std::string_view param) {
    refused(update(members), "invalid_parameter", param);
  };
  auto value = [&](std::string_view members, std::string_view param) {
    refused(update(members), "invalid_value", param);
  };
  type(R"("instructions":5)", "session.instructions");
  type(R"("instructions":null)", "session.instructions");
  type(R"("audio":[])", "session.audio");
  type(R"("output_modalities":"audio")", "session.output_modalities");
  type(R"("audio":{"input":{"turn_detection":{"type":"server_vad",)"
       R"("create_response":"yes"}}})",
       "session.audio.input.turn_detection.create_response");
  type(R"("max_output_tokens":1.5)", "session.max_output_tokens");
  type(R"("tool_choice":null)", "session.tool_choice");
  value(R"("output_modalities":["audio","text"])", "session.output_modalities");
  value(R"("output_modalities":[])", "session.output_modalities");
  value(R"("audio":{"input":{"format":{"type":"g711_ulaw"}}})",
        "session.audio.input.format.type");
  value(R"("audio":{"input":{"format":{"type":"audio/pcm","rate":16000}}})",
        "session.audio.input.format.rate");
  value(R"("audio":{"output":{"voice":"robot"}})",
        "session.audio.output.voice");
  value(R"("audio":{"output":{"speed":2}})", "session.audio.output.speed");
  value(R"("max_output_tokens":0)", "session.max_output_tokens");
  value(R"("max_output_tokens":4097)", "session.max_output_tokens");
  value(R"("max_output_tokens":"many")", "session.max_output_tokens");
  value(R"("audio":{"input":{"turn_detection":{"type":"none"}}})",
        "session.audio.input.turn_detection.type");
  value(R"("audio":{"input":{"turn_detection":{"type":"server_vad",)"
        R"("idle_timeout_ms":1000}}})",
        "session.audio.input.turn_detection.idle_timeout_ms");
  value(R"("audio":{"input":{"transcription":{"model":"whisper-1",)"
        R"("keywords":["a"]}}})",
        "session.audio.input.transcription.keywords");
  value(R"("truncation":{"type":"retention_ratio","retention_ratio":2})",
        "session.truncation.retention_ratio");
  value(R"("reasoning":{"effort":"none"})", "session.reasoning.effort");
  refused(R"({"type":"session.update","event_id":"cl_9","session":{)"
          R"("type":"transcription"}})",
          "invalid_value", "session.type");
}

CAF_TEST(the model is fixed and reasoning belongs to some) {
  client.send(update(R"("model":"gpt-realtime-2.1","reasoning":)"
                     R"({"effort":"low"},"parallel_tool_calls":true)"));
  CAF_CHECK_EQUAL(client.count("session.updated"), 1u);
  client.events.clear();
  refused(update(R"("model":"gpt-realtime-1.5")"), "invalid_value",
          "session.model");
  agent_client older{{}, {"gpt-realtime-1.5"}};
  older.send(update(R"("reasoning":{"effort":"low"})"));
  CAF_CHECK_EQUAL(older.last_error(), "invalid_parameter");
  older.send(update(R"("parallel_tool_calls":true)"));
  CAF_CHECK_EQUAL(older.last_error(), "invalid_parameter");
}

CAF_TEST(the voice is fixed once it was heard) {
  auto voice = [&](std::string_view x) {
    client.send(
      update(R"("audio":{"output":{"voice":)" + std::string{x} + "}}"));
  };
  voice(R"("cedar")");
  voice(R"({"id":"voice_1"})");
  CAF_CHECK_EQUAL(client.count("session.updated"), 2u);
  client.send(R"({"type":"response.create"})");
  client.wait(1min);
  voice(R"({"id":"voice_1"})");
  CAF_CHECK_EQUAL(client.count("session.updated"), 3u);
  voice(R"("marin")");
  CAF_CHECK_EQUAL(client.get("error", "error.param"),
                  "session.audio.output.voice");
  CAF_CHECK_EQUAL(client.last_error(), "cannot_update_voice");
}

CAF_TEST(beta shapes end the session) {
  for (auto members :
       {R"("modalities":["audio"])", R"("input_audio_format":"g711_ulaw")",
        R"("voice":"alloy")", R"("turn_detection":null)"}) {
    agent_client beta;
    beta.send(R"({"type":"session.update","session":{)" + std::string{members}
              + "}}");
    CAF_CHECK_EQUAL(beta.last_error(), "beta_api_shape_disabled");
    CAF_REQUIRE(beta.closed);
    CAF_CHECK_EQUAL(beta.closed->code, 4000u);
    CAF_CHECK_EQUAL(beta.closed->reason,
                    "invalid_request_error.beta_api_shape_disabled");
  }
  agent_client header{{}, {"gpt-realtime-2.1", true}};
  CAF_CHECK_EQUAL(header.count("session.created"), 0u);
  CAF_CHECK_EQUAL(header.last_error(), "beta_api_shape_disabled");
  CAF_REQUIRE(header.closed);
  CAF_CHECK_EQUAL(header.closed->code, 4000u);
}

CAF_TEST(models of another product are refused) {
  agent_client live{{}, {"gpt-live-1"}};
  CAF_CHECK_EQUAL(live.last_error(), "invalid_model");
  CAF_REQUIRE(live.closed);
  CAF_CHECK_EQUAL(live.closed->code, 4000u);
}

CAF_TEST(a session expires) {
  demo_agent_options options;
  options.timing.session_age = 10min;
  agent_client aging{options};
  CAF_CHECK_EQUAL(aging.get("session.created", "session.expires_at"),
                  std::to_string(options.epoch_s + 600));
  aging.wait(10min - 1ms);
  CAF_CHECK(!aging.closed);
  aging.wait(1ms);
  CAF_CHECK_EQUAL(aging.last_error(), "session_expired");
  CAF_REQUIRE(aging.closed);
  CAF_CHECK_EQUAL(aging.closed->code, 1001u);
  CAF_CHECK_EQUAL(aging.closed->reason,
                  "Your session hit the maximum duration of 60 minutes.");
  CAF_CHECK(!aging.agent.next_time());
}

CAF_TEST_FIXTURE_SCOPE_END()
