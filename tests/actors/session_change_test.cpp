// One conversation over several sessions: what a new one is told, and when it
// takes over.
#define CAF_SUITE actors.session_changes

#include "actors/call_tools.hpp"
#include "actors/session_seed.hpp"
#include "tests/fakes/talk.hpp"

using namespace offhook;
using namespace offhook::actors;
using namespace std::chrono_literals;

namespace {

struct fixture : tests::talk_fixture {
  fixture() {
    env->behaviours = built_in_behaviours();
    agent_profile sales;
    sales.name = "sales";
    sales.session.instructions = "You sell.";
    sales.greeting = "Say who you are.";
    sales.session.voice = "cedar";
    env->agents["sales"] = std::make_shared<agent_profile>(sales);
    env->agent.session.transcription_model = "gpt-4o-mini-transcribe";
    env->agent.behaviours = {"tools"};
    env->agent.colleagues = {{"sales", "prices"}};
    env->agent.session.tools = {*built_in_tool("set_agent", env->agent)};
    env->behaviours["probe"] = [turns = turns](caf::actor_system& from,
                                               behaviour_context context) {
      return from.spawn([turns, context](behaviour_actor::pointer me)
                          -> behaviour_actor::behavior_type {
        me->monitor(context.director);
        me->set_down_handler([me](caf::down_msg&) { me->quit(); });
        return {[turns](const call_event& x) {
          if (const auto* turn
              = std::get_if<actors::events::agent_turn>(&x.what))
            turns->push_back(turn->heard);
        }};
      });
    };
    env->agent.behaviours.push_back("probe");
    begin_talk();
  }

  void ask_for_sales(const std::string& text = "I pass you on.") {
    agent_says(first, "r1", text,
               call("set_agent",
                    R"({\"agent\":\"sales\",\"note\":\"wants a price\"})"));
  }

  void set_agent(const std::string& name = "sales") {
    self->send(supervisor, call_order{actors::orders::set_agent{"", name, ""}});
    consume_messages();
  }

  /// Lets time pass as it does: every timer gets its turn.
  void wait(ms length) {
    for (auto at = ms{0}; at < length; at += ms{100})
      pass(ms{100});
  }

  /// Now the one and now the other, who has nothing to say.
  void change_agent(int i) {
    set_agent(i % 2 == 0 ? "sales" : "default");
    auto session = open_session();
    acked = 0;
    acknowledge(session);
    for (const auto& x : std::vector{session->sent})
      if (auto at = x.find(R"("create":")"); at != x.npos) {
        auto id = "hello" + std::to_string(i);
        say(session, R"({"type":"response.created","event_id":"e","response":{)"
                     R"("id":")"
                       + id + R"(","metadata":{"create":")"
                       + x.substr(at + 10, x.find('"', at + 10) - at - 10)
                       + R"("}}})");
        say(session, R"({"type":"response.done","event_id":"e","response":{)"
                     R"("id":")"
                       + id + R"(","status":"completed","output":[]}})");
      }
  }

  /// As the first agent's behaviour saw them; it may outlive this fixture.
  std::shared_ptr<std::vector<std::string>> turns
    = std::make_shared<std::vector<std::string>>();
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(session_changes, fixture)

CAF_TEST(another agent takes over with all that was said) {
  caller_says(first, "i1", "What does it cost?");
  ask_for_sales();
  CAF_REQUIRE_EQUAL(dials.size(), 2u);
  auto second = answer_dial();
  say(second, created());
  CAF_CHECK_EQUAL(tests::count(second->sent, "You sell."), 1u);
  CAF_CHECK_EQUAL(tests::count(second->sent, "cedar"), 1u);
  say(second, updated());
  // The first one is still being heard.
  CAF_CHECK(items(second).empty());
  say(stream, media_frame(20));
  CAF_CHECK_EQUAL(tests::count(second->sent, "append"), 0u);
  CAF_CHECK_EQUAL(tests::count(first->sent, "append"), 1u);
  hear();
  CAF_REQUIRE_EQUAL(items(second).size(), 2u);
  CAF_CHECK_EQUAL(tests::count({items(second)[0]}, "What does it cost?"), 1u);
  CAF_CHECK_EQUAL(tests::count({items(second)[1]}, "I pass you on."), 1u);
  CAF_CHECK_EQUAL(tests::count({items(second)[1]}, "output_text"), 1u);
  // Not before it has taken them.
  CAF_CHECK(!first->close_code);
  CAF_CHECK_EQUAL(tests::count(second->sent, "response.create"), 0u);
  acknowledge(second);
  CAF_CHECK(first->close_code == net::close_code::normal);
  CAF_REQUIRE_EQUAL(items(second).size(), 3u);
  CAF_CHECK_EQUAL(tests::count({items(second)[2]}, "wants a price"), 1u);
  CAF_CHECK_EQUAL(tests::count(second->sent, "response.create"), 1u);
  CAF_CHECK_EQUAL(tests::count(second->sent, "Say who you are."), 1u);
  // What the new one hears begins before it took over.
  CAF_CHECK_EQUAL(tests::count(second->sent, "append"), 1u);
  say(stream, media_frame(40));
  CAF_CHECK_GREATER(tests::count(second->sent, "append"), 1u);
  CAF_CHECK_EQUAL(tests::count(first->sent, "append"), 1u);
  CAF_CHECK_EQUAL(env->metrics->agent_changes->value(), 1);
  // Its end is no loss: nobody dials again.
  pass(10s);
  CAF_CHECK_EQUAL(dials.size(), 2u);
  CAF_CHECK_EQUAL(state(), "talking");
}

CAF_TEST(however long the last words are the rest is waited for) {
  caller_says(first, "i1", "What does it cost?");
  agent_says(first, "r1", "A long sentence.",
             call("set_agent", R"({\"agent\":\"sales\"})"), 6000);
  auto second = open_session();
  hear(6500ms);
  CAF_REQUIRE_EQUAL(items(second).size(), 2u);
  CAF_CHECK(!first->close_code);
  acknowledge(second);
  CAF_CHECK(first->close_code.has_value());
  // They were the first agent's.
  CAF_REQUIRE_EQUAL(turns->size(), 1u);
  CAF_CHECK_EQUAL(turns->at(0), "A long sentence.");
}

CAF_TEST(an item that is refused is not waited for) {
  caller_says(first, "i1", "What does it cost?");
  ask_for_sales();
  auto second = open_session();
  hear();
  CAF_REQUIRE_EQUAL(items(second).size(), 2u);
  for (const auto& x : items(second)) {
    auto at = x.find(R"("event_id":")") + 12;
    say(second, R"({"type":"error","event_id":"e","error":{"type":)"
                R"("invalid_request_error","code":"invalid_value",)"
                R"("message":"m","event_id":")"
                  + x.substr(at, x.find('"', at) - at) + "\"}}");
  }
  CAF_CHECK(first->close_code.has_value());
  CAF_CHECK_EQUAL(env->metrics->refused_items->value(), 2);
}

CAF_TEST(an acknowledgement that comes too late adds nothing to the log) {
  caller_says(first, "i1", "What does it cost?");
  ask_for_sales();
  auto second = open_session();
  hear();
  pass(4s);
  CAF_CHECK(first->close_code.has_value());
  acknowledge(second);
  say(second, R"({"type":"response.created","event_id":"e","response":{)"
              R"("id":"r1","metadata":{"create":"1"}}})");
  say(second, R"({"type":"response.done","event_id":"e","response":{)"
              R"("id":"r1","status":"completed","output":[]}})");
  agent_says(second, "r2", "Hello from sales.");
  hear();
  // Who comes next is told of no turn that never was.
  self->send(supervisor,
             call_order{actors::orders::set_agent{"", "default", ""}});
  consume_messages();
  acked = 0;
  auto third = open_session();
  pass(4s);
  CAF_CHECK_EQUAL(tests::count(items(third), "Hello from sales."), 1u);
  CAF_CHECK_EQUAL(tests::count(items(third), "not written down"), 0u);
}

CAF_TEST(one that is lost as it takes over has a successor) {
  caller_says(first, "i1", "What does it cost?");
  ask_for_sales();
  auto second = open_session();
  hear();
  // The last acknowledgement and the end come in one piece.
  for (const auto& x : items(second)) {
    auto at = x.find(R"("item":{"id":")") + 14;
    second->say(R"({"type":"conversation.item.added","event_id":"e",)"
                R"("previous_item_id":null,"item":{"id":")"
                + x.substr(at, x.find('"', at) - at)
                + R"(","type":"message","role":"user"}})");
  }
  second->end({net::ws_closed::cause::lost, 1006, {}, "reset"});
  consume_messages();
  pass(1s);
  CAF_REQUIRE_EQUAL(dials.size(), 3u);
  acked = 0;
  auto third = open_session();
  acknowledge(third);
  say(stream, media_frame());
  CAF_CHECK_GREATER(tests::count(third->sent, "append"), 0u);
  CAF_CHECK_EQUAL(tests::count(third->sent, "You sell."), 1u);
  CAF_CHECK(first->close_code.has_value());
  pass(30s);
  CAF_CHECK_EQUAL(dials.size(), 3u);
}

CAF_TEST(an agent that is wanted while there is no session comes alone) {
  caller_says(first, "i1", "What does it cost?");
  first->end({net::ws_closed::cause::lost, 1006, {}, "reset"});
  consume_messages();
  set_agent();
  pass(10s); // Nobody dials for the other.
  CAF_REQUIRE_EQUAL(dials.size(), 2u);
  auto second = open_session();
  acknowledge(second);
  CAF_CHECK_EQUAL(tests::count(second->sent, "You sell."), 1u);
  CAF_CHECK_EQUAL(tests::count(second->sent, "Say who you are."), 1u);
}

CAF_TEST(an agent that is wanted while a session is dialled takes its place) {
  first->end({net::ws_closed::cause::lost, 1006, {}, "reset"});
  consume_messages();
  pass(250ms);
  CAF_REQUIRE_EQUAL(dials.size(), 2u);
  set_agent();
  CAF_CHECK(dials[1]->cancelled);
  CAF_REQUIRE_EQUAL(dials.size(), 3u);
  auto third = open_session();
  acknowledge(third);
  CAF_CHECK_EQUAL(tests::count(third->sent, "Say who you are."), 1u);
}

CAF_TEST(a transcript that is late is waited for) {
  caller_says(first, "i1", "");
  ask_for_sales();
  auto second = open_session();
  hear();
  CAF_CHECK(items(second).empty());
  transcribe(first, "i1", "What does it cost?");
  CAF_REQUIRE_EQUAL(items(second).size(), 2u);
  CAF_CHECK_EQUAL(tests::count({items(second)[0]}, "What does it cost?"), 1u);
  acknowledge(second);
  CAF_CHECK(first->close_code.has_value());
}

CAF_TEST(one that never comes is not waited for) {
  caller_says(first, "i1", "");
  ask_for_sales();
  auto second = open_session();
  hear();
  pass(3s);
  // Nor an acknowledgement.
  CAF_CHECK_EQUAL(tests::count(items(second), "not written down"), 1u);
  CAF_CHECK(first->close_code.has_value());
}

CAF_TEST(nobody takes over while the caller speaks) {
  caller_says(first, "i1", "What does it cost?");
  ask_for_sales();
  auto second = open_session();
  hear();
  say(first, R"({"type":"input_audio_buffer.speech_started","event_id":"e",)"
             R"("audio_start_ms":0,"item_id":"i2"})");
  acknowledge(second);
  pass(10s);
  CAF_CHECK(!first->close_code);
  say(first, R"({"type":"input_audio_buffer.speech_stopped","event_id":"e",)"
             R"("audio_end_ms":0,"item_id":"i2"})");
  say(first, R"({"type":"conversation.item.added","event_id":"e",)"
             R"("previous_item_id":null,"item":{"id":"i2","type":"message",)"
             R"("role":"user"}})");
  transcribe(first, "i2", "And tomorrow?");
  agent_says(first, "r2", "Tomorrow as well.");
  hear();
  pass(1s);
  acknowledge(second);
  CAF_CHECK(first->close_code.has_value());
  // All of it once, in its order.
  std::string all;
  for (const auto& x : items(second))
    all += x;
  std::size_t at = 0;
  for (const auto* text : {"What does it cost?", "I pass you on.",
                           "And tomorrow?", "Tomorrow as well."}) {
    auto found = all.find(text, at);
    CAF_CHECK_NOT_EQUAL(found, all.npos);
    CAF_CHECK_EQUAL(all.find(text, found + 1), all.npos);
    at = found;
  }
}

CAF_TEST(an agent that cannot be had leaves the call as it is) {
  ask_for_sales();
  fail_dial({net::connect_error::kind::connect, 0, "refused"});
  CAF_CHECK_EQUAL(tests::count(first->sent, "cannot be reached"), 1u);
  CAF_CHECK_EQUAL(tests::count(first->sent, "response.create"), 1u);
  CAF_CHECK_EQUAL(state(), "talking");
  pass(20s); // Another try of a roll-over, which this is not, comes sooner.
  CAF_CHECK_EQUAL(dials.size(), 2u);
}

CAF_TEST(an agent that is no colleague is refused) {
  agent_says(first, "r1", "", call("set_agent", R"({\"agent\":\"boss\"})"));
  CAF_CHECK_EQUAL(dials.size(), 1u);
  CAF_CHECK_EQUAL(tests::count(first->sent, "must be one of those"), 1u);
}

CAF_TEST(a session that is lost meanwhile is not dialled again) {
  caller_says(first, "i1", "What does it cost?");
  ask_for_sales();
  first->end({net::ws_closed::cause::lost, 1006, {}, "reset"});
  consume_messages();
  pass(10s);
  CAF_REQUIRE_EQUAL(dials.size(), 2u);
  auto second = open_session();
  acknowledge(second);
  CAF_CHECK_EQUAL(tests::count(second->sent, "Say who you are."), 1u);
  say(stream, media_frame());
  CAF_CHECK_GREATER(tests::count(second->sent, "append"), 0u);
}

CAF_TEST(agents that change are no outage) {
  wait(15s);
  for (int i = 0; i < 4; ++i) {
    change_agent(i);
    wait(2500ms);
    CAF_CHECK_EQUAL(outcome(), "none");
  }
  wait(15s);
  CAF_CHECK_EQUAL(outcome(), "none");
  // Nor does anybody hear that something is wrong, though none said anything.
  CAF_CHECK_EQUAL(metrics_text().find("offhook_outage_steps_total{"),
                  std::string::npos);
}

CAF_TEST(agents that change behind an outage do not make it longer) {
  auto session = first;
  for (auto at = 0ms; at < 16s; at += 400ms) {
    lose(session);
    consume_messages();
    pass(400ms);
    session = open_session();
  }
  for (int i = 0; i < 2; ++i) {
    hear(3s); // A tone has been played.
    change_agent(i);
  }
  hear(10s);
  CAF_CHECK_EQUAL(outcome(), "none");
}

CAF_TEST(an agent whose session is lost with the other one comes all the same) {
  caller_says(first, "i1", "What does it cost?"); // To be told of before.
  ask_for_sales();
  auto second = open_session();
  for (const auto& x : {first, second})
    x->end({net::ws_closed::cause::lost, 1006, {}, "reset"});
  consume_messages();
  pass(1s);
  CAF_REQUIRE_EQUAL(dials.size(), 3u);
  auto third = open_session();
  acked = 0;
  acknowledge(third);
  pass(5s);
  CAF_CHECK_EQUAL(tests::count(third->sent, "You have taken over"), 1u);
  CAF_CHECK_EQUAL(tests::count(third->sent, "Say who you are."), 1u);
  CAF_CHECK_EQUAL(tests::count(third->sent, "cannot be reached"), 0u);
}

CAF_TEST(a session in the place of a lost one knows what was said) {
  caller_says(first, "i1", "What does it cost?");
  agent_says(first, "r1", "Ten pounds.",
             call("look_up", R"({\"what\":\"price\"})"));
  hear();
  CAF_CHECK_EQUAL(tests::count(first->sent, "no such function"), 1u);
  first->end({net::ws_closed::cause::lost, 1006, {}, "reset"});
  consume_messages();
  say(stream, media_frame(20));
  pass(250ms);
  auto second = open_session();
  auto told = items(second);
  CAF_REQUIRE_EQUAL(told.size(), 4u);
  CAF_CHECK_EQUAL(tests::count({told[0]}, "What does it cost?"), 1u);
  CAF_CHECK_EQUAL(tests::count({told[1]}, "Ten pounds."), 1u);
  CAF_CHECK_EQUAL(tests::count({told[2]}, R"("function_call")"), 1u);
  CAF_CHECK_EQUAL(tests::count({told[3]}, "function_call_output"), 1u);
  // What the caller says waits until it does.
  CAF_CHECK_EQUAL(tests::count(second->sent, "append"), 0u);
  acknowledge(second);
  CAF_CHECK_EQUAL(tests::count(second->sent, "append"), 1u);
}

CAF_TEST_FIXTURE_SCOPE_END()

CAF_TEST(a new session is told what was heard and no more) {
  conversation_log log;
  auto count = 0;
  auto ids = [&count] { return "own_" + std::to_string(++count); };
  log.added("i1", "", log_kind::caller);
  log.agent_text("i2", "We open at nine and close at six.", true);
  log.sounds("i2");
  log.cut("i2", 1000, 4000);
  log.agent_text("i3", "Nobody heard this.", true);
  log.keys("i4", "42");
  log.tool_call("i5", "call_1", "look_up", "{}");
  session_seed seed;
  CAF_CHECK(
    seed.more(log, true, {}, ids).empty()); // The first turn is not written.
  log.transcript("i1", "When do you open?");
  auto told = seed.more(log, true, {}, ids);
  CAF_REQUIRE_EQUAL(told.size(), 3u);
  CAF_CHECK(std::get<put_text>(told[0])
            == (put_text{"own_1", "user", "When do you open?"}));
  CAF_CHECK(std::get<put_text>(told[1])
            == (put_text{"own_2", "assistant", "We open"}));
  CAF_CHECK(std::get<put_text>(told[2])
            == (put_text{"own_3", "user", "[keypad: 42]"}));
  CAF_CHECK(!seed.all_settled());
  for (const auto* id : {"own_1", "own_2", "own_3"})
    seed.settled(id);
  CAF_CHECK(seed.all_settled());
  CAF_CHECK(seed.more(log, true, {}, ids).empty());
  log.tool_result("i6", "call_1", "7");
  told = seed.more(log, true, {}, ids);
  CAF_REQUIRE_EQUAL(told.size(), 2u);
  CAF_CHECK(std::get<put_tool_call>(told[0])
            == (put_tool_call{"own_4", "call_1", "look_up", "{}"}));
  CAF_CHECK(std::get<put_tool_result>(told[1])
            == (put_tool_result{"own_5", "call_1", "7"}));
  CAF_CHECK(seed.owns("own_4"));
  CAF_CHECK(!seed.owns("i5"));
  seed.close(log);
  seed.placed("own_5", "own_4", log);       // Acknowledged only now.
  for (const auto* id : {"own_1", "own_5"}) // All of it was before.
    CAF_CHECK_EQUAL(seed.place_behind(id), "i6");
  CAF_CHECK_EQUAL(seed.place_behind("i7"), "i7");
  log.added("i7", "i6", log_kind::agent);
  seed.owe("i8");
  log.note("i8", "The door rings.");
  log.added("i9", "", log_kind::caller);
  CAF_CHECK_EQUAL(seed.more(log, true, {}, ids).size(), 1u);
  // Told after what the session has said itself meanwhile, and before that.
  seed.placed("own_6", "i9", log);
  CAF_CHECK_EQUAL(seed.place_behind("own_6"), "i9");
  seed.placed("own_6", "i7", log);
  CAF_CHECK_EQUAL(seed.place_behind("own_6"), "i8");
}

CAF_TEST(what could not be understood is not waited for) {
  conversation_log log;
  log.added("i1", "", log_kind::caller);
  CAF_CHECK(log.awaits_transcript());
  log.transcript("i1", "");
  CAF_CHECK(!log.awaits_transcript());
  session_seed seed;
  CAF_CHECK(seed.more(log, true, {}, [] { return "x"; }).empty());
}

CAF_TEST(keys stay keys when their item is acknowledged) {
  conversation_log log;
  log.keys("own_1", "42");
  log.added("own_1", "", log_kind::caller);
  CAF_REQUIRE_EQUAL(log.entries().size(), 1u);
  CAF_CHECK(log.entries()[0].kind == log_kind::keys);
}

CAF_TEST(a new session is told of what is left out) {
  conversation_log log{{2, 4096}};
  for (const auto* id : {"a", "b", "c", "d"})
    log.note(id, id);
  session_seed seed;
  auto told = seed.more(log, true, {},
                        [n = 0]() mutable { return std::to_string(++n); });
  CAF_REQUIRE_EQUAL(told.size(), 3u);
  CAF_CHECK(std::get<put_text>(told[0]).text.find("first 2 entries")
            != std::string::npos);
}
