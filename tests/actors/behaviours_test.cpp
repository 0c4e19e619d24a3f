// Behaviours of a call: what they see, and what becomes of the call when they
// are slow or die.
#define CAF_SUITE actors.behaviours

#include "actors/call_tools.hpp"
#include "actors/key_input.hpp"
#include "actors/silence_policy.hpp"
#include "tests/fakes/call.hpp"

#include <sstream>

#include <caf/typed_event_based_actor.hpp>
#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>

using namespace offhook;
using namespace offhook::actors;
using namespace std::chrono_literals;

namespace {

struct fixture : tests::call_fixture {
  fixture() {
    env->behaviours = built_in_behaviours();
  }

  /// Turns on a behaviour that does `f` with each event.
  void turn_on(std::function<caf::result<void>(behaviour_actor::pointer,
                                               const call_event&)>
                 f) {
    env->behaviours["probe"] = [this, f](caf::actor_system& from,
                                         behaviour_context context) {
      ++spawned;
      return from.spawn([f, context](behaviour_actor::pointer me)
                          -> behaviour_actor::behavior_type {
        me->monitor(context.director);
        me->set_down_handler([me](caf::down_msg&) { me->quit(); });
        return {[me, f](const call_event& x) { return f(me, x); }};
      });
    };
    env->agent.behaviours = {"probe"};
  }

  std::string key() const {
    return R"({"event":"dtmf","streamSid":")" + stream_sid
           + R"(","sequenceNumber":"5","dtmf":{"track":"inbound_track",)"
             R"("digit":"1"}})";
  }

  int spawned = 0;
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(behaviours_tests, fixture)

CAF_TEST(a behaviour sees the call and gives orders) {
  std::vector<std::size_t> seen;
  turn_on(
    [&](behaviour_actor::pointer, const call_event& x) -> caf::result<void> {
      seen.push_back(x.what.index());
      return caf::unit;
    });
  auto stream = open_stream(admit());
  open_session();
  say(stream, key());
  CAF_REQUIRE_EQUAL(seen.size(), 2u);
  CAF_CHECK_EQUAL(seen[0],
                  call_event{actors::events::call_began{}}.what.index());
  CAF_CHECK_EQUAL(seen[1],
                  call_event{actors::events::key_pressed{}}.what.index());
}

CAF_TEST(one that dies is restarted and then left out) {
  turn_on(
    [](behaviour_actor::pointer, const call_event& x) -> caf::result<void> {
      if (std::holds_alternative<actors::events::key_pressed>(x.what))
        throw std::runtime_error("planted");
      return caf::unit;
    });
  auto stream = open_stream(admit());
  auto session = open_session();
  for (int i = 0; i < 5; ++i)
    say(stream, key());
  CAF_CHECK_EQUAL(spawned, 3);
  CAF_CHECK(metrics_text().find(
              "offhook_behaviours_failed_total{behaviour=\"probe\"} 3")
            != std::string::npos);
  // The call never noticed.
  CAF_CHECK_EQUAL(state(), "talking");
  say(stream, media_frame());
  CAF_CHECK_EQUAL(tests::count(session->sent, "append"), 1u);
}

CAF_TEST(one that does not keep up misses events and the call does not ) {
  // Its own, so that they go with it.
  auto held
    = std::make_shared<std::vector<caf::typed_response_promise<void>>>();
  auto seen = std::make_shared<int>(0);
  turn_on([held, seen](behaviour_actor::pointer me,
                       const call_event&) -> caf::result<void> {
    ++*seen;
    held->push_back(me->make_response_promise<void>());
    return held->back();
  });
  held.reset();
  auto stream = open_stream(admit());
  auto session = open_session();
  for (int i = 0; i < 100; ++i)
    say(stream, key());
  CAF_CHECK_EQUAL(*seen, 64);
  CAF_CHECK_EQUAL(env->metrics->behaviour_events_dropped->value(), 37);
  say(stream, media_frame());
  CAF_CHECK_EQUAL(tests::count(session->sent, "append"), 1u);
}

CAF_TEST(audio goes to those who asked for it and to no others) {
  auto heard = std::make_shared<std::vector<std::size_t>>();
  turn_on([heard](behaviour_actor::pointer me,
                  const call_event& x) -> caf::result<void> {
    if (std::holds_alternative<actors::events::key_pressed>(x.what))
      me->send(caf::actor_cast<director_actor>(me->current_sender()),
               call_order{actors::orders::listen{true, false, 0}});
    if (const auto* audio = std::get_if<actors::events::caller_audio>(&x.what))
      heard->push_back(audio->payload.size());
    return caf::unit;
  });
  auto stream = open_stream(admit());
  open_session();
  say(stream, media_frame(20));
  CAF_CHECK(heard->empty());
  say(stream, key());
  say(stream, media_frame(40));
  CAF_CHECK_EQUAL(heard->size(), 1u);
}

CAF_TEST(one that does not keep up with audio still gets the rest) {
  auto held
    = std::make_shared<std::vector<caf::typed_response_promise<void>>>();
  auto keys = std::make_shared<int>(0);
  turn_on([held, keys](behaviour_actor::pointer me,
                       const call_event& x) -> caf::result<void> {
    if (std::holds_alternative<actors::events::call_began>(x.what)) {
      me->send(caf::actor_cast<director_actor>(me->current_sender()),
               call_order{actors::orders::listen{true, true, 0}});
      return caf::unit;
    }
    *keys += std::holds_alternative<actors::events::key_pressed>(x.what);
    held->push_back(me->make_response_promise<void>());
    return held->back();
  });
  held.reset();
  auto stream = open_stream(admit());
  auto session = open_session();
  for (int i = 1; i <= 100; ++i)
    say(stream, media_frame(20 * i));
  say(stream, key());
  CAF_CHECK_EQUAL(*keys, 1);
  CAF_CHECK_EQUAL(env->metrics->behaviour_events_dropped->value(), 100 - 32);
  CAF_CHECK_GREATER(tests::count(session->sent, "append"), 99u);
}

CAF_TEST(one that is started again hears since when the call is on) {
  auto began = std::make_shared<std::vector<std::uint64_t>>();
  turn_on([began](behaviour_actor::pointer,
                  const call_event& x) -> caf::result<void> {
    if (const auto* y = std::get_if<actors::events::call_began>(&x.what))
      began->push_back(y->ago_ms);
    else
      throw std::runtime_error("planted");
    return caf::unit;
  });
  auto stream = open_stream(admit());
  open_session();
  pass(5s);
  say(stream, key());
  CAF_REQUIRE_EQUAL(began->size(), 2u);
  CAF_CHECK_EQUAL((*began)[0], 0u);
  CAF_CHECK_EQUAL((*began)[1], 5000u);
}

CAF_TEST(one is restarted as often as it says) {
  turn_on([](behaviour_actor::pointer, const call_event&) -> caf::result<void> {
    throw std::runtime_error("planted");
  });
  env->behaviours["probe"].restarts = 5;
  auto stream = open_stream(admit());
  open_session();
  for (int i = 0; i < 10; ++i)
    say(stream, key());
  CAF_CHECK_EQUAL(spawned, 6);
}

CAF_TEST(a call that has used what it may wraps up and ends) {
  env->agent.limits.tokens = 100;
  env->agent.limits.wrap_up = "Wrap up.";
  env->agent.behaviours = {"limits"};
  auto stream = open_stream(admit());
  auto session = open_session();
  auto respond = [&](const std::string& id, int tokens) {
    say(session,
        R"({"type":"response.created","event_id":"e","response":{"id":")" + id
          + "\"}}");
    say(session, R"({"type":"response.done","event_id":"e","response":{"id":")"
                   + id + R"(","status":"completed","output":[],"usage":{)"
                   + R"("output_token_details":{"audio_tokens":)"
                   + std::to_string(tokens) + "}}}}");
  };
  respond("r1", 99);
  CAF_CHECK_EQUAL(tests::count(session->sent, "response.create"), 0u);
  respond("r2", 1);
  CAF_CHECK_EQUAL(tests::count(session->sent, "Wrap up."), 1u);
  CAF_CHECK(!stream->close_code);
  say(session, R"({"type":"response.created","event_id":"e","response":{)"
               R"("id":"r3","metadata":{"create":"1"}}})");
  // What the caller says to it does not take it back.
  say(session, R"({"type":"input_audio_buffer.speech_started","event_id":"e",)"
               R"("audio_start_ms":0,"item_id":"i"})");
  say(session, R"({"type":"response.done","event_id":"e","response":{"id":)"
               R"("r3","status":"cancelled","output":[]}})");
  CAF_CHECK(!stream->close_code); // In the middle of a word.
  say(session, R"({"type":"input_audio_buffer.speech_stopped","event_id":)"
               R"("e","audio_end_ms":0,"item_id":"i"})");
  respond("r4", 1);
  CAF_CHECK(stream->close_code == net::close_code::normal);
  CAF_CHECK_EQUAL(outcome(), "ended_by_us");
}

CAF_TEST(what is said is logged where that was chosen) {
  auto before = spdlog::default_logger();
  std::ostringstream log;
  spdlog::set_default_logger(std::make_shared<spdlog::logger>(
    "test", std::make_shared<spdlog::sinks::ostream_sink_mt>(log)));
  env->agent.behaviours = {"transcript"};
  auto stream = open_stream(admit());
  auto session = open_session();
  say(session, R"({"type":"conversation.item.input_audio_transcription.)"
               R"(completed","event_id":"e","item_id":"i","content_index":0,)"
               R"("transcript":"One\nline \"quoted\"."})");
  spdlog::set_default_logger(before);
  CAF_CHECK(log.str().find("who=caller text=\"One line 'quoted'.\"")
            != std::string::npos);
}

CAF_TEST(a call that ends takes its behaviours along) {
  auto ended = false;
  env->behaviours["probe"] = [&](caf::actor_system& from,
                                 behaviour_context context) {
    auto result = built_in_behaviours().at("silence").make(from,
                                                           std::move(context));
    result->attach_functor([&] { ended = true; });
    return result;
  };
  env->agent.behaviours = {"probe", "no-such-behaviour"};
  env->agent.silence.after_ms = 5000;
  open_stream(admit());
  open_session();
  self->send(registry, end_call{call_outcome::ended_by_us}, sid);
  consume_messages();
  CAF_CHECK(ended);
  CAF_CHECK_EQUAL(env->metrics->active_calls->value(), 0);
}

CAF_TEST(a function that nobody runs is answered) {
  auto stream = open_stream(admit());
  auto session = open_session();
  const std::string done
    = R"({"type":"response.done","event_id":"e","response":{"id":"r",)"
      R"("status":"completed","output":[{"id":"i","type":"function_call",)"
      R"("call_id":"call_1","name":"end_call","arguments":"{}"}]}})";
  say(session, R"({"type":"response.created","event_id":"e","response":{)"
               R"("id":"r"}})");
  say(session, done);
  CAF_CHECK_EQUAL(tests::count(session->sent, "function_call_output"), 1u);
  CAF_CHECK_EQUAL(tests::count(session->sent, "response.create"), 1u);
}

CAF_TEST(calls of MCP servers are approved by rule and gone on from) {
  env->agent.session.mcp_servers
    = {{"crm", "https://mcp.example.com", "", "", {}, true, {"find"}}};
  open_stream(admit());
  auto session = open_session();
  auto ask = [&](const std::string& id, const std::string& name) {
    for (auto event : {"added", "done"})
      say(session, R"({"type":"conversation.item.)" + std::string{event}
                     + R"(","event_id":"e","item":{"id":")" + id
                     + R"(","type":"mcp_approval_request","arguments":"{}",)"
                       R"("server_label":"crm","name":")"
                     + name + R"("}})");
  };
  say(session, R"({"type":"response.created","event_id":"e","response":{)"
               R"("id":"r"}})");
  ask("mcpr_1", "find");
  ask("mcpr_2", "erase");
  CAF_CHECK_EQUAL(tests::count(session->sent, R"("approve":true)"), 1u);
  CAF_CHECK_EQUAL(tests::count(session->sent, R"("approve":false)"), 1u);
  CAF_CHECK_EQUAL(
    tests::count(session->sent, R"("approval_request_id":"mcpr_1")"), 1u);
  say(session, R"({"type":"response.done","event_id":"e","response":{"id":"r",)"
               R"("status":"completed","output":[{"id":"mcpr_2","type":)"
               R"("mcp_approval_request","server_label":"crm","name":)"
               R"("erase","arguments":"{}"}]}})");
  CAF_CHECK_EQUAL(tests::count(session->sent, "response.create"), 0u);
  pass(ms{1000}); // The service does not go on by itself.
  CAF_CHECK_EQUAL(tests::count(session->sent, "response.create"), 1u);
}

CAF_TEST(a function whose behaviour dies is answered) {
  // It takes each call and dies of the key.
  turn_on(
    [](behaviour_actor::pointer, const call_event& x) -> caf::result<void> {
      if (std::holds_alternative<actors::events::key_pressed>(x.what))
        throw std::runtime_error("planted");
      return caf::unit;
    });
  env->behaviours["tools"] = env->behaviours["probe"];
  env->agent.behaviours = {"tools"};
  auto stream = open_stream(admit());
  auto session = open_session();
  say(session, R"({"type":"response.created","event_id":"e","response":{)"
               R"("id":"r"}})");
  say(session, R"({"type":"response.done","event_id":"e","response":{"id":"r",)"
               R"("status":"completed","output":[{"id":"i","type":)"
               R"("function_call","call_id":"call_1","name":"look_up",)"
               R"("arguments":"{}"},{"id":"j","type":"function_call",)"
               R"("call_id":"call_2","name":"look_up","arguments":"{}"}]}})");
  CAF_CHECK_EQUAL(tests::count(session->sent, "function_call_output"), 0u);
  say(stream, key());
  CAF_CHECK_EQUAL(tests::count(session->sent, "function_call_output"), 2u);
  CAF_CHECK_EQUAL(tests::count(session->sent, "response.create"), 1u);
  CAF_CHECK_EQUAL(state(), "talking");
}

CAF_TEST(a function that a busy behaviour does not get is answered) {
  auto held
    = std::make_shared<std::vector<caf::typed_response_promise<void>>>();
  turn_on([held](behaviour_actor::pointer me,
                 const call_event&) -> caf::result<void> {
    held->push_back(me->make_response_promise<void>());
    return held->back();
  });
  held.reset();
  env->behaviours["tools"] = env->behaviours["probe"];
  env->agent.behaviours = {"tools"};
  auto stream = open_stream(admit());
  auto session = open_session();
  for (int i = 0; i < 100; ++i)
    say(stream, key());
  say(session, R"({"type":"response.created","event_id":"e","response":{)"
               R"("id":"r"}})");
  say(session, R"({"type":"response.done","event_id":"e","response":{"id":"r",)"
               R"("status":"completed","output":[{"id":"i","type":)"
               R"("function_call","call_id":"call_1","name":"look_up",)"
               R"("arguments":"{}"}]}})");
  CAF_CHECK_EQUAL(tests::count(session->sent, "function_call_output"), 1u);
}

CAF_TEST(scenario_17_the line is closed and the document hangs up) {
  env->agent.behaviours = {"tools"};
  env->agent.session.tools = {*built_in_tool("end_call", env->agent)};
  auto stream = open_stream(admit());
  auto session = open_session();
  CAF_CHECK_EQUAL(tests::count(session->sent, R"("name":"end_call")"), 1u);
  say(session, R"({"type":"response.created","event_id":"e","response":{)"
               R"("id":"r"}})");
  say(session, R"({"type":"response.done","event_id":"e","response":{"id":"r",)"
               R"("status":"completed","output":[{"id":"i","type":)"
               R"("function_call","call_id":"call_1","name":"end_call",)"
               R"("arguments":"{}"}]}})");
  CAF_CHECK(stream->close_code == net::close_code::normal);
  CAF_CHECK_EQUAL(outcome(), "ended_by_us");
  CAF_CHECK(!says_failure());
}

CAF_TEST_FIXTURE_SCOPE_END()

CAF_TEST(keys are put together) {
  auto at = [](int ms) {
    return key_collector::time_point{} + std::chrono::milliseconds{ms};
  };
  key_rules rules;
  rules.max_length = 4;
  rules.actions = {{"9", key_action::end}, {"55", key_action::repeat}};
  key_collector keys{rules};
  CAF_CHECK(!keys.press('1', at(0)));
  CAF_CHECK(!keys.press('2', at(1000)));
  CAF_CHECK(!keys.due(at(2999)));
  CAF_CHECK(keys.due(at(3000)) == std::optional<std::string>{"12"});
  CAF_CHECK(!keys.next_time());
  CAF_CHECK(!keys.press('3', at(4000)));
  CAF_CHECK(keys.press('#', at(4100)) == std::optional<std::string>{"3"});
  CAF_CHECK(!keys.press('#', at(4200))); // Nothing was entered.
  for (auto key : {'1', '2', '3'})
    CAF_CHECK(!keys.press(key, at(5000)));
  CAF_CHECK(keys.press('4', at(5000)) == std::optional<std::string>{"1234"});
  // An action of one key waits for nothing, but within an entry it is a digit.
  CAF_CHECK(keys.press('9', at(6000)) == std::optional<std::string>{"9"});
  CAF_CHECK(!keys.press('1', at(7000)));
  CAF_CHECK(!keys.press('9', at(7000)));
}

CAF_TEST(silence is asked about and then given up) {
  auto at = [](int ms) {
    return silence_policy::time_point{} + std::chrono::milliseconds{ms};
  };
  using action = silence_policy::action;
  silence_policy p{{5000, 2, 60'000, "", ""}};
  CAF_CHECK(!p.next_time());
  p.agent(true, at(0));
  p.agent(false, at(3000)); // The greeting was heard.
  CAF_CHECK(p.due(at(7999)) == action::none);
  CAF_CHECK(p.due(at(8000)) == action::ask_again);
  CAF_CHECK(p.due(at(17'999)) == action::none); // It has not been said yet.
  p.agent(true, at(17'999));
  CAF_CHECK(p.due(at(60'000)) == action::none);
  p.agent(false, at(62'000));
  CAF_CHECK(p.due(at(67'000)) == action::ask_again);
  // The model has nothing to say to it.
  CAF_CHECK(p.due(at(76'999)) == action::none);
  CAF_CHECK(p.due(at(77'000)) == action::farewell);
  CAF_CHECK(!p.next_time());
}

CAF_TEST(a caller who speaks begins anew) {
  auto at = [](int ms) {
    return silence_policy::time_point{} + std::chrono::milliseconds{ms};
  };
  using action = silence_policy::action;
  silence_policy p{{5000, 1, 60'000, "", ""}};
  p.agent(false, at(0));
  CAF_CHECK(p.due(at(5000)) == action::ask_again);
  p.caller(true, at(5500));
  CAF_CHECK(p.due(at(20'000)) == action::none); // Speech is no silence.
  p.caller(false, at(21'000));
  CAF_CHECK(p.due(at(26'000)) == action::ask_again);
  // Music, or a monologue.
  p.caller(true, at(30'000));
  CAF_CHECK(p.due(at(89'999)) == action::none);
  CAF_CHECK(p.due(at(90'000)) == action::farewell);
}
