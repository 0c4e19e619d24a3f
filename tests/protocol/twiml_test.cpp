#define CAF_SUITE protocol.twiml

#include "protocol/twiml.hpp"

#include "caf/test/dsl.hpp"

#include <string>

using namespace offhook::protocol;

namespace {

const std::string head = R"(<?xml version="1.0" encoding="UTF-8"?><Response>)";

std::string text_of(std::string text) {
  const auto result = twiml::document({twiml::say(std::move(text))});
  const std::string before = head + "<Say>";
  const std::string after = "</Say></Response>";
  CAF_REQUIRE(result.starts_with(before));
  CAF_REQUIRE(result.ends_with(after));
  return result.substr(before.size(),
                       result.size() - before.size() - after.size());
}

std::string attribute_of(std::string value) {
  const auto result = twiml::document({twiml::reject(value)});
  const std::string before = head + "<Reject reason=\"";
  const std::string after = "\"/></Response>";
  CAF_REQUIRE(result.starts_with(before));
  CAF_REQUIRE(result.ends_with(after));
  return result.substr(before.size(),
                       result.size() - before.size() - after.size());
}

} // namespace

// The expected documents are what npm's `twilio` 6.2.0 builds.

CAF_TEST(a document without verbs) {
  CAF_CHECK_EQUAL(twiml::document({}),
                  R"(<?xml version="1.0" encoding="UTF-8"?><Response/>)");
}

CAF_TEST(a stream with all its attributes in the order given) {
  twiml::element stream{
    "Stream",
    {{"url", "wss://v/m"},
     {"name", "main"},
     {"statusCallback", "https://v/s"},
     {"statusCallbackMethod", "POST"}},
    "",
    {{"Parameter", {{"name", "token"}, {"value", "a&b"}}, "", {}}}};
  twiml::element connect{"Connect", {{"action", "https://v/x"}}, "", {stream}};
  CAF_CHECK_EQUAL(
    twiml::document({connect, twiml::redirect("https://v/y?a=1&b=2")}),
    head
      + R"(<Connect action="https://v/x"><Stream url="wss://v/m" name="main" )"
        R"(statusCallback="https://v/s" statusCallbackMethod="POST">)"
        R"(<Parameter name="token" value="a&amp;b"/></Stream></Connect>)"
        R"(<Redirect method="POST">https://v/y?a=1&amp;b=2</Redirect>)"
        R"(</Response>)");
}

CAF_TEST(text within a nested verb) {
  twiml::element gather{
    "Gather",
    {{"input", "dtmf speech"}, {"numDigits", "1"}, {"action", "/m"}},
    "",
    {twiml::say("Hi")}};
  CAF_CHECK_EQUAL(
    twiml::document({gather, twiml::hangup()}),
    head
      + R"(<Gather input="dtmf speech" numDigits="1" action="/m">)"
        R"(<Say>Hi</Say></Gather><Hangup/></Response>)");
}

CAF_TEST(a noun with attributes and text) {
  twiml::element number{"Number",
                        {{"statusCallbackEvent", "initiated answered"},
                         {"statusCallback", "https://v/d"}},
                        "+15551230001",
                        {}};
  twiml::element dial{"Dial",
                      {{"action", "/a"},
                       {"timeout", "20"},
                       {"answerOnBridge", "true"},
                       {"callerId", "+15558675310"}},
                      "",
                      {number}};
  CAF_CHECK_EQUAL(
    twiml::document({dial}),
    head
      + R"(<Dial action="/a" timeout="20" answerOnBridge="true" )"
        R"(callerId="+15558675310"><Number )"
        R"(statusCallbackEvent="initiated answered" )"
        R"(statusCallback="https://v/d">+15551230001</Number></Dial>)"
        R"(</Response>)");
}

CAF_TEST(a refusal) {
  CAF_CHECK_EQUAL(twiml::document({twiml::reject("busy")}),
                  head + R"(<Reject reason="busy"/></Response>)");
  CAF_CHECK_EQUAL(twiml::document({twiml::reject("")}),
                  head + "<Reject/></Response>");
}

CAF_TEST(a stream as we send it) {
  twiml::stream_options options;
  options.url = "wss://voice.example.com/ai-stream";
  options.action = "https://voice.example.com/stream-ended";
  options.status_callback = "https://voice.example.com/stream-status";
  options.parameters = {{"token", "secret"}, {"attempt", "1"}, {"note", ""}};
  CAF_CHECK_EQUAL(
    twiml::document({twiml::connect_stream(options)}),
    head
      + R"(<Connect action="https://voice.example.com/stream-ended">)"
        R"(<Stream url="wss://voice.example.com/ai-stream" )"
        R"(statusCallback="https://voice.example.com/stream-status">)"
        R"(<Parameter name="token" value="secret"/>)"
        R"(<Parameter name="attempt" value="1"/>)"
        R"(<Parameter name="note" value=""/></Stream></Connect></Response>)");
}

CAF_TEST(options that are empty are left out) {
  twiml::stream_options options;
  options.url = "wss://v/m";
  CAF_CHECK_EQUAL(twiml::document({twiml::connect_stream(options)}),
                  head
                    + R"(<Connect><Stream url="wss://v/m"/></Connect>)"
                      R"(</Response>)");
}

CAF_TEST(text is escaped) {
  CAF_CHECK_EQUAL(text_of("a & <b> \"q\" 's' \r\n\t ]]> \xC3\xA9 &amp; x"),
                  "a &amp; &lt;b&gt; \"q\" 's' &#xD;\n\t ]]&gt; \xC3\xA9 "
                  "&amp;amp; x");
  CAF_CHECK_EQUAL(twiml::document({twiml::say("")}),
                  head + "<Say/></Response>");
}

CAF_TEST(attributes are escaped) {
  CAF_CHECK_EQUAL(attribute_of("a&b<c>\"d\"'e\t\n\rf \xC3\xA9 &amp;"),
                  "a&amp;b&lt;c>&quot;d&quot;'e&#x9;&#xA;&#xD;f \xC3\xA9 "
                  "&amp;amp;");
}

CAF_TEST(bytes that XML cannot carry are dropped) {
  using namespace std::string_literals;
  const std::pair<std::string, std::string> cases[] = {
    {"x\0y"s, "xy"},
    {"x\x01\x08\x0B\x0C\x1Fy", "xy"},
    {"x\x7Fy", "x\x7Fy"},
    {"x\xC2\x85y", "x\xC2\x85y"},
    {"x\xEF\xBF\xBEy\xEF\xBF\xBFz", "xyz"},       // U+FFFE, U+FFFF
    {"x\xEF\xBF\xBDy", "x\xEF\xBF\xBDy"},         // U+FFFD
    {"x\xED\xA0\x80y", "xy"},                     // a surrogate
    {"x\xF0\x9F\x98\x80y", "x\xF0\x9F\x98\x80y"}, // U+1F600
    {"x\xF4\x90\x80\x80y", "xy"},                 // above U+10FFFF
    {"x\xC0\xBCy", "xy"},                         // < written too long
    {"x\xC3", "x"},
    {"x\xFF\xFEy", "xy"},
  };
  for (const auto& [given, expected] : cases) {
    CAF_CHECK_EQUAL(text_of(given), expected);
    CAF_CHECK_EQUAL(attribute_of(given), expected);
  }
}
