#define CAF_SUITE protocol.tool_webhook

#include "protocol/tool_webhook.hpp"

#include "caf/test/dsl.hpp"

using namespace offhook::protocol;

CAF_TEST(the body of a request) {
  CAF_CHECK_EQUAL(
    tool_webhook::body_of({"CA1", "+15017122661", "+15558675310", "sales",
                           "look_up", "call_1", R"({"order": "A\"1"})"}),
    R"({"call_sid":"CA1","caller":"+15017122661","called":"+15558675310",)"
    R"("agent":"sales","tool":"look_up","tool_call_id":"call_1",)"
    R"("arguments":{"order": "A\"1"}})");
}

CAF_TEST(a signature covers time and body) {
  // printf '1700000000.{}' | openssl dgst -sha256 -hmac secret
  CAF_CHECK_EQUAL(
    tool_webhook::sign("secret", 1'700'000'000, "{}"),
    "t=1700000000,v1="
    "b8569b78799ff9e3cbff0fc2d63a33a2b57f3282abd07c37ae5e8e7d79a5f163");
  CAF_CHECK_NOT_EQUAL(
    tool_webhook::sign("secret", 1'700'000'001, "{}").substr(13),
    tool_webhook::sign("secret", 1'700'000'000, "{}").substr(13));
}

CAF_TEST(a key that is fit for a header) {
  CAF_CHECK_EQUAL(tool_webhook::idempotency_key("CA1", "call_1"), "CA1:call_1");
  for (const std::string& id : {std::string{"call\r\nX: y"}, std::string{"ä"},
                                std::string(500, 'a'), std::string{"a b"}}) {
    auto key = tool_webhook::idempotency_key("CA1", id);
    CAF_CHECK_EQUAL(key.size(), 64u);
    CAF_CHECK_EQUAL(key.find_first_not_of("0123456789abcdef"),
                    std::string::npos);
    CAF_CHECK_NOT_EQUAL(key, tool_webhook::idempotency_key("CA2", id));
  }
}

CAF_TEST(what is a JSON value) {
  for (auto text :
       {"{}", "[1,2]", "\"yes\"", "true", "null", " 1.5 ", R"({"a":{"b":[]}})"})
    CAF_CHECK(tool_webhook::is_json(text));
  for (const std::string& text :
       {std::string{}, std::string{"yes"}, std::string{"{"}, std::string{"{}}"},
        std::string{"\"\xff\""}, std::string{"{}\0", 3},
        std::string(100, '[') + std::string(100, ']')})
    CAF_CHECK(!tool_webhook::is_json(text));
}

CAF_TEST(errors for the model are JSON) {
  CAF_CHECK_EQUAL(tool_webhook::error_output("a \"b\""),
                  R"({"error":"a \"b\""})");
}
