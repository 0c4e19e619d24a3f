#define CAF_SUITE app.call_flow_verbs

#include "call_flow_fixture.hpp"

using namespace offhook;
using namespace offhook::tests;

namespace {

namespace form = protocol::form;

} // namespace

CAF_TEST_FIXTURE_SCOPE(call_flow_verbs_tests, call_flow_fixture)

CAF_TEST(speech and pauses take their nominal time) {
  begin();
  answer(
    R"(<Pause length="2"/><Say loop="2">Hello you.</Say><Play>/a.mp3</Play>)"
    R"(<Pause length="x"/><Hangup/>)");
  CAF_CHECK_EQUAL(waits_ms(), 2000);
  waited();
  CAF_CHECK_EQUAL(waits_ms(), 1300);
  waited();
  CAF_CHECK_EQUAL(waits_ms(), 2000);
  waited();
  CAF_CHECK_EQUAL(waits_ms(), 1000);
  waited();
  CAF_CHECK(is_over());
  CAF_CHECK(flow->ending() == call_ending::hung_up);
  settings.speech_factor = 0;
  begin();
  answer("<Say>Hello you.</Say>");
  CAF_CHECK_EQUAL(waits_ms(), 0);
}

CAF_TEST(tones take their time) {
  begin();
  answer(R"(<Play digits="w12#"/><Play digits="W"/><Play digits="1a"/>)");
  CAF_CHECK_EQUAL(waits_ms(), 500 + 3 * 250);
  waited();
  CAF_CHECK_EQUAL(waits_ms(), 1000);
  CAF_CHECK_EQUAL(call->stats().violation_count, 0u);
  waited();
  CAF_CHECK_EQUAL(call->stats().violation_count, 1u);
}

CAF_TEST(a rejected call was never answered) {
  settings.status_callback = "https://h.example/done";
  begin();
  answer(R"(<Reject reason="busy"/><Say>no</Say>)");
  CAF_CHECK(is_over());
  CAF_CHECK(flow->ending() == call_ending::rejected);
  auto callbacks = flow->take_callbacks();
  auto fields = form::parse(callbacks.at(0).body).value();
  CAF_CHECK_EQUAL(form::get(fields, "CallStatus"), "busy");
  begin();
  answer("<Say>Hi</Say><Reject/><Hangup/>");
  waited();
  CAF_CHECK(flow->ending() == call_ending::hung_up);
  CAF_CHECK_EQUAL(call->stats().violation_count, 1u);
}

CAF_TEST(an empty document ends the call) {
  settings.status_callback = "https://h.example/done";
  begin();
  now += milliseconds{2500};
  answer("");
  CAF_CHECK(is_over());
  CAF_CHECK(flow->ending() == call_ending::document_ended);
  auto callbacks = flow->take_callbacks();
  CAF_REQUIRE_EQUAL(callbacks.size(), 1u);
  auto fields = form::parse(callbacks[0].body).value();
  CAF_CHECK_EQUAL(form::get(fields, "CallStatus"), "completed");
  CAF_CHECK_EQUAL(form::get(fields, "CallDuration"), "3");
  CAF_CHECK_EQUAL(form::get(fields, "CallbackSource"), "call-progress-events");
  CAF_CHECK(flow->take_callbacks().empty());
}

CAF_TEST(a menu that is answered) {
  settings.input = {{"12#", ""}, {"", "the booking, please"}};
  begin();
  const std::string menu
    = R"(<Gather input="dtmf speech" numDigits="1" timeout="5" action="/menu">)"
      R"(<Say>0123456789</Say></Gather><Redirect>/empty</Redirect>)";
  answer(menu);
  CAF_CHECK_EQUAL(waits_ms(), 650);
  waited();
  CAF_CHECK_EQUAL(asked().url, "https://h.example/menu");
  CAF_CHECK_EQUAL(param("Digits"), "1");
  answer(menu);
  waited();
  CAF_CHECK_EQUAL(param("SpeechResult"), "the booking, please");
  CAF_CHECK_EQUAL(param("Confidence"), "0.91");
  answer(menu);
  CAF_CHECK_EQUAL(waits_ms(), 5650);
  waited();
  CAF_CHECK_EQUAL(asked().url, "https://h.example/empty");
}

CAF_TEST(an entry that may go on takes the timeout too) {
  settings.input = {{"1", ""}, {"12", ""}, {"1#", ""}, {"", "sales"}};
  begin();
  for (auto expected : {5000, 0, 0, 0}) {
    answer(R"(<Gather input="dtmf speech" numDigits="2" action="/menu"/>)");
    CAF_CHECK_EQUAL(waits_ms(), expected);
    waited();
    CAF_CHECK_EQUAL(asked().url, "https://h.example/menu");
  }
}

CAF_TEST(a menu without an action asks its own document) {
  settings.input = {{"1", ""}, {"", "speech where only digits are heard"}};
  begin();
  answer("<Gather/>");
  waited();
  CAF_CHECK_EQUAL(asked().url, "https://h.example/voice?a=1");
  answer(R"(<Gather actionOnEmptyResult="true"/>)");
  waited();
  CAF_CHECK_EQUAL(param("Digits"), "");
  CAF_CHECK(asked().body.find("Digits=") != std::string::npos);
}

CAF_TEST(a transfer comes back with its outcome) {
  settings.dial_status = "no-answer";
  settings.dial_ms = 700;
  begin();
  answer(R"(<Dial action="/after-dial"><Number>+15551230001</Number></Dial>)");
  CAF_CHECK_EQUAL(waits_ms(), 700);
  waited();
  CAF_CHECK_EQUAL(asked().url, "https://h.example/after-dial");
  CAF_CHECK_EQUAL(param("DialCallStatus"), "no-answer");
  CAF_CHECK_EQUAL(param("DialBridged"), "false");
  answer("<Dial>+15551230001</Dial><Hangup/>");
  waited();
  CAF_CHECK(flow->ending() == call_ending::hung_up);
}

CAF_TEST(unknown verbs are passed over and counted) {
  begin();
  answer("<say>hi</say><Hangup/>");
  CAF_CHECK(flow->ending() == call_ending::hung_up);
  CAF_REQUIRE_EQUAL(call->stats().violation_count, 1u);
  CAF_CHECK_EQUAL(call->stats().violations[0].code, 12200);
}

CAF_TEST_FIXTURE_SCOPE_END()
