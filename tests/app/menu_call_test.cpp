// The menu in front of whole calls, over real sockets.
#define CAF_SUITE app.menu_call

#include "tests/app/server_fixture.hpp"
#include "tests/text.hpp"

#include <caf/test/dsl.hpp>

using namespace offhook;
using namespace offhook::app;
namespace steps = offhook::app::standins::steps;

namespace {

using tests::has;

struct fixture : tests::server_fixture {
  fixture() {
    set("menu.choices", "1=sales,2=support");
    set("menu.input", "both");
    set("menu.words", "support=broken");
    set("menu.repeats", "1");
    set("agents.sales.greeting", "Say sales.");
    set("agents.support.greeting", "Say support.");
    // The model is the witness: it says by which greeting it was begun.
    agent_options.agent.script.answer
      = [this](const standins::turn_info& turn) {
          std::lock_guard guard{mutex};
          greetings.push_back(turn.instructions);
          return embedded_agent_script().greeting;
        };
    webhook = "/menu";
    twilio.speech_factor = 0;
  }

  ~fixture() {
    stop_servers();
  }

  standins::demo_caller_result short_call() {
    return call({{steps::hear{300}}, {steps::hang_up{}}});
  }

  std::mutex mutex;
  std::vector<std::string> greetings;
};

constexpr const char* form = "CallSid=CA0123456789abcdef0123456789abcdef"
                             "&From=%2B15017122661&To=%2B15558675310";

} // namespace

CAF_TEST_FIXTURE_SCOPE(menu_call_tests, fixture)

CAF_TEST(a key chooses the agent) {
  start();
  twilio.input = {{"1", ""}};
  auto result = short_call();
  CAF_CHECK_EQUAL(result.failure, "");
  CAF_CHECK_EQUAL(result.stats.violation_count, 0u);
  CAF_CHECK(greetings == (std::vector<std::string>{"Say sales."}));
  CAF_REQUIRE_GREATER_OR_EQUAL(result.documents.size(), 2u);
  CAF_CHECK(has(result.documents[0].body, "<Gather"));
  CAF_CHECK(has(result.documents[1].url, "/menu?attempt=1"));
  CAF_CHECK(has(result.documents[1].body,
                R"(<Parameter name="agent" value="sales"/>)"));
  CAF_CHECK(has(get("/metrics").body,
                "offhook_menu_answers_total{result=\"chosen\"} 1\n"));
}

CAF_TEST(speech chooses after a wrong key) {
  keys.twilio_auth_token = "0123456789abcdef0123456789abcdef";
  set("menu.enabled", "true");
  webhook = "/incoming-call";
  start();
  twilio.input = {{"7", ""}, {"", "It is broken."}};
  auto result = short_call();
  CAF_CHECK_EQUAL(result.failure, "");
  CAF_CHECK(greetings == (std::vector<std::string>{"Say support."}));
  CAF_REQUIRE_GREATER_OR_EQUAL(result.documents.size(), 3u);
  CAF_CHECK(has(result.documents[1].body, "I did not get that."));
}

CAF_TEST(silence ends with the agent for all others) {
  start();
  auto result = short_call();
  CAF_CHECK_EQUAL(result.failure, "");
  CAF_REQUIRE_GREATER_OR_EQUAL(result.documents.size(), 3u);
  CAF_CHECK(has(result.documents[1].body, "attempt=2"));
  CAF_CHECK(!has(result.documents[1].body, "I did not get that."));
  CAF_CHECK(has(result.documents[2].body, "<Connect"));
  CAF_CHECK_EQUAL(greetings.size(), 1u);
  CAF_CHECK(has(get("/metrics").body,
                "offhook_menu_answers_total{result=\"nothing\"} 2\n"));
}

CAF_TEST(silence ends the call where nobody is for all others) {
  set("menu.otherwise", "");
  set("menu.farewell", "Call again.");
  start();
  auto result = short_call();
  CAF_CHECK(result.ending == standins::call_ending::hung_up);
  CAF_REQUIRE_EQUAL(result.documents.size(), 3u);
  CAF_CHECK(has(result.documents[2].body, "<Say>Call again.</Say><Hangup/>"));
  CAF_CHECK(greetings.empty());
  CAF_CHECK(has(get("/metrics").body, "offhook_calls_started_total 0\n"));
}

CAF_TEST(no session is open before the choice) {
  set("menu.enabled", "true");
  set("agents.sales.numbers", "+15550001");
  start();
  CAF_CHECK(has(post("/incoming-call", form).body, "<Gather"));
  CAF_CHECK(has(post("/menu?attempt=1", form).body, "<Gather"));
  CAF_CHECK_EQUAL(get("/v1/calls").body, R"({"calls":[]})");
  // What is already chosen is not asked.
  for (const auto* query : {"?agent=default", "?agent=sales"}) {
    auto chosen = std::string{"/incoming-call"} + query;
    CAF_CHECK(has(post(chosen, form).body, "<Connect"));
  }
  CAF_CHECK(
    has(post("/incoming-call", "CallSid=CA2&To=%2B15550001").body, "<Connect"));
}

CAF_TEST(an answer that comes twice makes one call) {
  start();
  auto first = post("/menu?attempt=1", std::string{form} + "&Digits=1");
  auto second = post("/menu?attempt=1", std::string{form} + "&Digits=1");
  CAF_CHECK(has(first.body, "<Connect"));
  CAF_CHECK(has(second.body, "<Connect"));
  CAF_CHECK(has(get("/metrics").body, "offhook_calls_started_total 1\n"));
}

CAF_TEST(what is no answer of Twilio gets no session) {
  start();
  CAF_CHECK_EQUAL(post("/menu", "CallSid=").status, 400u);
  CAF_CHECK(has(post("/menu?attempt=99", form).body, "<Connect"));
  auto gone = std::string{"CallSid=CA3&CallStatus=completed&Digits=1"};
  auto answer = post("/menu?attempt=1", gone);
  CAF_CHECK(has(answer.body, "<Response><Hangup/></Response>"));
  CAF_CHECK_EQUAL(get("/v1/calls/CA3").status, 404u);
}

CAF_TEST(a choice that names no agent keeps the server from starting) {
  set("menu.choices", "1=sails");
  std::string why;
  try {
    start();
  } catch (const std::exception& error) {
    why = error.what();
  }
  CAF_CHECK(has(why, "menu.choices"));
  CAF_CHECK(has(why, "1=sails"));
}

CAF_TEST_FIXTURE_SCOPE_END()
