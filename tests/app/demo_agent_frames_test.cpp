#define CAF_SUITE app.demo_agent_frames

#include "tests/app/demo_agent_client.hpp"

#include "caf/test/dsl.hpp"

#include <filesystem>
#include <fstream>
#include <set>

using namespace offhook::app::standins;
using namespace std::chrono_literals;

namespace {

/// Everything that came, without what a fault made up, for the check against
/// npm's types: `tests/peers/run check-openai-types FILE`.
struct collection {
  void add(const agent_client& client) {
    for (auto& x : client.events) {
      types.insert(x.type);
      text += R"({"dir":"in","frame":)" + x.text + "}\n";
    }
  }

  std::set<std::string> types;
  std::string text;
};

std::string create(std::string_view members) {
  return R"({"type":"response.create","response":{)" + std::string{members}
         + "}}";
}

/// A call with everything in it.
void long_call(collection& all) {
  auto options = plain_options();
  options.script.replies = {
    line_of("We are open Monday to Friday from eight to six.", 4000),
    {{spoken_line{"One moment, I am looking.", {}},
      called_function{"lookup_order", R"({"order_number":"427"})"}},
     {},
     {}},
    line_of("It has shipped.", 1000),
  };
  agent_client client{options};
  client.send(
    R"({"type":"session.update","event_id":"cl_1","session":{)"
    R"("type":"realtime","output_modalities":["audio"],"instructions":"Hi.",)"
    R"("audio":{"input":{"format":{"type":"audio/pcmu"},"noise_reduction":)"
    R"({"type":"near_field"},"transcription":{"model":"gpt-transcribe",)"
    R"("language":"en"},"turn_detection":{"type":"server_vad","threshold":)"
    R"(0.5,"prefix_padding_ms":300,"silence_duration_ms":500,)"
    R"("idle_timeout_ms":5000}},"output":{"format":{"type":"audio/pcmu"},)"
    R"("voice":"marin","speed":1}},"tools":[{"type":"function","name":)"
    R"("lookup_order","description":"d","parameters":{"type":"object"}},)"
    R"({"type":"mcp","server_label":"crm","server_url":"https://x/mcp",)"
    R"("require_approval":"never"}],"tool_choice":"auto",)"
    R"("max_output_tokens":2048,"truncation":{"type":"retention_ratio",)"
    R"("retention_ratio":0.8,"token_limits":{"post_instructions":16000}},)"
    R"("tracing":"auto"}})");
  client.send(create(R"("metadata":{"purpose":"greeting"})"));
  client.be_quiet(2s);
  client.speak(800ms);
  client.be_quiet(700ms);
  client.be_quiet(60ms);
  client.speak(800ms); // Cuts the answer.
  client.send(R"({"type":"conversation.item.truncate","item_id":")"
              + client.get("response.done", "response.output.0.id")
              + R"(","content_index":0,"audio_end_ms":20})");
  client.be_quiet(2s);
  client.send(R"({"type":"conversation.item.create","item":{"type":)"
              R"("function_call_output","call_id":")"
              + client.get("response.function_call_arguments.done", "call_id")
              + R"(","output":"{}"}})");
  client.send(R"({"type":"response.create"})");
  client.send(R"({"type":"response.create","event_id":"cl_2"})");
  client.be_quiet(10s); // The idle timeout.
  client.send(create(R"("conversation":"none","output_modalities":["text"])"));
  client.send(create(R"("max_output_tokens":5)"));
  client.be_quiet(1s);
  client.send(R"({"type":"conversation.item.create","previous_item_id":"root",)"
              R"("item":{"id":"item_a","type":"message","role":"user",)"
              R"("content":[{"type":"input_text","text":"[keypad: 0]"},)"
              R"({"type":"input_audio","audio":"//8="}]}})");
  client.send(R"({"type":"conversation.item.create","item":{"id":"m1",)"
              R"("type":"mcp_approval_response","approval_request_id":"r",)"
              R"("approve":true}})");
  for (auto verb : {"retrieve", "delete", "delete"})
    client.send(R"({"type":"conversation.item.)" + std::string{verb}
                + R"(","item_id":"item_a"})");
  client.send(R"({"type":"input_audio_buffer.clear"})");
  client.send(R"({"type":"input_audio_buffer.commit"})");
  client.send(R"({"type":"nonsense"})");
  client.wait(1h);
  all.add(client);
}

} // namespace

CAF_TEST(every kind of event is written down for the check of types) {
  collection all;
  long_call(all);
  auto options = plain_options();
  options.faults.fail_response = 1;
  options.faults.failure = {"server_error", "rate_limit_exceeded", "Wait."};
  options.faults.nulls = true;
  agent_client failing{options};
  failing.configure();
  failing.speak(500ms);
  failing.be_quiet(3s);
  failing.speak(500ms);
  failing.be_quiet(3s);
  all.add(failing);
  agent_client beta{{}, {"gpt-realtime-2.1", true}};
  all.add(beta);
  options = plain_options();
  options.counter_mode = true;
  agent_client counting{options};
  counting.configure();
  counting.be_quiet(40ms);
  all.add(counting);
  std::set<std::string> expected{
    "conversation.item.added",
    "conversation.item.deleted",
    "conversation.item.done",
    "conversation.item.input_audio_transcription.completed",
    "conversation.item.input_audio_transcription.delta",
    "conversation.item.input_audio_transcription.failed",
    "conversation.item.retrieved",
    "conversation.item.truncated",
    "error",
    "input_audio_buffer.cleared",
    "input_audio_buffer.committed",
    "input_audio_buffer.speech_started",
    "input_audio_buffer.speech_stopped",
    "input_audio_buffer.timeout_triggered",
    "rate_limits.updated",
    "response.content_part.added",
    "response.content_part.done",
    "response.created",
    "response.done",
    "response.function_call_arguments.delta",
    "response.function_call_arguments.done",
    "response.output_audio.delta",
    "response.output_audio.done",
    "response.output_audio_transcript.delta",
    "response.output_audio_transcript.done",
    "response.output_item.added",
    "response.output_item.done",
    "response.output_text.delta",
    "response.output_text.done",
    "session.created",
    "session.updated",
  };
  std::vector<std::string> missing;
  for (auto& type : expected)
    if (!all.types.contains(type))
      missing.push_back(type);
  CAF_CHECK_EQUAL(missing, std::vector<std::string>{});
  CAF_CHECK_EQUAL(all.types.size(), expected.size());
  auto dir = std::filesystem::path{OFFHOOK_BINARY_DIR} / "frames";
  std::filesystem::create_directories(dir);
  std::ofstream file{dir / "demo-agent.jsonl"};
  file << all.text;
  CAF_CHECK(file.good());
}
