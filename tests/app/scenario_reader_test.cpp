#define CAF_SUITE app.scenario_reader

#include "app/scenario_reader.hpp"

#include "app/scenario_library.hpp"
#include "app/scenario_tools.hpp"
#include "app/scenario_voice.hpp"
#include "app/standins/voice_tracker.hpp"
#include "protocol/g711.hpp"

#include "caf/test/dsl.hpp"

using namespace offhook::app;

namespace {

/// A scenario that is as it must be, with one part replaced.
std::string with(std::string_view part = {}, std::string_view other = {}) {
  std::string result = R"({
  "about": "A scenario for tests.",
  "gateway": {"agents.default.voice": "cedar"},
  "call": {"to": "+15557654321", "path": "/menu", "gather": [{"digits": "1"}],
           "dial": {"status": "busy", "ms": 500}, "say-percent": 10},
  "caller": [{"hear-end": 800, "within-ms": 9000}, {"say": "caller-hours"},
             {"say": {"text": "Yes.", "ms": 600}}, {"press": "4#"},
             {"cue": "now"}, {"hang-up": true}],
  "model": {"replies": [
    {"when": {"purpose": "greeting"}, "output": [{"say": "agent-greeting"}]},
    {"output": [{"call": {"name": "f", "arguments": {"a": 1}}}],
     "delay-ms": 300, "times": 0}]},
  "tools": {"f": [{"body": {"x": 1}, "delay-ms": 5}, {"status": 500}]},
  "faults": [{"at": "now", "reset": true}, {"model": "nulls"}],
  "expect": {"ending": "hung_up", "within-ms": 5000,
             "heard": [{"line": "agent-greeting", "ms": [1, 2]}]}
})";
  if (!part.empty()) {
    auto at = result.find(part);
    CAF_REQUIRE(at != std::string::npos);
    result.replace(at, part.size(), other);
  }
  return result;
}

std::string error_of(const std::string& text) {
  try {
    read_scenario("test", text, "test.json");
  } catch (const scenario_error& x) {
    return x.what();
  }
  return {};
}

} // namespace

CAF_TEST(every built in scenario is as it must be) {
  CAF_CHECK_GREATER(scenario_names().size(), 5u);
  for (auto name : scenario_names()) {
    CAF_MESSAGE(std::string{name});
    auto x = built_in_scenario(name);
    CAF_CHECK_EQUAL(x.name, name);
    CAF_CHECK(!x.expect.ending.empty());
  }
}

CAF_TEST(all parts are read) {
  auto x = read_scenario("test", with(), "test.json");
  CAF_CHECK_EQUAL(x.about, "A scenario for tests.");
  CAF_REQUIRE_EQUAL(x.gateway.size(), 1u);
  CAF_CHECK_EQUAL(x.gateway[0].second, "cedar");
  CAF_CHECK_EQUAL(x.call.to, "+15557654321");
  CAF_CHECK_EQUAL(x.call.url, "/menu");
  CAF_REQUIRE_EQUAL(x.call.input.size(), 1u);
  CAF_CHECK_EQUAL(x.call.input[0].digits, "1");
  CAF_CHECK_EQUAL(x.call.dial_status, "busy");
  CAF_CHECK_EQUAL(x.call.dial_ms, 500u);
  // A pause stands between two keys.
  CAF_REQUIRE_EQUAL(x.caller.size(), 8u);
  CAF_CHECK_EQUAL(x.caller[0].deadline_ms, 9000u);
  CAF_CHECK_EQUAL(describe(x.caller[3]), "press 4");
  CAF_CHECK_EQUAL(describe(x.caller[4]), "pause 200 ms");
  CAF_CHECK_EQUAL(describe(x.caller[5]), "press #");
  CAF_CHECK(
    x.caller_texts
    == (std::vector<std::string>{"Hi, what are your opening hours?", "Yes."}));
  CAF_REQUIRE_EQUAL(x.replies.size(), 2u);
  CAF_CHECK_EQUAL(x.replies[0].purpose, "greeting");
  CAF_CHECK_EQUAL(x.replies[1].times, 0u);
  CAF_CHECK_EQUAL(x.replies[1].what.delay.count(), 300);
  auto* call
    = std::get_if<standins::called_function>(&x.replies[1].what.outputs.at(0));
  CAF_REQUIRE(call);
  CAF_CHECK_EQUAL(call->arguments, R"({"a":1})");
  CAF_REQUIRE_EQUAL(x.tools.count("f"), 1u);
  scenario_tools server{x};
  CAF_CHECK_EQUAL(server.answer("/f").body, R"({"x":1})");
  CAF_CHECK_EQUAL(server.answer("/f").status, 500u);
  CAF_CHECK_EQUAL(server.answer("/f").status, 500u); // The last one stays.
  CAF_CHECK_EQUAL(server.answer("/g").status, 404u);
  CAF_REQUIRE_EQUAL(x.faults.size(), 2u);
  CAF_CHECK(x.faults[0].reset);
  CAF_CHECK(x.faults[1].model && x.faults[1].model->nulls);
  CAF_REQUIRE(x.expect.heard);
  CAF_CHECK(x.expect.heard->at(0).ms == bounds(1, 2));
}

CAF_TEST(what is wrong is told with its place and what is allowed) {
  struct wrong {
    std::string_view part;
    std::string_view other;
    std::string_view place;
    std::string_view allowed;
  };
  for (const auto& x : std::vector<wrong>{
         {R"("hear-end": 800)", R"("hear-edn": 800)", "/caller/0/hear-edn",
          "hear-end"},
         {R"("hear-end": 800)", R"("hear-end": -1)", "/caller/0/hear-end",
          "0 to 120000"},
         {R"("hear-end": 800)", R"("hear-end": "long")", "/caller/0/hear-end",
          "integer"},
         {R"("hear-end": 800)", R"("hear-end": 800, "hear": 1)", "/caller/0",
          "only one of"},
         {R"("say": "caller-hours")", R"("say": "caller-hour")",
          "/caller/1/say", "caller-hours"},
         {R"("press": "4#")", R"("press": "4x")", "/caller/3/press", "0-9 * #"},
         {R"("hang-up": true)", R"("hang-up": false)", "/caller/5/hang-up",
          "true"},
         {R"("ms": 600)", R"("ms": 99999999)", "/caller/2/say/ms",
          "100 to 30000"},
         {R"("agents.default.voice")", R"("agents.default.vioce")",
          "/gateway/agents.default.vioce", "unknown key"},
         {R"("agents.default.voice": "cedar")", R"("http.port": "1")",
          "/gateway/http.port", "not be set"},
         {R"("agents.default.voice": "cedar")", R"("log.level": "debug")",
          "/gateway/log.level", "not be set"},
         {R"("status": "busy")", R"("status": "engaged")", "/call/dial/status",
          "no-answer"},
         {R"("path": "/menu")", R"("path": "menu")", "/call/path", "begin"},
         {R"("purpose": "greeting")", R"("reason": "greeting")",
          "/model/replies/0/when/reason", "purpose"},
         {R"("arguments": {"a": 1})", R"("arguments": [1])",
          "/model/replies/1/output/0/call/arguments", "object"},
         {R"("delay-ms": 5)", R"("delay": 5)", "/tools/f/0/delay", "delay-ms"},
         {R"("status": 500)", R"("status": 99)", "/tools/f/1/status",
          "200 to 599"},
         {R"("model": "nulls")", R"("model": "nills")", "/faults/1/model",
          "reset-after=MS"},
         {R"("at": "now")", R"("at": "then")", "/faults/0/at", "cue"},
         {R"("at": "now", )", "", "/faults/0", "'at'"},
         {R"("ending": "hung_up")", R"("ending": "well")", "/expect/ending",
          "caller_hung_up"},
         {R"("ending": "hung_up", )", "", "/expect", "'ending'"},
         {R"("line": "agent-greeting")", R"("line": "agent-hours")",
          "/expect/heard/0/line", "agent-greeting"},
         {R"([1, 2])", R"([2, 1])", "/expect/heard/0/ms", "lower bound first"},
         {R"([1, 2])", R"([1, 2, 3])", "/expect/heard/0/ms", "two integers"},
         {R"("within-ms": 5000)", R"("within-ms": 5000, "herd": [])",
          "/expect/herd", "heard"},
         {R"("about": "A scenario for tests.")",
          R"("about": "A scenario for tests.", "about": "Another one.")",
          "/about", "once"},
         {R"("about")", R"("abuot")", "/", "'about'"},
         {R"("caller": [)", R"("caller": [[])", "line", "column"},
       }) {
    auto error = error_of(with(x.part, x.other));
    CAF_MESSAGE(std::string{x.other} << " -> " << error);
    CAF_CHECK(error.starts_with("test.json: "));
    CAF_CHECK(error.find(x.place) != std::string::npos);
    CAF_CHECK(error.find(x.allowed) != std::string::npos);
  }
}

CAF_TEST(what is no document is refused) {
  for (const auto& text :
       {std::string{}, std::string{"[]"}, std::string{"null"},
        std::string(300'000, ' '), std::string(5'000, '['),
        std::string{"{\"about\":0.0e-2147483639}"}}) {
    auto error = error_of(text);
    CAF_MESSAGE(error);
    CAF_CHECK(error.starts_with("test.json: "));
  }
}

CAF_TEST(a name that is neither built in nor a file is refused) {
  try {
    load_scenario("no-such-scenario");
    CAF_FAIL("it was taken");
  } catch (const scenario_error& x) {
    CAF_CHECK(std::string_view{x.what()}.find("call,") != std::string::npos);
  }
}

CAF_TEST(a voice is as long as it is asked to be) {
  for (std::uint32_t ms : {100u, 500u, 2000u, 9000u}) {
    auto audio = voice_of("Nine to five.", ms);
    CAF_CHECK_EQUAL(audio.size(), ms * 8);
    auto voice = standins::find_voice(audio);
    CAF_REQUIRE(voice);
    CAF_CHECK_GREATER(voice->ended - voice->began, audio.size() / 3);
    // No pause in it ends a turn.
    standins::voice_tracker ear{300};
    ear.add(0, audio);
    CAF_CHECK_EQUAL(ear.latest().value().number, 1u);
  }
  CAF_CHECK(voice_of("Nine to five.") != voice_of("Ten to six."));
  CAF_CHECK(!standins::find_voice(quiet_voice(500)));
}
