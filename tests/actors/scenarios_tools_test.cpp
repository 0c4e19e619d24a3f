// Acceptance scenarios of functions that servers of the operator's run, on
// virtual time: the bridge and the behaviour, with the play-out of a telephone.
#define CAF_SUITE actors.scenarios_tools

#include "actors/call_tools.hpp"
#include "tests/fakes/conversation.hpp"
#include "tests/fakes/fake_http.hpp"

#include <caf/typed_event_based_actor.hpp>

using namespace offhook;
using namespace offhook::actors;
using namespace std::chrono_literals;

namespace {

constexpr std::uint8_t a = 0x11;

/// What the supervisor does between bridge and behaviour.
using relay_actor = event_sink_actor::extend<caf::result<void>(call_order)>;

struct relay_parts {
  bridge_actor bridge;
  behaviour_actor behaviour;
  std::shared_ptr<tests::event_record> events;
};

relay_actor::behavior_type relay(relay_actor::pointer self,
                                 std::shared_ptr<relay_parts> parts) {
  return {
    [=](const call_event& x) {
      parts->events->events.push_back(x);
      if (parts->behaviour)
        self->send(parts->behaviour, x);
    },
    [=](farewell_heard) { ++parts->events->farewells; },
    [](session_adopted) {},
    [](leave_line) {},
    [](end_call) {},
    [=](const call_order& x) { self->send(parts->bridge, x); },
  };
}

struct fixture : tests::conversation {
  tests::fake_http http;
  std::shared_ptr<webhook_tool> slow;
  std::shared_ptr<relay_parts> parts = std::make_shared<relay_parts>();
  relay_actor between = sys.spawn(relay, parts);

  fixture() : tests::conversation("actors-scenarios-tools") {
    http.install(*env);
    self->send_exit(sink, caf::exit_reason::user_shutdown);
    parts->events = events;
    sink = between;
    add("quick");
    add("middling");
    slow = add("slow");
    slow->deadline_ms = 2000;
    slow->filler = "Say that you are still looking.";
    slow->filler_after_ms = 1000;
    slow->cancel_on_interruption = true;
  }

  ~fixture() {
    self->send_exit(between, caf::exit_reason::user_shutdown);
    consume_messages();
    *parts = {};
  }

  std::shared_ptr<webhook_tool> add(const std::string& name) {
    auto tool = std::make_shared<webhook_tool>(tests::make_tool(name));
    env->agent.webhooks[name] = tool;
    return tool;
  }

  void begin() {
    connect();
    parts->bridge = bridge;
    parts->behaviour = sys.spawn<call_tools_impl>(
      behaviour_context{environment::find_agent(env, ""),
                        "CA1",
                        director_actor{between},
                        {},
                        nullptr,
                        "+15017122661",
                        "+15558675310",
                        env});
    consume_messages();
  }

  /// A response that calls these functions, in this order.
  void model_calls(std::vector<std::string> names,
                   const std::string& arguments = "{}") {
    tell(response_started{1, "resp_a", 0});
    response_finished done{1, "resp_a", "completed", ""};
    for (const auto& name : names)
      done.calls.push_back({"item_" + name, "call_" + name, name, arguments});
    tell(done);
  }

  void answer(std::size_t index, const std::string& body) {
    http.answer(index, body);
    consume_messages();
  }

  std::vector<create_response> creates() {
    return openai->all<create_response>();
  }

  /// What the model was told of a call; empty: nothing, twice: both.
  std::string told(const std::string& name) {
    std::string result;
    for (const auto& x : openai->all<put_tool_result>())
      if (x.call_id == "call_" + name)
        result += x.output;
    return result;
  }

  /// The words that bridge the time, as the last create asked for them.
  void say_filler(std::uint64_t length_ms) {
    tell(response_started{1, "resp_f", creates().back().create_id});
    deliver("resp_f", "item_f", length_ms, a);
    tell(audio_done{1, "resp_f", "item_f"});
    tell(response_finished{1, "resp_f", "completed", ""});
  }

  std::int64_t late_results() {
    return env->metrics->late_tool_results->value();
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(scenarios_tools, fixture)

CAF_TEST(a tone bridges the time where there are no words) {
  slow->filler.clear();
  slow->filler_tone = true;
  begin();
  model_calls({"slow"});
  pass(950ms);
  CAF_CHECK(twilio->payloads.empty());
  pass(600ms);
  CAF_CHECK_GREATER(twilio->payloads.size(), 3u);
  CAF_CHECK_EQUAL(creates().size(), 0u);
  CAF_CHECK_EQUAL(env->metrics->tool_fillers->value(), 1);
}

CAF_TEST(scenario_20_parallel_tools) {
  begin();
  model_calls({"quick", "middling", "slow"});
  CAF_REQUIRE_EQUAL(http.exchanges.size(), 3u);
  pass(50ms);
  answer(0, R"({"quick":1})");
  pass(750ms);
  answer(1, R"({"middling":2})");
  pass(150ms);
  CAF_CHECK_EQUAL(creates().size(), 0u);
  // The filler is due after 1 s of silence, and heard.
  pass(100ms);
  CAF_REQUIRE_EQUAL(creates().size(), 1u);
  CAF_CHECK_EQUAL(creates()[0].instructions, "Say that you are still looking.");
  CAF_CHECK_EQUAL(creates()[0].purpose, "filler");
  CAF_CHECK(creates()[0].aside);
  auto heard = twilio->payload_sizes.size();
  say_filler(600);
  pass(700ms);
  CAF_CHECK_GREATER(twilio->payload_sizes.size(), heard);
  CAF_CHECK_EQUAL(creates().size(), 1u);
  CAF_CHECK_EQUAL(told("slow"), "");
  // The third has had its time.
  pass(300ms);
  CAF_CHECK_EQUAL(told("quick"), R"({"quick":1})");
  CAF_CHECK_EQUAL(told("middling"), R"({"middling":2})");
  CAF_CHECK_EQUAL(told("slow"),
                  R"({"error":"the function did not answer in time"})");
  CAF_CHECK(http.exchanges[2]->cancelled);
  // One reply for all of them, in the conversation.
  CAF_REQUIRE_EQUAL(creates().size(), 2u);
  CAF_CHECK_EQUAL(creates()[1].purpose, "tools");
  CAF_CHECK(!creates()[1].aside);
  pass(5000ms);
  CAF_CHECK_EQUAL(creates().size(), 2u);
  CAF_CHECK_EQUAL(openai->all<put_tool_result>().size(), 3u);
}

CAF_TEST(scenario_20_a barge_in cancels the pending webhooks) {
  begin();
  model_calls({"quick", "middling", "slow"});
  answer(0, "1");
  pass(1000ms);
  CAF_REQUIRE_EQUAL(creates().size(), 1u);
  // While the filler is generated and heard.
  tell(response_started{1, "resp_f", creates()[0].create_id});
  deliver("resp_f", "item_f", 2000, a);
  pass(300ms);
  barge_in();
  CAF_CHECK_EQUAL(twilio->clears, 1u);
  CAF_CHECK(http.exchanges[2]->cancelled);
  CAF_CHECK(!http.exchanges[1]->cancelled); // It does not say so.
  CAF_CHECK_EQUAL(
    told("slow"),
    R"({"error":"the function was cancelled, for the caller spoke"})");
  // The server does not cancel what is beside its conversation, and knows no
  // item of it.
  auto cancels = openai->all<cancel_response>();
  CAF_REQUIRE_EQUAL(cancels.size(), 1u);
  CAF_CHECK_EQUAL(cancels[0].response_id, "resp_f");
  CAF_CHECK_EQUAL(openai->all<truncate_item>().size(), 0u);
  CAF_CHECK_EQUAL(openai->all<delete_item>().size(), 0u);
  tell(response_finished{1, "resp_f", "cancelled", "client_cancelled"});
  pass(1000ms);
  CAF_CHECK_EQUAL(creates().size(), 1u);
  // What goes on is answered by a reply of its own.
  answer(1, "2");
  CAF_REQUIRE_EQUAL(creates().size(), 2u);
  CAF_CHECK_EQUAL(creates()[1].purpose, "tools");
}

CAF_TEST(scenario_20_what a barge_in ends is answered with the caller) {
  begin();
  model_calls({"quick", "slow"});
  answer(0, "1");
  pass(1000ms);
  say_filler(2000);
  pass(300ms);
  barge_in();
  pass(5000ms);
  // The server answers what the caller says: no reply of ours beside it.
  CAF_CHECK_EQUAL(openai->all<put_tool_result>().size(), 2u);
  CAF_CHECK_EQUAL(creates().size(), 1u);
}

CAF_TEST(no words bridge the time while somebody speaks) {
  slow->deadline_ms = 5000;
  begin();
  tell(response_started{1, "resp_b", 0});
  deliver("resp_b", "item_b", 1500, a);
  tell(audio_done{1, "resp_b", "item_b"});
  response_finished done{1, "resp_b", "completed", ""};
  done.calls.push_back({"item_slow", "call_slow", "slow", "{}"});
  tell(done);
  CAF_REQUIRE_EQUAL(http.exchanges.size(), 1u);
  pass(2000ms); // The agent speaks until 1500 ms.
  CAF_CHECK_EQUAL(creates().size(), 0u);
  tell(speech_started{1, 0, "item_user"}); // And then the caller.
  pass(1500ms);
  CAF_CHECK_EQUAL(creates().size(), 0u);
  CAF_CHECK(!http.exchanges[0]->cancelled);
}

CAF_TEST(words that are not begun are dropped by the result) {
  begin();
  model_calls({"slow"});
  pass(1000ms);
  CAF_REQUIRE_EQUAL(creates().size(), 1u);
  answer(0, R"({"slow":3})"); // Before the server began them.
  CAF_CHECK_EQUAL(creates().size(), 1u);
  tell(response_started{1, "resp_f", creates()[0].create_id});
  CAF_CHECK_EQUAL(openai->all<cancel_response>().size(), 1u);
  tell(response_finished{1, "resp_f", "cancelled", "client_cancelled"});
  CAF_REQUIRE_EQUAL(creates().size(), 2u);
  CAF_CHECK_EQUAL(creates()[1].purpose, "tools");
}

CAF_TEST(words that are being said do not delay the reply) {
  begin();
  model_calls({"slow"});
  pass(1000ms);
  say_filler(3000); // Generated at once, and heard for 3 s.
  answer(0, R"({"slow":3})");
  CAF_REQUIRE_EQUAL(creates().size(), 2u);
  CAF_CHECK_EQUAL(creates()[1].purpose, "tools");
  pass(5000ms);
  CAF_CHECK_EQUAL(creates().size(), 2u);
}

CAF_TEST(an answer that comes too late is counted and never told) {
  begin();
  model_calls({"slow"});
  auto request = http.exchanges.at(0);
  auto done = request->done; // Its answer is under way when it is cancelled.
  pass(2000ms);
  CAF_CHECK(request->cancelled);
  done(net::http_client_response{200, {}, R"({"late":1})"});
  done = {};
  request->done = {};
  pass(100ms);
  CAF_CHECK_EQUAL(late_results(), 1);
  CAF_CHECK_EQUAL(told("slow"),
                  R"({"error":"the function did not answer in time"})");
}

CAF_TEST(arguments are checked before anything is sent) {
  std::string error;
  add("strict")->schema = protocol::json_schema::compile(
    R"({"type":"object","required":["number"]})", error);
  begin();
  model_calls({"strict"}, R"({"nummer":1})");
  CAF_CHECK_EQUAL(http.exchanges.size(), 0u);
  CAF_CHECK_NOT_EQUAL(told("strict").find("'required'"), std::string::npos);
  CAF_CHECK_EQUAL(creates().size(), 1u); // The model may try again.
}

CAF_TEST(a function that is not the agents is refused) {
  begin();
  model_calls({"nonsense", "end_call"}); // Known, but not offered.
  CAF_CHECK_EQUAL(http.exchanges.size(), 0u);
  CAF_CHECK_EQUAL(told("nonsense"), R"({"error":"there is no such function"})");
  CAF_CHECK_EQUAL(told("end_call"), R"({"error":"there is no such function"})");
}

CAF_TEST(without somebody to ask the model is told) {
  env->http = {};
  begin();
  model_calls({"quick"});
  CAF_CHECK_EQUAL(told("quick"), R"({"error":"the function failed"})");
}

CAF_TEST(one call does not take all there is) {
  begin();
  model_calls(std::vector<std::string>(20, "quick"));
  CAF_CHECK_EQUAL(http.exchanges.size(), 16u);
  CAF_CHECK_EQUAL(openai->all<put_tool_result>().size(), 4u);
}

CAF_TEST(whoever ends leaves no request) {
  begin();
  model_calls({"quick", "slow"});
  self->send_exit(parts->behaviour, caf::exit_reason::kill);
  consume_messages();
  CAF_CHECK(http.exchanges.at(0)->cancelled);
  CAF_CHECK(http.exchanges.at(1)->cancelled);
}

CAF_TEST_FIXTURE_SCOPE_END()
