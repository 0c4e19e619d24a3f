// A process that drains, and calls that go on in another one. On virtual time.
#define CAF_SUITE actors.handover

#include "actors/call_tools.hpp"
#include "protocol/fleet_ticket.hpp"
#include "tests/fakes/call.hpp"

using namespace offhook;
using namespace offhook::actors;
using namespace std::chrono_literals;
namespace fleet = offhook::protocol::fleet;

namespace {

using kind = next_step::kind;
using socket_ptr = std::shared_ptr<tests::fake_socket>;

struct fixture : tests::call_fixture {
  fixture() {
    env->behaviours = built_in_behaviours();
    env->agent.behaviours = {"tools", "limits"};
    env->agent.transfer.targets = {{"desk", "+15550100"}};
    env->openings = {"Go on.", "Apologise."};
    env->limits.drain_deadline = 60s;
    env->handover.key = "fleet key";
    env->handover.heir = "https://b.example.com";
    env->handover.own_origin = [] { return "https://a.example.com"; };
    env->model = "m";
  }

  /// A call that talks.
  void begin() {
    supervisor = admit();
    stream = open_stream(supervisor);
    session = open_session();
  }

  /// One exchange that the caller has heard, at no cost of time.
  void talk() {
    say(session, R"({"type":"conversation.item.added","event_id":"e",)"
                 R"("previous_item_id":null,"item":{"id":"c1",)"
                 R"("type":"message","role":"user"}})");
    say(session, R"({"type":"conversation.item.input_audio_transcription.)"
                 R"(completed","event_id":"e","item_id":"c1",)"
                 R"("content_index":0,"transcript":"Seven oranges."})");
    say(session, R"({"type":"response.output_audio.delta","event_id":"e",)"
                 R"("response_id":"r1","item_id":"a1","output_index":0,)"
                 R"("content_index":0,"delta":")"
                   + std::string(800 / 3 * 4, 'A') + "\"}");
    say(session, R"({"type":"response.output_audio_transcript.done",)"
                 R"("event_id":"e","response_id":"r1","item_id":"a1",)"
                 R"("output_index":0,"content_index":0,)"
                 R"("transcript":"Seven, right?"})");
    say(session, R"({"type":"response.done","event_id":"e","response":{)"
                 R"("id":"r1","status":"completed","output":[]}})");
    for (const auto& x : std::vector<std::string>{stream->sent})
      if (auto at = x.find(R"("name":")"); at != x.npos)
        say(stream, R"({"event":"mark","sequenceNumber":"9","streamSid":")"
                      + stream_sid + R"(","mark":{"name":")"
                      + x.substr(at + 8, x.find('"', at + 8) - at - 8)
                      + "\"}}");
  }

  /// The ticket in the URL that Twilio is redirected to.
  fleet::ticket ticket_of(const next_step& step) {
    const std::string before = "https://b.example.com/incoming-call?handover=";
    CAF_REQUIRE(step.what == kind::redirect);
    CAF_REQUIRE_EQUAL(step.target.substr(0, before.size()), before);
    fleet::ticket result;
    CAF_REQUIRE(fleet::read_ticket("fleet key",
                                   step.target.substr(before.size()),
                                   env->wall_clock(), result)
                == fleet::ticket_state::genuine);
    return result;
  }

  std::optional<fleet::document> claim(const std::string& id) {
    std::optional<fleet::document> result;
    ask(claim_call{sid, id})
      .receive([&](const claimed_call& x) { result = x.what; },
               [](const caf::error& x) {
                 CAF_CHECK(x == caf::sec::no_such_key);
               });
    consume_messages();
    return result;
  }

  /// Shared with who may be answered after this fixture's end.
  std::shared_ptr<std::size_t> answers = std::make_shared<std::size_t>(0);

  /// Asks for a drain and counts its answer.
  void begin_drain() {
    sys.spawn([count = answers, to = registry](caf::event_based_actor* me) {
      me->request(to, caf::infinite, drain_calls{})
        .then([count] { ++*count; }, [](const caf::error&) {});
    });
    consume_messages();
  }

  /// A call that was given to this process, and its first session.
  socket_ptr go_on(fleet::document document,
                   call_past::kind what = call_past::kind::kept) {
    env->agent.greeting = "Say hello.";
    auto past = std::make_shared<call_past>();
    past->what = what;
    past->document = std::move(document);
    admit_call call{sid, "+15017122661", "+15558675310"};
    call.past = past;
    ask(std::move(call))
      .receive([&](const call_home& x) { supervisor = x.supervisor; },
               [](const caf::error& x) { CAF_FAIL(caf::to_string(x)); });
    stream = open_stream(supervisor);
    session = open_session();
    // Whatever it is told it takes.
    pass(4s);
    return session;
  }

  call_supervisor_actor supervisor;
  socket_ptr stream;
  socket_ptr session;
};

fleet::document sample() {
  fleet::document x;
  x.agent = "default";
  x.entries = {{"caller", "Seven oranges.", "", ""},
               {"agent", "Seven, right?", "", ""},
               {"tool_call", R"({"n":7})", "order", "call_1"},
               {"keys", "42", "", ""}};
  return x;
}

} // namespace

CAF_TEST_FIXTURE_SCOPE(handover_tests, fixture)

CAF_TEST(a process without calls is drained at once) {
  begin_drain();
  CAF_CHECK_EQUAL(*answers, 1u);
}

CAF_TEST(a drain waits for calls and takes no others) {
  begin();
  begin_drain();
  pass(59s);
  CAF_CHECK_EQUAL(*answers, 0u);
  CAF_CHECK_EQUAL(state(), "talking");
  CAF_CHECK(!stream->close_code);
  ask(admit_call{"CA2", "+1", "+2"})
    .receive([](const call_home&) { CAF_FAIL("it was taken"); },
             [](const caf::error& x) {
               CAF_CHECK(to_refusal(x) == refusal::draining);
             });
  CAF_CHECK(admit() == supervisor); // It lives.
  say(stream, R"({"event":"stop","sequenceNumber":"9","stop":{"accountSid":)"
              R"("AC0","callSid":")"
                + sid + R"("},"streamSid":")" + stream_sid + "\"}");
  CAF_CHECK_EQUAL(*answers, 1u);
}

CAF_TEST(a drain waits for the last question of a call that it ended) {
  begin();
  begin_drain();
  self->send(registry, end_call{call_outcome::ended_by_us}, sid);
  consume_messages();
  pass(1s);
  CAF_CHECK_EQUAL(*answers, 0u);
  CAF_CHECK(ask_next() == next_step{});
  CAF_CHECK_EQUAL(*answers, 1u);
}

CAF_TEST(a question that is not asked is not waited for long) {
  begin();
  begin_drain();
  self->send(registry, end_call{call_outcome::ended_by_us}, sid);
  consume_messages();
  pass(env->limits.last_words);
  CAF_CHECK_EQUAL(*answers, 1u);
}

CAF_TEST(without an heir the deadline ends the wait) {
  env->handover.key.clear();
  begin();
  begin_drain();
  pass(60s);
  CAF_CHECK_EQUAL(*answers, 1u);
  CAF_CHECK_EQUAL(state(), "talking"); // What is left is for `shut_down`.
  self->send(registry, shut_down{});
  consume_messages();
  CAF_CHECK(stream->close_code.has_value());
  CAF_CHECK(says_failure());
}

CAF_TEST(after the deadline a call goes to the heir) {
  begin();
  talk();
  begin_drain();
  pass(61s);
  CAF_CHECK(stream->close_code == net::close_code::normal);
  CAF_CHECK_EQUAL(state(), "away");
  CAF_CHECK(!session->close_code);
  auto ticket = ticket_of(ask_next());
  CAF_CHECK_EQUAL(ticket.origin, "https://a.example.com");
  CAF_CHECK_EQUAL(ticket.call_sid, sid);
  CAF_CHECK_EQUAL(ticket.agent, "default");
  CAF_CHECK_GREATER_OR_EQUAL(ticket.talked_ms, 60'000u);
  CAF_CHECK_EQUAL(*answers, 0u); // It is not fetched yet.
  auto document = claim(ticket.id);
  CAF_REQUIRE(document);
  CAF_CHECK_EQUAL(document->call_sid, sid);
  CAF_REQUIRE_EQUAL(document->entries.size(), 2u);
  CAF_CHECK_EQUAL(document->entries[0].text, "Seven oranges.");
  CAF_CHECK_EQUAL(document->entries[1].text, "Seven, right?");
  CAF_CHECK_GREATER_OR_EQUAL(document->talked_ms, 60'000u);
  CAF_CHECK_EQUAL(outcome(), "handed_over");
  CAF_CHECK(session->close_code.has_value());
  CAF_CHECK_EQUAL(*answers, 1u);
  CAF_CHECK(counted("offhook_handovers_total{result=\"given\"} 1"));
}

CAF_TEST(a call is given away once) {
  begin();
  begin_drain();
  pass(61s);
  auto ticket = ticket_of(ask_next());
  CAF_CHECK(!claim("another id"));
  CAF_CHECK(!claim(""));
  CAF_CHECK_EQUAL(state(), "away");
  CAF_CHECK(claim(ticket.id));
  CAF_CHECK(!claim(ticket.id));
}

CAF_TEST(a call that does not go is not given away) {
  begin();
  CAF_CHECK(!claim(""));
  CAF_CHECK_EQUAL(state(), "talking");
}

CAF_TEST(a question that is repeated gets the same ticket) {
  begin();
  begin_drain();
  pass(61s);
  auto first = ask_next();
  CAF_CHECK(ask_next() == first);
}

CAF_TEST(a call that nobody fetches is waited for within bounds) {
  begin();
  begin_drain();
  pass(61s);
  ask_next();
  pass(env->limits.handover_grace);
  CAF_CHECK_EQUAL(*answers, 0u);
  pass(env->limits.last_words);
  CAF_CHECK_EQUAL(outcome(), "shutdown");
  CAF_CHECK_EQUAL(*answers, 1u);
  CAF_CHECK(counted("offhook_handovers_total{result=\"unclaimed\"} 1"));
}

CAF_TEST(a call that Twilio does not ask about is waited for within bounds) {
  begin();
  begin_drain();
  pass(61s);
  pass(env->limits.action_grace);
  CAF_CHECK_EQUAL(*answers, 0u);
  pass(env->limits.last_words);
  CAF_CHECK_EQUAL(*answers, 1u);
  CAF_CHECK_EQUAL(outcome(), "stream_lost");
}

CAF_TEST(who hangs up on the way is no loss) {
  begin();
  begin_drain();
  pass(61s);
  CAF_CHECK(ask_next({.caller_gone = true}) == next_step{});
  CAF_CHECK_EQUAL(outcome(), "completed");
  CAF_CHECK_EQUAL(*answers, 1u);
}

CAF_TEST(a caller on the way to us goes when they come) {
  env->limits.drain_deadline = 10s;
  supervisor = admit();
  session = open_session();
  begin_drain();
  pass(11s);
  CAF_CHECK_EQUAL(state(), "waiting_for_stream");
  stream = open_stream(supervisor);
  pass(env->limits.handover_words);
  CAF_CHECK_EQUAL(state(), "away");
  ticket_of(ask_next());
}

CAF_TEST(a caller who is with somebody else is left there) {
  begin();
  begin_drain();
  self->send(supervisor, call_order{orders::transfer{"", "desk", 100}});
  consume_messages();
  pass(200ms);
  CAF_CHECK(ask_next().what == kind::dial);
  pass(60s);
  CAF_CHECK_EQUAL(outcome(), "transferred");
  CAF_CHECK_EQUAL(*answers, 1u);
}

CAF_TEST(a caller whose transfer fails after the deadline goes on elsewhere) {
  env->limits.drain_deadline = 5s;
  begin();
  begin_drain();
  self->send(supervisor, call_order{orders::transfer{"", "desk", 100}});
  consume_messages();
  pass(200ms);
  ask_next();
  pass(6s);
  CAF_CHECK(ask_next({.dial_status = "busy"}).what == kind::connect);
  stream = open_stream(supervisor, {{"token", "second"}});
  pass(env->limits.handover_words);
  auto ticket = ticket_of(ask_next());
  auto document = claim(ticket.id);
  CAF_REQUIRE(document);
  CAF_CHECK_EQUAL(*answers, 1u);
}

CAF_TEST(a caller who cannot be put through after the deadline goes as well) {
  env->limits.drain_deadline = 10s;
  agent_profile other;
  other.name = "other";
  env->agents["other"] = std::make_shared<agent_profile>(other);
  begin();
  begin_drain();
  // The agent who puts them through goes while they are still heard.
  say(session, R"({"type":"response.output_audio.delta","event_id":"e",)"
               R"("response_id":"r1","item_id":"a1","output_index":0,)"
               R"("content_index":0,"delta":")"
                 + std::string(8000 / 3 * 4, 'A') + "\"}");
  self->send(supervisor, call_order{orders::transfer{"", "desk", 20'000}});
  self->send(supervisor, call_order{orders::set_agent{"", "other", ""}});
  consume_messages();
  session = open_session();
  for (auto passed = 0s; passed < 20s; passed += 1s)
    pass(1s);
  for (auto passed = 0s; passed < env->limits.handover_words; passed += 1s)
    pass(1s);
  CAF_CHECK_EQUAL(state(), "away");
  CAF_CHECK_EQUAL(ticket_of(ask_next()).agent, "other");
}

CAF_TEST(a session of a call that came is told what was said) {
  go_on(sample());
  CAF_CHECK_EQUAL(tests::count(session->sent, "Seven oranges."), 1u);
  CAF_CHECK_EQUAL(tests::count(session->sent, "Seven, right?"), 1u);
  CAF_CHECK_EQUAL(tests::count(session->sent, "[keypad: 42]"), 1u);
  CAF_CHECK_EQUAL(tests::count(session->sent, "has moved to another server"),
                  1u);
  // A function whose result is not known is not kept from it.
  CAF_CHECK_EQUAL(tests::count(session->sent, R"("name":"order")"), 1u);
  CAF_CHECK_EQUAL(tests::count(session->sent, "what became of this"), 1u);
  // It goes on, and does not greet.
  CAF_CHECK_EQUAL(tests::count(session->sent, "Go on."), 1u);
  CAF_CHECK_EQUAL(tests::count(session->sent, "Say hello."), 0u);
  CAF_CHECK_EQUAL(tests::count(session->sent, "answer to what"), 0u);
}

CAF_TEST(an answer that is owed is given) {
  auto document = sample();
  document.answer_owed = true;
  go_on(document);
  CAF_CHECK_EQUAL(tests::count(session->sent, "answer to what"), 1u);
}

CAF_TEST(a call whose past is lost begins with an apology) {
  go_on({}, call_past::kind::lost);
  CAF_CHECK_EQUAL(tests::count(session->sent, "Apologise."), 1u);
  CAF_CHECK_EQUAL(tests::count(session->sent, "Say hello."), 0u);
  CAF_CHECK_EQUAL(tests::count(session->sent, "what was said before is lost"),
                  1u);
}

CAF_TEST(a call that was cut begins with an apology) {
  go_on({}, call_past::kind::cut);
  CAF_CHECK_EQUAL(tests::count(session->sent, "Apologise."), 1u);
  CAF_CHECK_EQUAL(tests::count(session->sent, "failure on our side"), 1u);
}

CAF_TEST(what was used counts on) {
  auto document = sample();
  document.usage.resize(1);
  document.usage[0].model = "m";
  document.usage[0].tokens.input_audio = 1000;
  document.responses = 7;
  document.talked_ms = 50'000;
  go_on(document);
  ask(get_document{sid})
    .receive(
      [](const call_document& x) {
        CAF_CHECK_EQUAL(x.tokens.input_audio, 1000u);
        CAF_CHECK_EQUAL(x.responses, 7u);
        CAF_REQUIRE(!x.entries.empty());
        CAF_CHECK_EQUAL(x.entries[0].text, "Seven oranges.");
      },
      [](const caf::error& x) { CAF_FAIL(caf::to_string(x)); });
}

CAF_TEST(the time of a call counts on) {
  env->agent.limits.duration_ms = 60'000;
  env->agent.limits.warning_ms = 0;
  auto document = sample();
  document.talked_ms = 50'000;
  go_on(document); // Which takes four seconds.
  CAF_CHECK_EQUAL(tests::count(session->sent, "has to end now"), 0u);
  pass(5s);
  CAF_CHECK_EQUAL(tests::count(session->sent, "has to end now"), 0u);
  say(session, R"({"type":"response.created","event_id":"e","response":{)"
               R"("id":"r","metadata":{"create":"1"}}})");
  say(session, R"({"type":"response.done","event_id":"e","response":{)"
               R"("id":"r","status":"completed","output":[]}})");
  pass(2s);
  CAF_CHECK_EQUAL(tests::count(session->sent, "has to end now"), 1u);
}

CAF_TEST(the longest call is no longer for having moved) {
  env->limits.max_duration = 60s;
  auto document = sample();
  document.talked_ms = 50'000;
  go_on(document);
  CAF_CHECK_EQUAL(state(), "talking");
  pass(7s);
  CAF_CHECK_EQUAL(outcome(), "ended_by_us");
}

CAF_TEST_FIXTURE_SCOPE_END()
