#define CAF_SUITE app.demo_agent_responses

#include "tests/app/demo_agent_client.hpp"

#include "caf/test/dsl.hpp"

using namespace offhook::app::standins;
using namespace std::chrono_literals;

namespace {

struct fixture {
  fixture() : client(plain_options()) {
    client.configure();
    client.events.clear();
  }

  std::string done(std::string_view path) {
    return client.get("response.done", "response." + std::string{path});
  }

  agent_client client;
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(demo_agent_responses_tests, fixture)

CAF_TEST(a greeting has the order of events that is documented) {
  client.send(R"({"type":"response.create"})");
  client.wait(10s);
  auto types = client.types();
  std::vector<std::string> once;
  for (auto& type : types)
    if (!type.ends_with(".delta"))
      once.push_back(type);
  std::vector<std::string> expected{
    "response.created",           "response.output_item.added",
    "conversation.item.added",    "response.content_part.added",
    "response.output_audio.done", "response.output_audio_transcript.done",
    "response.content_part.done", "conversation.item.done",
    "response.output_item.done",  "response.done",
    "rate_limits.updated"};
  CAF_CHECK_EQUAL(once, expected);
  CAF_CHECK_EQUAL(client.count("response.output_audio.delta"), 10u);
  CAF_CHECK_EQUAL(client.heard().size(), 8000u);
  CAF_CHECK_EQUAL(client.get("response.output_audio_transcript.done",
                             "transcript"),
                  "Welcome to Acme.");
  std::string transcript;
  for (auto& x : client.events)
    if (x.type == "response.output_audio_transcript.delta")
      transcript += client.get_in(*x.json, "delta");
  CAF_CHECK_EQUAL(transcript, "Welcome to Acme.");
  CAF_CHECK_EQUAL(done("status"), "completed");
  CAF_CHECK_EQUAL(done("status_details"), "null");
  CAF_CHECK_EQUAL(done("output.0.content.0.transcript"), "Welcome to Acme.");
  CAF_CHECK_EQUAL(done("output.0.status"), "completed");
  CAF_CHECK_EQUAL(done("audio.output.voice"), "marin");
  CAF_CHECK_EQUAL(done("conversation_id").substr(0, 5), "conv_");
}

CAF_TEST(speech is generated faster than it is spoken) {
  client.send(R"({"type":"response.create"})");
  client.wait(10s);
  auto first = client.time_of("response.output_audio.delta");
  auto end = client.time_of("response.done");
  CAF_CHECK_EQUAL(first - client.time_of("response.created"), 200ms);
  CAF_CHECK_EQUAL(end - first, 45ms); // 9 steps of 100 ms, 20 times as fast
}

CAF_TEST(speed and sizes are configurable) {
  auto options = plain_options();
  options.timing.speed = 1;
  options.timing.delta_ms = 20;
  options.timing.first_delta_delay = 50ms;
  options.timing.created_delay = 30ms;
  agent_client slow{options};
  slow.configure();
  slow.send(R"({"type":"response.create"})");
  CAF_CHECK_EQUAL(slow.count("response.created"), 0u);
  slow.wait(30s);
  CAF_CHECK_EQUAL(slow.time_of("response.created"), 30ms);
  CAF_CHECK_EQUAL(slow.time_of("response.output_audio.delta"), 80ms);
  CAF_CHECK_EQUAL(slow.time_of("response.done"), 1060ms);
  CAF_CHECK_EQUAL(slow.count("response.output_audio.delta"), 50u);
  options.timing.speed = 0;
  agent_client at_once{options};
  at_once.configure();
  at_once.send(R"({"type":"response.create"})");
  at_once.wait(80ms);
  CAF_CHECK_EQUAL(at_once.count("response.done"), 1u);
}

CAF_TEST(replies come in their order and the last one stays) {
  auto say = [&] {
    client.speak(300ms);
    client.be_quiet(600ms);
    client.wait(1s);
    return done("output.0.content.0.transcript");
  };
  client.send(R"({"type":"response.create"})");
  client.wait(1s);
  CAF_CHECK_EQUAL(say(), "We are open Monday to Friday from eight to six.");
  CAF_CHECK_EQUAL(say(), "Yes, on Saturdays too.");
  CAF_CHECK_EQUAL(say(), "Yes, on Saturdays too.");
  CAF_CHECK_EQUAL(client.heard().size(), 8000u * (1 + 4 + 2 + 2));
}

CAF_TEST(a second active response is refused) {
  client.send(R"({"type":"response.create"})");
  auto first = client.get("response.created", "response.id");
  client.send(R"({"type":"response.create","event_id":"cl_7"})");
  CAF_CHECK_EQUAL(client.get("error", "error.message"),
                  "Conversation already has an active response in progress: "
                    + first
                    + ". Wait until the response is finished before creating a "
                      "new one.");
  CAF_CHECK_EQUAL(client.get("error", "error.event_id"), "cl_7");
  CAF_CHECK_EQUAL(client.last_error(),
                  "conversation_already_has_active_response");
  client.wait(1s);
  CAF_CHECK_EQUAL(client.count("response.created"), 1u);
  client.send(R"({"type":"response.create"})");
  CAF_CHECK_EQUAL(client.count("response.created"), 2u);
}

CAF_TEST(a response can be cancelled by id or without) {
  client.send(R"({"type":"response.cancel","event_id":"cl_1"})");
  CAF_CHECK_EQUAL(client.last_error(), "response_cancel_not_active");
  client.send(R"({"type":"response.create"})");
  auto id = client.get("response.created", "response.id");
  client.send(R"({"type":"response.cancel","response_id":"resp_other"})");
  CAF_CHECK_EQUAL(client.last_error(), "response_cancel_not_active");
  client.wait(230ms);
  client.send(R"({"type":"response.cancel","response_id":")" + id + "\"}");
  CAF_CHECK_EQUAL(done("status"), "cancelled");
  CAF_CHECK_EQUAL(done("status_details.reason"), "client_cancelled");
  CAF_CHECK_EQUAL(client.count("response.output_audio.done"), 1u);
  auto heard = client.heard().size();
  client.wait(10s);
  CAF_CHECK_EQUAL(client.heard().size(), heard);
  client.send(R"({"type":"response.create"})");
  client.send(R"({"type":"response.cancel"})");
  // Before the first delta there is no item to end.
  CAF_CHECK_EQUAL(client.count("response.done"), 2u);
  CAF_CHECK_EQUAL(done("output"), "[]");
}

CAF_TEST(a cancel before response.created comes to nothing) {
  auto options = plain_options();
  options.timing.created_delay = 100ms;
  agent_client early{options};
  early.configure();
  early.send(R"({"type":"response.create"})");
  early.send(R"({"type":"response.cancel"})");
  CAF_CHECK_EQUAL(early.last_error(), "response_cancel_not_active");
  early.speak(60ms);
  early.wait(5s);
  CAF_CHECK_EQUAL(early.get("response.done", "response.status"), "completed");
}

CAF_TEST(overrides hold for one response) {
  turn_info seen;
  auto options = plain_options();
  options.script.answer = [&](const turn_info& turn) {
    seen = turn;
    return line_of("Summary.", 200);
  };
  agent_client one{options};
  one.configure();
  one.send(R"({"type":"response.create","response":{"instructions":"Sum up.",)"
           R"("output_modalities":["text"],"max_output_tokens":50,)"
           R"("metadata":{"purpose":"summary"},"conversation":"none",)"
           R"("input":[],"tools":[],"tool_choice":"none",)"
           R"("audio":{"output":{"format":{"type":"audio/pcma"},)"
           R"("voice":"cedar"}}}})");
  one.wait(1s);
  CAF_CHECK_EQUAL(seen.instructions, "Sum up.");
  CAF_CHECK_EQUAL(seen.metadata["purpose"], "summary");
  CAF_CHECK(seen.out_of_band);
  auto get = [&](std::string_view path) {
    return one.get("response.done", "response." + std::string{path});
  };
  CAF_CHECK_EQUAL(get("metadata"), R"({"purpose":"summary"})");
  CAF_CHECK_EQUAL(get("conversation_id"), "null");
  CAF_CHECK_EQUAL(get("output_modalities"), R"(["text"])");
  CAF_CHECK_EQUAL(get("max_output_tokens"), "50");
  CAF_CHECK_EQUAL(get("audio.output.voice"), "cedar");
  CAF_CHECK_EQUAL(get("output.0.content"),
                  R"([{"type":"output_text","text":"Summary."}])");
  CAF_CHECK_EQUAL(one.count("conversation.item.added"), 0u);
  CAF_CHECK_EQUAL(one.count("response.output_audio.delta"), 0u);
  CAF_CHECK_EQUAL(one.get("response.output_text.done", "text"), "Summary.");
  one.send(R"({"type":"response.create"})");
  one.wait(1s);
  CAF_CHECK_EQUAL(get("output_modalities"), R"(["audio"])");
  CAF_CHECK_EQUAL(get("metadata"), "null");
  CAF_CHECK_EQUAL(get("audio.output.format"), R"({"type":"audio/pcmu"})");
}

CAF_TEST(responses out of band run beside each other) {
  client.send(R"({"type":"response.create"})");
  for (auto i = 0; i < 3; ++i)
    client.send(R"({"type":"response.create","response":{"conversation":)"
                R"("none","metadata":{"n":"1"}}})");
  CAF_CHECK_EQUAL(client.count("response.created"), 4u);
  client.send(R"({"type":"response.cancel"})");
  CAF_CHECK_EQUAL(done("conversation_id").substr(0, 5), "conv_");
  client.wait(10s);
  CAF_CHECK_EQUAL(client.count("response.done"), 4u);
}

CAF_TEST(bad overrides are named) {
  auto refused = [&](std::string_view members, std::string_view code,
                     std::string_view param) {
    client.send(R"({"type":"response.create","response":{)"
                + std::string{members} + "}}");
    CAF_CHECK_EQUAL(client.get("error", "error.param"), param);
    CAF_CHECK_EQUAL(client.last_error(), code);
  };
  refused(R"("temperature":1)", "unknown_parameter", "response.temperature");
  refused(R"("conversation":"auto2")", "invalid_value",
          "response.conversation");
  refused(R"("metadata":{"a":1})", "invalid_parameter", "response.metadata.a");
  refused(R"("input":[{"type":"item_reference","id":"item_none"}])",
          "item_reference_item_not_found", "response.input");
  refused(R"("input":[{"type":"message","role":"assistant","content":)"
          R"([{"type":"output_audio","audio":""}]}])",
          "invalid_value", "response.input[0].content[0].type");
  std::string many;
  for (auto i = 0; i < 17; ++i)
    many += (many.empty() ? "\"" : ",\"") + std::to_string(i) + "\":\"x\"";
  refused(R"("metadata":{)" + many + "}", "invalid_value", "response.metadata");
  CAF_CHECK_EQUAL(client.count("response.created"), 0u);
}

CAF_TEST(functions are called with arguments in pieces) {
  auto options = plain_options();
  auto arguments = R"({"order_number":"427","note":"f\u00fcr \"Zoë\""})";
  options.script.replies = {{{spoken_line{"One moment.", {}},
                              called_function{"lookup_order", arguments}},
                             {},
                             {}},
                            line_of("It has shipped.", 500)};
  agent_client tools{options};
  tools.configure();
  tools.speak(300ms);
  tools.be_quiet(600ms);
  tools.wait(5s);
  CAF_CHECK_EQUAL(tools.get("response.done", "response.output.1.arguments"),
                  arguments);
  CAF_CHECK_EQUAL(tools.get("response.done", "response.output.1.name"),
                  "lookup_order");
  auto call_id = tools.get("response.done", "response.output.1.call_id");
  std::string pieces;
  for (auto& x : tools.events)
    if (x.type == "response.function_call_arguments.delta") {
      pieces += tools.get_in(*x.json, "delta");
      CAF_CHECK_EQUAL(tools.get_in(*x.json, "call_id"), call_id);
      CAF_CHECK_EQUAL(tools.get_in(*x.json, "output_index"), "1");
    }
  CAF_CHECK_EQUAL(pieces, arguments);
  CAF_CHECK_GREATER(tools.count("response.function_call_arguments.delta"), 3u);
  CAF_CHECK_EQUAL(
    tools.get("response.function_call_arguments.done", "arguments"), arguments);
  CAF_CHECK_EQUAL(tools.count("response.content_part.added"), 1u);
  tools.send(R"({"type":"conversation.item.create","item":{"type":)"
             R"("function_call_output","call_id":"call_none","output":"x"}})");
  CAF_CHECK_EQUAL(tools.last_error(), "invalid_value");
  tools.send(R"({"type":"conversation.item.create","item":{"type":)"
             R"("function_call_output","call_id":")"
             + call_id + R"(","output":"shipped"}})");
  CAF_CHECK_EQUAL(tools.count("error"), 0u);
  tools.send(R"({"type":"response.create"})");
  tools.wait(5s);
  CAF_CHECK_EQUAL(tools.get("response.done",
                            "response.output.0.content.0.transcript"),
                  "It has shipped.");
}

CAF_TEST(a forced function is called) {
  client.send(R"({"type":"response.create","response":{"tool_choice":)"
              R"({"type":"function","name":"transfer"}}})");
  client.wait(1s);
  CAF_CHECK_EQUAL(done("output.0.name"), "transfer");
}

CAF_TEST(tokens have a limit) {
  client.send(R"({"type":"response.create","response":{)"
              R"("max_output_tokens":10}})");
  client.wait(1s);
  CAF_CHECK_EQUAL(done("status"), "incomplete");
  CAF_CHECK_EQUAL(done("status_details"),
                  R"({"type":"incomplete","reason":"max_output_tokens"})");
  CAF_CHECK_LESS(client.heard().size(), 8000u);
  CAF_CHECK_GREATER(client.heard().size(), 0u);
}

CAF_TEST(usage counts the whole context and the cached part of it) {
  client.send(R"({"type":"session.update","session":{"type":"realtime",)"
              R"("instructions":")"
              + std::string(4000, 'x') + "\"}}");
  client.send(R"({"type":"response.create"})");
  client.wait(1s);
  CAF_CHECK_EQUAL(done("usage.input_token_details.text_tokens"), "1001");
  CAF_CHECK_EQUAL(done("usage.input_token_details.audio_tokens"), "0");
  CAF_CHECK_EQUAL(done("usage.input_token_details.cached_tokens"), "0");
  // 1 s of the agent: a token for every 50 ms. 16 letters: 4 tokens.
  CAF_CHECK_EQUAL(done("usage.output_token_details.audio_tokens"), "20");
  CAF_CHECK_EQUAL(done("usage.output_token_details.text_tokens"), "4");
  CAF_CHECK_EQUAL(done("usage.total_tokens"), "1025");
  client.speak(1s);
  client.be_quiet(500ms);
  client.wait(2s);
  // 1.5 s of the caller: a token for every 100 ms.
  CAF_CHECK_EQUAL(done("usage.input_token_details.audio_tokens"), "35");
  CAF_CHECK_EQUAL(done("usage.input_token_details.text_tokens"), "1005");
  CAF_CHECK_EQUAL(
    done("usage.input_token_details.cached_tokens_details.text_tokens"), "960");
  CAF_CHECK_EQUAL(done("usage.input_token_details.cached_tokens"), "960");
  auto& ledger = client.agent.stats().tokens;
  CAF_CHECK_EQUAL(ledger.input_text, 2006u);
  CAF_CHECK_EQUAL(ledger.input_audio, 35u);
  CAF_CHECK_EQUAL(ledger.cached_text, 960u);
  CAF_CHECK_EQUAL(ledger.output_audio, 100u);
}

CAF_TEST(audio comes in the format that was asked for) {
  auto options = plain_options();
  agent_client wide{options};
  wide.send(R"({"type":"response.create"})");
  wide.wait(1s);
  CAF_CHECK_EQUAL(wide.heard().size(), 48000u);
  agent_client a_law{options};
  a_law.send(R"({"type":"session.update","session":{"type":"realtime",)"
             R"("audio":{"output":{"format":{"type":"audio/pcma"}}}}})");
  a_law.send(R"({"type":"response.create"})");
  a_law.wait(1s);
  CAF_CHECK_EQUAL(a_law.heard().size(), 8000u);
}

CAF_TEST_FIXTURE_SCOPE_END()
