#define CAF_SUITE app.demo_agent_items

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

  void create(std::string_view item, std::string_view more = "") {
    client.send(
      R"({"type":"conversation.item.create","event_id":"cl_5","item":)"
      + std::string{item} + std::string{more} + "}");
  }

  void create_text(std::string_view id, std::string_view more = "") {
    create(R"({"id":")" + std::string{id}
             + R"(","type":"message","role":"user","content":)"
               R"([{"type":"input_text","text":"[keypad: 0]"}]})",
           more);
  }

  void truncate(std::string_view id, int ms, int index = 0) {
    client.send(
      R"({"type":"conversation.item.truncate","event_id":"cl_3","item_id":")"
      + std::string{id} + R"(","content_index":)" + std::to_string(index)
      + R"(,"audio_end_ms":)" + std::to_string(ms) + "}");
  }

  void simple(std::string_view verb, std::string_view id) {
    client.send(R"({"type":"conversation.item.)" + std::string{verb}
                + R"(","event_id":"cl_4","item_id":")" + std::string{id}
                + "\"}");
  }

  /// Lets the agent greet.
  /// @returns the item
  std::string greeting() {
    client.send(R"({"type":"response.create"})");
    client.wait(2s);
    return client.get("response.done", "response.output.0.id");
  }

  agent_client client;
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(demo_agent_items_tests, fixture)

CAF_TEST(an item is added and done) {
  create_text("item_gw_dtmf_1");
  std::vector<std::string> expected{"conversation.item.added",
                                    "conversation.item.done"};
  CAF_CHECK_EQUAL(client.types(), expected);
  auto item = R"({"id":"item_gw_dtmf_1","object":"realtime.item","type":)"
              R"("message","status":"completed","role":"user","content":)"
              R"([{"type":"input_text","text":"[keypad: 0]"}]})";
  CAF_CHECK_EQUAL(client.get("conversation.item.added", "item"), item);
  CAF_CHECK_EQUAL(client.get("conversation.item.done", "item"), item);
  CAF_CHECK_EQUAL(client.get("conversation.item.added", "previous_item_id"),
                  "null");
}

CAF_TEST(items keep the order that the client wants) {
  create_text("a");
  create_text("b");
  CAF_CHECK_EQUAL(client.get("conversation.item.added", "previous_item_id"),
                  "a");
  create_text("c", R"(,"previous_item_id":"a")");
  CAF_CHECK_EQUAL(client.get("conversation.item.added", "previous_item_id"),
                  "a");
  create_text("d", R"(,"previous_item_id":"root")");
  CAF_CHECK_EQUAL(client.get("conversation.item.added", "previous_item_id"),
                  "null");
  create_text("e");
  CAF_CHECK_EQUAL(client.get("conversation.item.added", "previous_item_id"),
                  "b");
  create_text("f", R"(,"previous_item_id":"nobody")");
  CAF_CHECK_EQUAL(client.get("error", "error.param"), "previous_item_id");
  CAF_CHECK_EQUAL(client.last_error(), "item_create_item_not_found");
}

CAF_TEST(ids are given where they are missing and never twice) {
  create(R"({"type":"message","role":"system","content":)"
         R"([{"type":"input_text","text":"Be brief."}]})");
  CAF_CHECK_EQUAL(client.get("conversation.item.added", "item.id").substr(0, 5),
                  "item_");
  create_text("a");
  create_text("a");
  CAF_CHECK_EQUAL(client.get("error", "error.param"), "item.id");
  CAF_CHECK_EQUAL(client.last_error(), "invalid_value");
  create_text(std::string(33, 'a'));
  CAF_CHECK_EQUAL(client.last_error(), "invalid_value");
  create_text(std::string(32, 'a'));
  CAF_CHECK_EQUAL(client.count("error"), 0u);
}

CAF_TEST(all documented kinds of items can be created) {
  for (auto item : {
         R"({"type":"message","role":"assistant","content":)"
         R"([{"type":"output_text","text":"We are open."}]})",
         R"({"type":"message","role":"user","content":)"
         R"([{"type":"input_audio","audio":"//8=","transcript":"hi"},)"
         R"({"type":"input_image","image_url":"data:,","detail":"low"}]})",
         R"({"type":"function_call","name":"f","call_id":"call_1",)"
         R"("arguments":"{}"})",
         R"({"type":"function_call_output","call_id":"call_1","output":""})",
         R"({"type":"mcp_approval_response","id":"m1",)"
         R"("approval_request_id":"r1","approve":true,"reason":null})",
       })
    create(item);
  CAF_CHECK_EQUAL(client.count("error"), 0u);
  CAF_CHECK_EQUAL(client.count("conversation.item.done"), 5u);
}

CAF_TEST(what cannot be created is refused) {
  auto refused = [&](std::string_view item, std::string_view code,
                     std::string_view param) {
    create(item);
    CAF_CHECK_EQUAL(client.get("error", "error.param"), param);
    CAF_CHECK_EQUAL(client.last_error(), code);
  };
  // An assistant's audio above all.
  refused(R"({"type":"message","role":"assistant","content":)"
          R"([{"type":"output_audio","audio":"//8="}]})",
          "invalid_value", "item.content[0].type");
  refused(R"({"type":"message","role":"assistant","content":)"
          R"([{"type":"text","text":"x"}]})",
          "invalid_value", "item.content[0].type");
  refused(R"({"type":"message","role":"user","content":)"
          R"([{"type":"output_text","text":"x"}]})",
          "invalid_value", "item.content[0].type");
  refused(R"({"type":"message","role":"robot","content":[]})", "invalid_value",
          "item.role");
  refused(R"({"type":"message","content":[]})", "missing_required_parameter",
          "item.role");
  refused(R"({"type":"message","role":"user"})", "missing_required_parameter",
          "item.content");
  refused(R"({"role":"user","content":[]})", "missing_required_parameter",
          "item.type");
  refused(R"({"type":"message","role":"user","content":[],"name":"x"})",
          "unknown_parameter", "item.name");
  refused(R"({"type":"message","role":"user","content":)"
          R"([{"type":"input_audio","audio":"***"}]})",
          "invalid_value", "item.content");
  refused(R"({"type":"item_reference","id":"a"})", "invalid_value",
          "item.type");
  refused(R"({"type":"function_call","name":"f","arguments":"{}"})",
          "missing_required_parameter", "item.call_id");
  refused(R"("text")", "invalid_parameter", "item");
  CAF_CHECK_EQUAL(client.count("conversation.item.added"), 0u);
}

CAF_TEST(a heard part of an item is what remains) {
  auto id = greeting();
  truncate(id, 780);
  CAF_CHECK_EQUAL(client.get("conversation.item.truncated", "item_id"), id);
  CAF_CHECK_EQUAL(client.get("conversation.item.truncated", "audio_end_ms"),
                  "780");
  CAF_CHECK_EQUAL(client.get("conversation.item.truncated", "content_index"),
                  "0");
  simple("retrieve", id);
  auto audio = client.get("conversation.item.retrieved",
                          "item.content.0.audio");
  CAF_CHECK_EQUAL(offhook::protocol::base64::decode(audio)->size(), 780u * 8);
  // Text that was not heard is gone.
  CAF_CHECK_EQUAL(client.get("conversation.item.retrieved",
                             "item.content.0.transcript"),
                  "null");
  CAF_CHECK_EQUAL(client.agent.stats().truncated, 1u);
}

CAF_TEST(nothing is truncated beyond its end) {
  auto id = greeting();
  truncate(id, 1001);
  CAF_CHECK_EQUAL(client.get("error", "error.message"),
                  "Audio content of 1000ms is already shorter than 1001ms");
  CAF_CHECK_EQUAL(client.get("error", "error.param"), "audio_end_ms");
  CAF_CHECK_EQUAL(client.get("error", "error.event_id"), "cl_3");
  CAF_CHECK_EQUAL(client.last_error(), "invalid_value");
  CAF_CHECK_EQUAL(client.count("conversation.item.truncated"), 0u);
  simple("retrieve", id);
  CAF_CHECK_EQUAL(client.get("conversation.item.retrieved",
                             "item.content.0.transcript"),
                  "Welcome to Acme.");
  truncate(id, 1000);
  truncate(id, 500);
  truncate(id, 501);
  CAF_CHECK_EQUAL(client.count("conversation.item.truncated"), 2u);
  CAF_CHECK_EQUAL(client.get("error", "error.message"),
                  "Audio content of 500ms is already shorter than 501ms");
}

CAF_TEST(only audio of the agent can be truncated) {
  create_text("item_user");
  truncate("item_user", 0);
  CAF_CHECK_EQUAL(client.last_error(), "unsupported_content_type");
  truncate("item_none", 0);
  CAF_CHECK_EQUAL(client.last_error(), "item_truncate_item_not_found");
  create(R"({"id":"item_text","type":"message","role":"assistant","content":)"
         R"([{"type":"output_text","text":"x"}]})");
  truncate("item_text", 0);
  CAF_CHECK_EQUAL(client.last_error(), "unsupported_content_type");
  auto id = greeting();
  truncate(id, 100, 1);
  CAF_CHECK_EQUAL(client.get("error", "error.param"), "content_index");
  CAF_CHECK_EQUAL(client.last_error(), "invalid_value");
  truncate(id, -1);
  CAF_CHECK_EQUAL(client.last_error(), "invalid_value");
  client.send(R"({"type":"conversation.item.truncate","item_id":")" + id
              + R"(","content_index":0,"audio_end_ms":10.5})");
  CAF_CHECK_EQUAL(client.last_error(), "invalid_parameter");
  client.send(R"({"type":"conversation.item.truncate","item_id":")" + id
              + R"(","audio_end_ms":10})");
  CAF_CHECK_EQUAL(client.last_error(), "missing_required_parameter");
}

CAF_TEST(an item without audio yet cannot be truncated) {
  auto options = plain_options();
  options.timing.speed = 1;
  agent_client slow{options};
  slow.configure();
  slow.send(R"({"type":"response.create"})");
  slow.wait(250ms); // 100 ms were sent
  auto id = slow.get("conversation.item.added", "item.id");
  auto truncate_slow = [&](int ms) {
    slow.send(R"({"type":"conversation.item.truncate","item_id":")" + id
              + R"(","content_index":0,"audio_end_ms":)" + std::to_string(ms)
              + "}");
  };
  truncate_slow(200);
  CAF_CHECK_EQUAL(slow.get("error", "error.message"),
                  "Audio content of 100ms is already shorter than 200ms");
  truncate_slow(60);
  slow.wait(5s);
  // What is generated after the truncation is sent, but not kept.
  CAF_CHECK_EQUAL(slow.heard().size(), 8000u);
  slow.send(R"({"type":"conversation.item.retrieve","item_id":")" + id + "\"}");
  auto audio = slow.get("conversation.item.retrieved", "item.content.0.audio");
  CAF_CHECK_EQUAL(offhook::protocol::base64::decode(audio)->size(), 60u * 8);
}

CAF_TEST(items are deleted and retrieved) {
  create_text("a");
  simple("retrieve", "a");
  CAF_CHECK_EQUAL(client.get("conversation.item.retrieved", "item.id"), "a");
  simple("delete", "a");
  CAF_CHECK_EQUAL(client.get("conversation.item.deleted", "item_id"), "a");
  simple("delete", "a");
  CAF_CHECK_EQUAL(client.last_error(), "item_delete_item_not_found");
  simple("retrieve", "a");
  CAF_CHECK_EQUAL(client.get("error", "error.event_id"), "cl_4");
  CAF_CHECK_EQUAL(client.last_error(), "item_retrieve_item_not_found");
}

CAF_TEST(an item that is deleted while it is spoken goes on) {
  client.send(R"({"type":"response.create"})");
  client.wait(210ms);
  simple("delete", client.get("conversation.item.added", "item.id"));
  client.wait(2s);
  CAF_CHECK_EQUAL(client.get("response.done", "response.status"), "completed");
  CAF_CHECK_EQUAL(client.count("conversation.item.done"), 0u);
  create_text("next");
  CAF_CHECK_EQUAL(client.get("conversation.item.added", "previous_item_id"),
                  "null");
}

CAF_TEST(audio of the user can be retrieved) {
  client.configure(R"(,"create_response":false)");
  client.speak(500ms);
  client.be_quiet(500ms);
  client.wait(1s);
  simple("retrieve", client.get("input_audio_buffer.committed", "item_id"));
  auto audio = client.get("conversation.item.retrieved",
                          "item.content.0.audio");
  CAF_CHECK_EQUAL(offhook::protocol::base64::decode(audio)->size(), 8000u);
  CAF_CHECK_EQUAL(client.get("conversation.item.retrieved",
                             "item.content.0.transcript"),
                  "(caller speech, 1.0 s)");
}

CAF_TEST(a seeded conversation is not greeted again) {
  create_text("a");
  create(R"({"type":"message","role":"assistant","content":)"
         R"([{"type":"output_text","text":"Welcome."}]})");
  client.send(R"({"type":"response.create"})");
  client.wait(2s);
  CAF_CHECK_EQUAL(client.get("response.done",
                             "response.output.0.content.0.transcript"),
                  "We are open Monday to Friday from eight to six.");
}

CAF_TEST(truncation and deletion end the cached part of the context) {
  client.send(R"({"type":"session.update","session":{"type":"realtime",)"
              R"("instructions":")"
              + std::string(400, 'x') + "\"}}");
  auto id = greeting();
  create_text("a");
  auto cached = [&] {
    client.send(R"({"type":"response.create"})");
    client.wait(10s);
    return client.get(
      "response.done",
      "response.usage.input_token_details.cached_tokens_details.text_tokens");
  };
  CAF_CHECK_EQUAL(cached(), "64");
  for (auto i = 0; i < 30; ++i)
    create_text("b" + std::to_string(i));
  cached();
  CAF_CHECK_EQUAL(cached(), "192");
  simple("delete", "a");
  CAF_CHECK_EQUAL(cached(), "64");
  truncate(id, 10);
  CAF_CHECK_EQUAL(client.count("error"), 0u);
}

CAF_TEST_FIXTURE_SCOPE_END()
