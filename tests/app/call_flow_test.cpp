#define CAF_SUITE app.call_flow

#include "call_flow_fixture.hpp"

#include "protocol/signature.hpp"

using namespace offhook;
using namespace offhook::tests;

namespace {

namespace form = protocol::form;

constexpr std::string_view token = "0123456789abcdef0123456789abcdef";

} // namespace

CAF_TEST_FIXTURE_SCOPE(call_flow_tests, call_flow_fixture)

CAF_TEST(the first request has the standard parameters) {
  begin();
  CAF_CHECK_EQUAL(asked().method, "POST");
  CAF_CHECK_EQUAL(asked().url, "https://h.example/voice?a=1");
  CAF_CHECK_EQUAL(asked().header("Content-Type"),
                  "application/x-www-form-urlencoded; charset=UTF-8");
  CAF_CHECK_EQUAL(asked().header("I-Twilio-Idempotency-Token").size(), 32u);
  CAF_CHECK(asked().header("X-Twilio-Signature").empty());
  const form::fields expected{{"CallSid", "CA00112233445566778899aabbccddeeff"},
                              {"AccountSid",
                               "AC0123456789abcdef0123456789abcdef"},
                              {"From", "+15017122661"},
                              {"To", "+15558675310"},
                              {"Caller", "+15017122661"},
                              {"Called", "+15558675310"},
                              {"CallStatus", "ringing"},
                              {"Direction", "inbound"},
                              {"ApiVersion", "2010-04-01"}};
  CAF_CHECK(params() == expected);
}

CAF_TEST(every request is signed where there is a token) {
  settings.auth_token = token;
  settings.url += "#rc=2";
  settings.status_callback = "https://h.example/done";
  begin();
  CAF_CHECK(
    protocol::signature::verify(token, asked().header("X-Twilio-Signature"),
                                "https://h.example/voice?a=1", params()));
  answer(R"(<Redirect method="GET">/next?x=y</Redirect>)");
  CAF_CHECK_EQUAL(asked().method, "GET");
  CAF_CHECK(asked().body.empty());
  CAF_CHECK(asked().url.starts_with(
    "https://h.example/next?x=y&CallSid=CA00112233445566778899aabbccddeeff&"));
  CAF_CHECK(protocol::signature::verify(
    token, asked().header("X-Twilio-Signature"), asked().url));
  answer(R"(<Connect><Stream url="wss://h.example/media"/></Connect>)");
  auto& headers = stream().headers;
  CAF_REQUIRE_EQUAL(headers.size(), 1u);
  CAF_CHECK_EQUAL(headers[0].first, "x-twilio-signature");
  // V6 of the reference.
  CAF_CHECK(protocol::signature::verify_upgrade(token, headers[0].second,
                                                "wss://h.example/media"));
  last = flow->on_stream_ended(now);
  CAF_CHECK(is_over());
  auto callbacks = flow->take_callbacks();
  CAF_REQUIRE_EQUAL(callbacks.size(), 1u);
  CAF_CHECK(protocol::signature::verify(
    token, callbacks[0].header("X-Twilio-Signature"), callbacks[0].url,
    form::parse(callbacks[0].body).value()));
}

CAF_TEST(a plain stream URL is signed as if it were wss) {
  settings.auth_token = token;
  settings.url = "http://127.0.0.1:5050/incoming-call";
  begin();
  answer(R"(<Connect><Stream url="ws://127.0.0.1:5050/ai-stream"/></Connect>)");
  CAF_CHECK_EQUAL(stream().url, "ws://127.0.0.1:5050/ai-stream");
  CAF_CHECK(protocol::signature::verify_upgrade(
    token, stream().headers.at(0).second, "wss://127.0.0.1:5050/ai-stream"));
}

CAF_TEST(a stream with its parameters and its action) {
  begin();
  answer(R"(<Connect action="/ended?x=1"><Stream url="wss://h/m" name="main">)"
         R"(<Parameter name="token" value="a&amp;b"/>)"
         R"(<Parameter name="attempt" value="1"/></Stream></Connect>)"
         R"(<Say>never said</Say>)");
  CAF_CHECK_EQUAL(stream().url, "wss://h/m");
  CAF_CHECK(stream().headers.empty());
  auto setup = stream().stream;
  CAF_CHECK_EQUAL(setup.stream_sid.substr(0, 2), "MZ");
  CAF_CHECK_EQUAL(setup.stream_sid.size(), 34u);
  CAF_CHECK_EQUAL(setup.call_sid, settings.call_sid);
  CAF_REQUIRE_EQUAL(setup.parameters.size(), 2u);
  CAF_CHECK_EQUAL(setup.parameters[0].second, "a&b");
  flow->on_stream_opened(now);
  last = flow->on_stream_ended(now);
  CAF_CHECK_EQUAL(asked().url, "https://h.example/ended?x=1");
  CAF_CHECK_EQUAL(param("StreamSid"), setup.stream_sid);
  CAF_CHECK_EQUAL(param("CallStatus"), "in-progress");
  answer(R"(<Connect><Stream url="wss://h/m"/></Connect>)");
  CAF_CHECK(stream().stream.stream_sid != setup.stream_sid);
  last = flow->on_stream_ended(now);
  CAF_CHECK(is_over());
  CAF_CHECK(flow->ending() == call_ending::document_ended);
  CAF_CHECK_EQUAL(flow->documents().size(), 2u);
  CAF_CHECK_EQUAL(call->failure(), "");
}

CAF_TEST(without an action the document goes on behind the stream) {
  begin();
  answer(R"(<Connect><Stream url="wss://h/m"/></Connect>)"
         R"(<Redirect>again</Redirect>)");
  last = flow->on_stream_ended(now);
  CAF_CHECK_EQUAL(asked().url, "https://h.example/again");
}

CAF_TEST(a relative stream URL is one of the same host) {
  begin();
  answer(R"(<Connect><Stream url="/m"/></Connect>)");
  CAF_CHECK_EQUAL(stream().url, "wss://h.example/m");
}

CAF_TEST(what Twilio refuses of a stream URL is refused) {
  const std::pair<std::string, std::string> cases[] = {
    {"ws://h/m", "31922: the scheme is not wss"},
    {"https://h/m", "31922: the scheme is not wss"},
    {"wss://h/m?token=1", "31920: the URL has a query"},
    {"wss://h m", "31922: no URL"},
    {"", "31922: the scheme is not wss"},
  };
  for (const auto& [url, why] : cases) {
    call = std::make_shared<phone_call>(phone_call::options{}, now);
    begin();
    answer("<Connect><Stream statusCallback=\"/s\" url=\"" + url
           + "\"/></Connect><Hangup/>");
    CAF_CHECK(is_over());
    CAF_CHECK(flow->ending() == call_ending::hung_up);
    if (!url.empty())
      CAF_CHECK_EQUAL(call->failure(), "the stream was not opened: " + why);
    auto callbacks = flow->take_callbacks();
    CAF_REQUIRE_EQUAL(callbacks.size(), 1u);
    auto fields = form::parse(callbacks[0].body).value();
    CAF_CHECK_EQUAL(form::get(fields, "StreamEvent"), "stream-error");
  }
}

CAF_TEST(the status of a stream is told) {
  begin();
  answer(R"(<Connect><Stream url="wss://h/m" name="main" )"
         R"(statusCallback="https://x.example/s"/></Connect>)");
  auto sid = stream().stream.stream_sid;
  flow->on_stream_opened(now);
  last = flow->on_stream_ended(now);
  auto callbacks = flow->take_callbacks();
  CAF_REQUIRE_EQUAL(callbacks.size(), 2u);
  CAF_CHECK_EQUAL(callbacks[0].url, "https://x.example/s");
  auto fields = form::parse(callbacks[0].body).value();
  CAF_CHECK_EQUAL(form::get(fields, "StreamEvent"), "stream-started");
  CAF_CHECK_EQUAL(form::get(fields, "StreamSid"), sid);
  CAF_CHECK_EQUAL(form::get(fields, "StreamName"), "main");
  fields = form::parse(callbacks[1].body).value();
  CAF_CHECK_EQUAL(form::get(fields, "StreamEvent"), "stream-stopped");
}

CAF_TEST(a stream that cannot be opened lets the document go on) {
  begin();
  answer(R"(<Connect action="/ended"><Stream url="wss://h/m"/></Connect>)");
  last = flow->on_stream_failed(31920, "status 403", now);
  CAF_CHECK_EQUAL(asked().url, "https://h.example/ended");
  CAF_CHECK_EQUAL(call->failure(),
                  "the stream was not opened: 31920: status 403");
}

CAF_TEST(what fails is asked of the fallback URL once) {
  settings.fallback_url = "https://f.example/fallback";
  begin();
  last = flow->on_response({503, "text/plain", "busy"}, now);
  CAF_CHECK_EQUAL(asked().url, "https://f.example/fallback");
  CAF_CHECK_EQUAL(param("ErrorCode"), "11200");
  CAF_CHECK_EQUAL(param("ErrorUrl"), "https://h.example/voice?a=1");
  CAF_CHECK_EQUAL(flow->documents().at(0).fault, "status 503");
  last = flow->on_no_answer(11205, "refused", now);
  CAF_CHECK(is_over());
  CAF_CHECK(flow->ending() == call_ending::failed);
  CAF_CHECK_EQUAL(call->failure(),
                  "11205: refused (https://f.example/fallback)");
}

CAF_TEST(a fallback that answers goes on) {
  settings.fallback_url = "https://f.example/fallback";
  begin();
  last = flow->on_no_answer(11205, "refused", now);
  answer("<Redirect>/x</Redirect>");
  CAF_CHECK_EQUAL(asked().url, "https://f.example/x");
  last = flow->on_response({500, "", ""}, now);
  CAF_CHECK_EQUAL(asked().url, "https://f.example/fallback");
  CAF_CHECK_EQUAL(call->failure(), "");
}

CAF_TEST(what is no document ends the call with the reason) {
  struct {
    webhook_response answer;
    std::string why;
  } cases[] = {
    {{404, "text/xml", "<Response/>"}, "11200: status 404"},
    {{302, "text/xml", ""}, "11200: status 302"},
    {{200, "application/json", "{}"}, "12300: content type application/json"},
    {{200, "text/xml", ""}, "12100: no element"},
    {{200, "text/xml", "<Response><Redirect>a&b</Redirect></Response>"},
     "12100: an & that begins no entity"},
  };
  for (auto& x : cases) {
    call = std::make_shared<phone_call>(phone_call::options{}, now);
    begin();
    last = flow->on_response(x.answer, now);
    CAF_CHECK(is_over());
    CAF_CHECK_EQUAL(call->failure(), x.why + " (https://h.example/voice?a=1)");
  }
}

CAF_TEST(a URL that is none is a failure) {
  begin();
  answer("<Redirect>https:nowhere</Redirect>");
  CAF_CHECK(flow->ending() == call_ending::failed);
  settings.url = "voice";
  begin();
  CAF_CHECK(flow->ending() == call_ending::failed);
}

CAF_TEST(redirects without end come to one) {
  begin();
  int documents = 0;
  while (!is_over() && documents < 1000) {
    answer("<Redirect/>");
    ++documents;
  }
  CAF_CHECK_EQUAL(documents, 50);
  CAF_CHECK(flow->ending() == call_ending::failed);
}

CAF_TEST(after the person hung up nothing goes on) {
  settings.status_callback = "https://h.example/done";
  begin();
  answer(R"(<Connect action="/ended"><Stream url="wss://h/m"/></Connect>)");
  last = flow->on_caller_hung_up(now);
  CAF_CHECK(is_over());
  last = flow->on_stream_ended(now);
  CAF_CHECK(is_over());
  last = flow->on_waited(now);
  CAF_CHECK(is_over());
  answer("<Say>too late</Say>");
  CAF_CHECK(is_over());
  CAF_CHECK(flow->ending() == call_ending::caller_hung_up);
  CAF_CHECK_EQUAL(flow->take_callbacks().size(), 1u);
}

CAF_TEST(relative URLs are resolved as RFC 3986 says) {
  const std::string base = "https://h:8443/a/b?c=d";
  CAF_CHECK_EQUAL(resolve_url(base, "/x").value(), "https://h:8443/x");
  CAF_CHECK_EQUAL(resolve_url(base, "x?y=1").value(), "https://h:8443/a/x?y=1");
  CAF_CHECK_EQUAL(resolve_url(base, "../x").value(), "https://h:8443/x");
  CAF_CHECK_EQUAL(resolve_url(base, "//o/x").value(), "https://o/x");
  CAF_CHECK_EQUAL(resolve_url(base, "").value(), base);
  CAF_CHECK_EQUAL(resolve_url(base, "HTTPS://H/%7e#f").value(),
                  "HTTPS://H/%7e");
  CAF_CHECK(!resolve_url(base, "a b"));
  CAF_CHECK(!resolve_url("nonsense", "x"));
}

CAF_TEST_FIXTURE_SCOPE_END()
