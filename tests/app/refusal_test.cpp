#define CAF_SUITE app.refusal

#include "app/refusal.hpp"

#include <caf/test/dsl.hpp>

using namespace offhook::app;
namespace twiml = offhook::protocol::twiml;

namespace {

using way = refusal_rules::way;

std::string document(const refusal_rules& rules, const refused_call& call) {
  auto text = twiml::document(refuse(rules, call));
  auto at = text.find("<Response>");
  return text.substr(at + 10, text.size() - at - 10 - 11);
}

const refusal_rules rules{way::reject, "All busy.", "https://other.example",
                          ""};

refusal_rules with(way x) {
  auto result = rules;
  result.with = x;
  return result;
}

} // namespace

CAF_TEST(the busy tone) {
  CAF_CHECK_EQUAL(document(rules, {}), "<Reject reason=\"busy\"/>");
}

CAF_TEST(a call that was answered cannot be rejected) {
  CAF_CHECK_EQUAL(document(rules, {false, true, false, {}}),
                  "<Say>All busy.</Say><Hangup/>");
}

CAF_TEST(a sentence) {
  CAF_CHECK_EQUAL(document(with(way::say), {}),
                  "<Say>All busy.</Say><Hangup/>");
  auto silent = with(way::say);
  silent.sentence.clear();
  CAF_CHECK_EQUAL(document(silent, {}), "<Hangup/>");
}

CAF_TEST(another instance) {
  CAF_CHECK_EQUAL(
    document(with(way::redirect), {false, false, false, {{"agent", "a&b"}}}),
    "<Redirect method=\"POST\">https://other.example/incoming-call?"
    "agent=a%26b&amp;redirected=1</Redirect>");
}

CAF_TEST(a call is sent on once) {
  CAF_CHECK_EQUAL(document(with(way::redirect), {false, false, true, {}}),
                  "<Reject reason=\"busy\"/>");
  CAF_CHECK_EQUAL(document(with(way::redirect), {false, true, true, {}}),
                  "<Say>All busy.</Say><Hangup/>");
}

CAF_TEST(while we drain the heir takes new calls) {
  auto draining = rules;
  draining.heir = "https://heir.example";
  CAF_CHECK_EQUAL(document(draining, {true, false, false, {}}),
                  "<Redirect method=\"POST\">https://heir.example/"
                  "incoming-call?redirected=1</Redirect>");
  // That is no matter of being full.
  CAF_CHECK_EQUAL(document(draining, {false, false, false, {}}),
                  "<Reject reason=\"busy\"/>");
}
