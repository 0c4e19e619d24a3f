#define CAF_SUITE protocol.openai_commands

#include "protocol/openai_commands.hpp"
#include "protocol/openai_session.hpp"

#include "caf/test/dsl.hpp"

#include <fstream>
#include <limits>
#include <string>
#include <vector>

using namespace offhook::protocol::openai;

CAF_TEST(a telephone session with every parameter written out) {
  session_config config;
  config.instructions = "Be \"brief\".";
  config.voice = "cedar";
  config.speed = 1.25;
  config.turn_detection = {0.5, 300, 450, 15'000, true, false};
  config.transcription_model = "gpt-transcribe";
  config.transcription_language = "en";
  CAF_CHECK_EQUAL(
    session_update("cl_1", config),
    R"({"type":"session.update","event_id":"cl_1","session":{)"
    R"("type":"realtime","output_modalities":["audio"],)"
    R"("instructions":"Be \"brief\".","audio":{"input":{)"
    R"("format":{"type":"audio/pcmu"},)"
    R"("transcription":{"model":"gpt-transcribe","language":"en"},)"
    R"("turn_detection":{"type":"server_vad","threshold":0.5,)"
    R"("prefix_padding_ms":300,"silence_duration_ms":450,)"
    R"("idle_timeout_ms":15000,"create_response":true,)"
    R"("interrupt_response":false}},"output":{)"
    R"("format":{"type":"audio/pcmu"},"voice":"cedar","speed":1.25}},)"
    R"("tools":[]}})");
}

CAF_TEST(the defaults of a session) {
  CAF_CHECK_EQUAL(
    session_update("cl_1", {}),
    R"({"type":"session.update","event_id":"cl_1","session":{)"
    R"("type":"realtime","output_modalities":["audio"],"instructions":"",)"
    R"("audio":{"input":{"format":{"type":"audio/pcmu"},)"
    R"("turn_detection":{"type":"server_vad","threshold":0.5,)"
    R"("prefix_padding_ms":300,"silence_duration_ms":500,)"
    R"("idle_timeout_ms":null,"create_response":true,)"
    R"("interrupt_response":true}},"output":{)"
    R"("format":{"type":"audio/pcmu"},"voice":"marin","speed":1.0}},)"
    R"("tools":[]}})");
}

CAF_TEST(what an agent may have beside the usual) {
  session_config config;
  config.eagerness = "low";
  config.noise_reduction = "far_field";
  config.turn_detection.create_response = false;
  config.tools
    = {{"look_up", "Finds an order.", R"({"type":"object","properties":{}})"},
       {"end_call", "", ""}};
  config.tool_choice = "auto";
  config.max_output_tokens = 2048;
  config.retention_ratio = 0.5;
  config.post_instruction_tokens = 16'000;
  config.reasoning_effort = "low";
  config.parallel_tool_calls = true;
  CAF_CHECK_EQUAL(
    session_update("cl_1", config),
    R"({"type":"session.update","event_id":"cl_1","session":{)"
    R"("type":"realtime","output_modalities":["audio"],"instructions":"",)"
    R"("audio":{"input":{"format":{"type":"audio/pcmu"},)"
    R"("noise_reduction":{"type":"far_field"},)"
    R"("turn_detection":{"type":"semantic_vad","eagerness":"low",)"
    R"("create_response":false,"interrupt_response":true}},"output":{)"
    R"("format":{"type":"audio/pcmu"},"voice":"marin","speed":1.0}},)"
    R"("tools":[{"type":"function","name":"look_up",)"
    R"("description":"Finds an order.",)"
    R"("parameters":{"type":"object","properties":{}}},)"
    R"({"type":"function","name":"end_call"}],"tool_choice":"auto",)"
    R"("max_output_tokens":2048,"truncation":{"type":"retention_ratio",)"
    R"("retention_ratio":0.5,"token_limits":{"post_instructions":16000}},)"
    R"("reasoning":{"effort":"low"},"parallel_tool_calls":true}})");
}

CAF_TEST(models that reason) {
  for (const auto* model : {"gpt-realtime-2", "gpt-realtime-2.1",
                            "gpt-realtime-2.1-mini", "gpt-realtime-2-mini"})
    CAF_CHECK(has_reasoning(model));
  for (const auto* model : {"gpt-realtime", "gpt-realtime-1.5",
                            "gpt-realtime-2025-08-28", "gpt-realtime-mini", ""})
    CAF_CHECK(!has_reasoning(model));
}

CAF_TEST(items of our own) {
  CAF_CHECK_EQUAL(
    create_text_item("cl_1", "item_1", "user", "[keypad: 0]"),
    R"({"type":"conversation.item.create","event_id":"cl_1",)"
    R"("item":{"id":"item_1","type":"message","role":"user",)"
    R"("content":[{"type":"input_text","text":"[keypad: 0]"}]}})");
  CAF_CHECK_NOT_EQUAL(create_text_item("", "i", "assistant", "Hi.")
                        .find(R"({"type":"output_text","text":"Hi."})"),
                      std::string::npos);
  CAF_CHECK_EQUAL(create_call_item("cl_2", "item_2", "call_1", "look_up", "{}"),
                  R"({"type":"conversation.item.create","event_id":"cl_2",)"
                  R"("item":{"id":"item_2","type":"function_call",)"
                  R"("call_id":"call_1","name":"look_up","arguments":"{}"}})");
  CAF_CHECK_EQUAL(create_output_item("cl_3", "item_3", "call_1", "{\"a\":1}"),
                  R"({"type":"conversation.item.create","event_id":"cl_3",)"
                  R"("item":{"id":"item_3","type":"function_call_output",)"
                  R"("call_id":"call_1","output":"{\"a\":1}"}})");
}

CAF_TEST(a transcription may leave its language open) {
  session_config config;
  config.transcription_model = "gpt-transcribe";
  CAF_CHECK_NOT_EQUAL(session_update("cl_1", config)
                        .find(R"("transcription":{"model":"gpt-transcribe"})"),
                      std::string::npos);
}

CAF_TEST(numbers that JSON cannot write do not break the document) {
  session_config config;
  config.speed = std::numeric_limits<double>::quiet_NaN();
  config.turn_detection.threshold = std::numeric_limits<double>::infinity();
  const auto text = session_update("", config);
  CAF_CHECK_NOT_EQUAL(text.find(R"("speed":0.0)"), text.npos);
  CAF_CHECK_NOT_EQUAL(text.find(R"("threshold":0.0)"), text.npos);
}

CAF_TEST(caller audio has no id) {
  CAF_CHECK_EQUAL(append(std::vector(3, std::byte{0xFF})),
                  R"({"type":"input_audio_buffer.append","audio":"////"})");
  CAF_CHECK_EQUAL(append({}),
                  R"({"type":"input_audio_buffer.append","audio":""})");
}

CAF_TEST(items are cut and deleted by id) {
  CAF_CHECK_EQUAL(truncate("cl_3", "item_1", 0, 780),
                  R"({"type":"conversation.item.truncate","event_id":"cl_3",)"
                  R"("item_id":"item_1","content_index":0,)"
                  R"("audio_end_ms":780})");
  CAF_CHECK_EQUAL(delete_item("cl_4", "item_1"),
                  R"({"type":"conversation.item.delete","event_id":"cl_4",)"
                  R"("item_id":"item_1"})");
}

CAF_TEST(servers that the service asks by itself) {
  session_config config;
  config.tools = {{"end_call", "", ""}};
  config.mcp_servers
    = {{"crm",
        "https://mcp.example.com/mcp",
        "Orders.",
        "Bearer x",
        {"find"},
        true,
        {"find"}},
       {"docs", "https://mcp.example.com/d", "", "", {}, false, {}}};
  auto text = session_update("e", config);
  CAF_CHECK_NOT_EQUAL(
    text.find(R"("tools":[{"type":"function","name":"end_call"},)"
              R"({"type":"mcp","server_label":"crm",)"
              R"("server_url":"https://mcp.example.com/mcp",)"
              R"("server_description":"Orders.","authorization":"Bearer x",)"
              R"("require_approval":"always","allowed_tools":["find"]},)"
              R"({"type":"mcp","server_label":"docs",)"
              R"("server_url":"https://mcp.example.com/d",)"
              R"("require_approval":"never"}])"),
    std::string::npos);
  CAF_CHECK(approves(config, "crm", "find"));
  CAF_CHECK(!approves(config, "crm", "delete"));
  CAF_CHECK(approves(config, "docs", "anything"));
  CAF_CHECK(!approves(config, "other", "find"));
  CAF_CHECK_EQUAL(
    create_approval_item("e", "i1", "mcpr_1", false),
    R"({"type":"conversation.item.create","event_id":"e","item":{"id":"i1",)"
    R"("type":"mcp_approval_response","approval_request_id":"mcpr_1",)"
    R"("approve":false}})");
}

CAF_TEST(a response may have instructions and a purpose) {
  CAF_CHECK_EQUAL(create_response("cl_2", {7, "Greet.", "greeting"}),
                  R"({"type":"response.create","event_id":"cl_2",)"
                  R"("response":{"instructions":"Greet.",)"
                  R"("metadata":{"create":"7","purpose":"greeting"}}})");
  CAF_CHECK_EQUAL(create_response("cl_2", {0, "Greet.", ""}),
                  R"({"type":"response.create","event_id":"cl_2",)"
                  R"("response":{"instructions":"Greet."}})");
  CAF_CHECK_EQUAL(create_response("cl_2", {0, "", "filler"}),
                  R"({"type":"response.create","event_id":"cl_2",)"
                  R"("response":{"metadata":{"purpose":"filler"}}})");
  CAF_CHECK_EQUAL(create_response("cl_2", {7, "One moment.", "filler", true}),
                  R"({"type":"response.create","event_id":"cl_2",)"
                  R"("response":{"instructions":"One moment.",)"
                  R"("conversation":"none","tool_choice":"none",)"
                  R"("metadata":{"create":"7","purpose":"filler"}}})");
  CAF_CHECK_EQUAL(create_response("cl_2", {}),
                  R"({"type":"response.create","event_id":"cl_2"})");
}

CAF_TEST(a cancel names its response if it knows it) {
  CAF_CHECK_EQUAL(cancel_response("cl_7", "resp_1"),
                  R"({"type":"response.cancel","event_id":"cl_7",)"
                  R"("response_id":"resp_1"})");
  CAF_CHECK_EQUAL(cancel_response("cl_7", ""),
                  R"({"type":"response.cancel","event_id":"cl_7"})");
}

CAF_TEST(every event that we can send is written down for its judge) {
  session_config config;
  config.turn_detection.idle_timeout_ms = 15'000;
  config.transcription_model = "gpt-transcribe";
  auto with_language = config;
  with_language.transcription_language = "en";
  auto everything = with_language;
  everything.noise_reduction = "near_field";
  everything.tools
    = {{"look_up", "Finds an order.", R"({"type":"object","properties":{}})"},
       {"end_call", "", ""}};
  everything.tool_choice = "required";
  everything.max_output_tokens = 2048;
  everything.retention_ratio = 0.5;
  everything.post_instruction_tokens = 16'000;
  everything.reasoning_effort = "low";
  everything.parallel_tool_calls = true;
  everything.mcp_servers
    = {{"crm",
        "https://mcp.example.com/mcp",
        "Orders.",
        "Bearer x",
        {"find", "list"},
        true,
        {"find"}},
       {"docs", "https://mcp.example.com/d", "", "", {}, false, {}}};
  auto semantic = everything;
  semantic.eagerness = "auto";
  // For the test `peers.openai-types`.
  std::ofstream out{OFFHOOK_BINARY_DIR "/client-events.jsonl"};
  for (const auto& frame :
       {session_update("e", {}),
        session_update("e", config),
        session_update("e", with_language),
        append({}),
        append({{std::byte{1}}}),
        truncate("e", "item_1", 0, 780),
        session_update("e", everything),
        session_update("e", semantic),
        create_text_item("e", "i1", "system", "Note."),
        create_text_item("e", "i2", "user", "Hi."),
        create_text_item("e", "i3", "assistant", "Hello."),
        create_call_item("e", "i4", "call_1", "look_up", "{}"),
        create_output_item("e", "i5", "call_1", "{}"),
        create_approval_item("e", "i6", "mcpr_1", true),
        create_approval_item("e", "i7", "mcpr_2", false),
        delete_item("e", "item_1"),
        create_response("e", {}),
        create_response("e", {1, "", "filler"}),
        create_response("e", {1, "Wait.", "filler", true}),
        create_response("e", {1, "Greet.", "greeting"}),
        cancel_response("e", ""),
        cancel_response("e", "resp_1")})
    out << R"({"dir":"out","frame":)" << frame << "}\n";
  out.flush();
  CAF_CHECK(out.good());
}

CAF_TEST(text is escaped and repaired) {
  CAF_CHECK_EQUAL(delete_item("a\"b", "\\\n\xC3\xA9"),
                  R"({"type":"conversation.item.delete","event_id":"a\"b",)"
                  R"("item_id":"\\\n)"
                  "\xC3\xA9\"}");
  // One byte that is no UTF-8 would end the session.
  CAF_CHECK_EQUAL(delete_item("", "a\xFF"),
                  R"({"type":"conversation.item.delete","item_id":"a)"
                  "\xEF\xBF\xBD\"}");
}
