#define CAF_SUITE app.twiml_reader

#include "app/standins/twiml_reader.hpp"

#include "protocol/twiml.hpp"

#include "caf/test/dsl.hpp"

#include <random>
#include <string>

using namespace offhook;
using namespace offhook::app::standins;

namespace {

std::string why(std::string_view text) {
  auto got = read_twiml(text);
  auto* error = std::get_if<twiml_error>(&got);
  return error ? error->why : "";
}

std::vector<twiml_element> verbs(std::string_view text) {
  auto got = read_twiml(text);
  auto* doc = std::get_if<twiml_document>(&got);
  if (!doc)
    CAF_FAIL(std::get<twiml_error>(got).why);
  return doc->verbs;
}

constexpr std::string_view connect
  = R"(<?xml version="1.0" encoding="UTF-8"?><Response><Connect action="https)"
    R"(://v/x"><Stream url="wss://v/m" name="main" statusCallback="https://v)"
    R"(/s" statusCallbackMethod="POST"><Parameter name="token" value="a&amp;b")"
    R"(/></Stream></Connect><Redirect method="POST">https://v/y?a=1&amp;b=2)"
    R"(</Redirect></Response>)";

} // namespace

CAF_TEST(verbs with attributes and children and text in their order) {
  auto doc = verbs(connect);
  CAF_REQUIRE_EQUAL(doc.size(), 2u);
  CAF_CHECK_EQUAL(doc[0].name, "Connect");
  CAF_CHECK_EQUAL(doc[0].attribute("action").value(), "https://v/x");
  CAF_CHECK(!doc[0].attribute("Action"));
  auto* stream = doc[0].child("Stream");
  CAF_REQUIRE(stream);
  CAF_CHECK_EQUAL(stream->attributes.size(), 4u);
  CAF_CHECK_EQUAL(stream->attribute("url").value(), "wss://v/m");
  CAF_REQUIRE_EQUAL(stream->children.size(), 1u);
  CAF_CHECK_EQUAL(stream->children[0].attribute("value").value(), "a&b");
  CAF_CHECK_EQUAL(doc[1].name, "Redirect");
  CAF_CHECK_EQUAL(doc[1].text, "https://v/y?a=1&b=2");
}

CAF_TEST(the same on many lines) {
  auto doc = verbs("<?xml version='1.0'?>\n<!-- a < b -->\n<Response>\n"
                   "  <Say voice = 'x'>\n  Hello,\n &lt;you&gt; &#65;\n"
                   "  </Say>\n  <Hangup />\n</Response>\n");
  CAF_REQUIRE_EQUAL(doc.size(), 2u);
  CAF_CHECK_EQUAL(doc[0].text, "Hello, <you> A");
  CAF_CHECK_EQUAL(doc[0].attribute("voice").value(), "x");
  CAF_CHECK_EQUAL(doc[1].name, "Hangup");
}

CAF_TEST(an empty document has no verbs) {
  CAF_CHECK(verbs("<Response/>").empty());
  CAF_CHECK(verbs("<Response></Response>").empty());
}

CAF_TEST(text that looks like markup is text) {
  auto doc = verbs("<Response><Say><![CDATA[a </Say> & b]]></Say></Response>");
  CAF_CHECK_EQUAL(doc.at(0).text, "a </Say> & b");
}

CAF_TEST(what the gateway builds is read as it was meant) {
  namespace tw = protocol::twiml;
  tw::stream_options options;
  options.url = "wss://h:8443/a b";
  options.action = "/x?a=1&b=<2>\"'";
  options.parameters = {{"token", "\xC5\xBB&\"<>'"}, {"empty", ""}};
  auto text
    = tw::document({tw::say("1 < 2 & so on"), tw::connect_stream(options)});
  auto doc = verbs(text);
  CAF_REQUIRE_EQUAL(doc.size(), 2u);
  CAF_CHECK_EQUAL(doc[0].text, "1 < 2 & so on");
  CAF_CHECK_EQUAL(doc[1].attribute("action").value(), options.action);
  auto* stream = doc[1].child("Stream");
  CAF_REQUIRE(stream);
  CAF_CHECK_EQUAL(stream->attribute("url").value(), options.url);
  for (std::size_t i = 0; i < 2; ++i) {
    auto& parameter = stream->children.at(i);
    CAF_CHECK_EQUAL(parameter.attribute("name").value(),
                    options.parameters[i].first);
    CAF_CHECK_EQUAL(parameter.attribute("value").value(),
                    options.parameters[i].second);
  }
}

CAF_TEST(what is not TwiML is refused with a reason) {
  const std::pair<std::string, std::string> cases[] = {
    {"", "no element"},
    {"hello", "text outside of the element"},
    {"{}", "text outside of the element"},
    {"<response/>", "the root element is not <Response>"},
    {"<Say>Hi</Say>", "the root element is not <Response>"},
    {"<Response>", "no end of <Response>"},
    {"<Response><Say></Response>", "the end tag </Response> ends nothing"},
    {"<Response></Say></Response>", "the end tag </Say> ends nothing"},
    {"</Response>", "the end tag </Response> ends nothing"},
    {"<Response/><Response/>", "a second element"},
    {"<Response/>x", "text outside of the element"},
    {"<Response>x</Response>", "text between the verbs"},
    {"<Response><Redirect>/a?b&c</Redirect></Response>",
     "an & that begins no entity"},
    {"<Response><Redirect>/a?b&c;</Redirect></Response>",
     "an & that begins no entity"},
    {"<Response><Connect action=\"/a?b&c=d\"/></Response>",
     "an & that begins no entity"},
    {"<Response><Say a></Say></Response>", "the tag <Say> is malformed"},
    {"<Response><Say a=b></Say></Response>", "the tag <Say> is malformed"},
    {"<Response><Say a=\"1\"b=\"2\"/></Response>",
     "the tag <Say> is malformed"},
    {"<Response><Say a=\"1\" a=\"2\"/></Response>",
     "the tag <Say> is malformed"},
    {"<Response><Say a=\"<\"/></Response>", "the tag <Say> is malformed"},
    {"<Response>< Say/></Response>", "a < that begins no tag"},
    {"<!DOCTYPE x><Response/>", "a document type"},
    {"<!-- <Response/>", "no end of <!--"},
    {"<?xml <Response/>", "the XML declaration has no end"},
    {std::string{"<Response><Say>a\0b</Say></Response>", 35}, "a zero byte"},
    {"<Response>" + std::string(70'000, ' ') + "</Response>",
     "more than 64 KiB"},
  };
  for (const auto& [text, expected] : cases)
    CAF_CHECK_EQUAL(why(text), expected);
}

CAF_TEST(depth is bounded before anything recurses) {
  std::string text;
  for (int i = 0; i < 20'000; ++i)
    text += "<a>";
  CAF_CHECK_EQUAL(why(text), "too many levels");
}

CAF_TEST(broken variants never crash) {
  std::minstd_rand random{7};
  std::size_t refused = 0;
  for (std::size_t n = 0; n < connect.size(); ++n)
    refused += why(connect.substr(0, n)).empty() ? 0 : 1;
  CAF_CHECK_EQUAL(refused, connect.size());
  for (int i = 0; i < 20'000; ++i) {
    std::string text{connect};
    for (auto k = random() % 4; k < 4; ++k)
      text[random() % text.size()] = static_cast<char>(random() % 256);
    why(text);
  }
}
