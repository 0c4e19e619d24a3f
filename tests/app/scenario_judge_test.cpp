// A call that does not go as its scenario says is told so.
#define CAF_SUITE app.scenario_judge

#include "tests/app/scenario_stage.hpp"

#include "app/scenario_judge.hpp"
#include "app/scenario_library.hpp"
#include "app/scenario_reader.hpp"

using namespace offhook;
using namespace offhook::app;

namespace {

/// Another expectation than the one that holds, and what must be said of it.
struct mutation {
  std::string_view part;
  std::string_view other;
  std::vector<std::string_view> said;
};

struct fixture : tests::scenario_stage {
  /// One call, judged by expectations that do not hold, one after the other.
  void fails_for(std::string_view name, const std::vector<mutation>& all) {
    const std::string text{scenario_text(name)};
    const auto run = play(built_in_scenario(name));
    for (const auto& x : all) {
      auto wrong = text;
      const auto at = wrong.find(x.part);
      CAF_REQUIRE(at != std::string::npos);
      wrong.replace(at, x.part.size(), x.other);
      const auto failure = first_failure(
        judge(read_scenario("wrong", wrong, "wrong.json"), run));
      CAF_MESSAGE(std::string{x.other} << " -> " << failure);
      CAF_CHECK(failure.starts_with("expected: "));
      CAF_CHECK(failure.find("; what happened: ") != std::string::npos);
      for (auto part : x.said)
        CAF_CHECK(failure.find(part) != std::string::npos);
    }
  }

  /// Plays a changed file. @returns all that is not good
  std::string play_changed(std::string_view name, std::string_view part,
                           std::string_view other) {
    std::string text{scenario_text(name)};
    const auto at = text.find(part);
    CAF_REQUIRE(at != std::string::npos);
    text.replace(at, part.size(), other);
    const auto what = read_scenario("changed", text, "changed.json");
    std::string result;
    for (const auto& x : judge(what, play(what)))
      if (!x.good)
        result += to_string(x) + '\n';
    CAF_MESSAGE(result);
    return result;
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(scenario_judge_tests, fixture)

CAF_TEST(wrong expectations of the whole call) {
  fails_for(
    "call",
    {
      {R"("ending": "caller_hung_up")",
       R"("ending": "hung_up")",
       {"ends as hung_up", "caller_hung_up", ", at 00:"}},
      {R"("outcome": "completed")",
       R"("outcome": "ended_by_us")",
       {"ended_by_us", "completed"}},
      {R"("within-ms": 60000)",
       R"("within-ms": 10000)",
       {"within 10000 ms", "it took", ", at 00:"}},
      {R"(["Say", "Connect", "Redirect"])",
       R"(["Connect", "Redirect"])",
       {"Connect", "Say, Connect, Redirect"}},
      {R"("interrupts": ["caller-interrupt"])",
       R"("interrupts": [])",
       {"stop the agent: none", "caller-interrupt", ", at 00:"}},
      {R"("truncations": 1)",
       R"("truncations": 0)",
       {"model is told of: 0", "1", ", at 00:"}},
      {R"("sessions": 2)", R"("sessions": 1)", {"model: 1", ": 2", ", at 00:"}},
      {R"("sessions": 2)",
       R"("sessions": 2, "model-errors": 1)",
       {"errors of the model: 1"}},
      {R"("sessions": 2)",
       R"("sessions": 2, "unanswered": ["caller-hours"])",
       {"without an answer: caller-hours"}},
      {R"("answered-within-ms": 3000)",
       R"("answered-within-ms": 100)",
       {"within 100 ms", "slowest took", ", at 00:"}},
      {R"({"line": "agent-sunday"})",
       R"({"line": "agent-goodbye"})",
       {"agent-goodbye", "\"agent-sunday\"", ", at 00:"}},
      {R"([2400, 4000])", R"([100, 200])", {"100 to 200 ms", "agent-hours"}},
      {R"({"line": "agent-sunday"})",
       R"({"line": "agent-sunday", "gap-ms": [9000, 9999]})",
       {"after 9000 to 9999 ms of silence", ", at 00:"}},
      {R"({"line": "agent-goodbye"})",
       R"({"line": "agent-goodbye"}, {"line": "agent-goodbye"})",
       {"is heard", "nothing more was heard", ", at 00:"}},
      {R"(,
      {"line": "agent-goodbye"})",
       "",
       {"nothing more is heard", "agent-goodbye", ", at 00:"}},
      {R"("heard": [)",
       R"("not-heard": ["agent-sunday"], "heard": [)",
       {"\"agent-sunday\" is not heard", ", at 00:"}},
    });
}

CAF_TEST(wrong expectations of keys) {
  fails_for("dtmf", {
                      {R"(["[keypad: ****]"])",
                       R"(["[keypad: 4711]"])",
                       {"is told \"[keypad: 4711]\"", "****", ", at 00:"}},
                      {R"("not-told": ["4711"])",
                       R"("not-told": ["****"])",
                       {"never told \"****\"", "keypad", ", at 00:"}},
                      {R"("purposes": ["greeting", "keys"])",
                       R"("purposes": ["greeting"])",
                       {"greeting", "keys", ", at 00:"}},
                      {R"({"kind": "keys", "text": "****"})",
                       R"({"kind": "keys", "text": "4711"})",
                       {"keys \"4711\"", "keys \"****\""}},
                      {R"("unheard": "")", R"("unheard": "x")", {"unheard"}},
                    });
}

CAF_TEST(wrong expectations of functions) {
  fails_for("parallel-tools",
            {
              {R"("name": "weather", "arguments": "Berlin", "result")",
               R"("name": "weather", "arguments": "Paris", "result")",
               {"weather(Paris)", "Berlin", ", at 00:"}},
              {R"("name": "calendar", "result": "free")",
               R"("name": "calendar", "result": "busy")",
               {"busy", "free", ", at 00:"}},
              {R"("answer-ms": [850, 2000])",
               R"("answer-ms": [0, 10])",
               {"after 0 to 10 ms", "after 9", ", at 00:"}},
              {R"("called": [)",
               R"("called": [{"name": "first"}, )",
               {"first() is called", "weather", ", at 00:"}},
            });
}

CAF_TEST(a call that goes another way fails) {
  CAF_CHECK(play_changed("goodbye", R"({"call": {"name": "end_call"}})",
                         R"({"say": {"text": "And?", "ms": 500}})")
              .find("await the close")
            != std::string::npos);
}

CAF_TEST(a response that is not foreseen fails) {
  auto failure = play_changed("agents", R"("caller": "red one")",
                              R"("caller": "blue one")");
  CAF_CHECK(failure.find("no reply for: none; what happened: one with no "
                         "purpose, when the caller had said \"Do you have a "
                         "red one?\"")
            != std::string::npos);
}

CAF_TEST(a reply that nobody asks for fails) {
  auto failure = play_changed("silence", R"("times": 2)", R"("times": 3)");
  CAF_CHECK(failure.find("/model/replies/1") != std::string::npos);
}

CAF_TEST(a greeting that is not configured fails) {
  auto failure = play_changed(
    "agents",
    R"("agents.sales.greeting": "Say that this is the bicycle shop.")",
    R"("agents.sales.greeting": "")");
  CAF_CHECK(failure.find("step 1 (hear the end") != std::string::npos);
}

CAF_TEST_FIXTURE_SCOPE_END()
