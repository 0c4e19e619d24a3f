// What a lost stream is to a call that was about to end, to leave for a
// transfer, or to wait for a function.
#define CAF_SUITE actors.call_streams

#include "tests/fakes/streams.hpp"

using namespace offhook;
using namespace offhook::actors;
using namespace std::chrono_literals;

namespace {

using kind = next_step::kind;
using tests::second_sid;

} // namespace

CAF_TEST_FIXTURE_SCOPE(stream_ends, tests::streams_fixture)

CAF_TEST(a call that was to end does not come back) {
  begin();
  stream->auto_confirm = false;
  self->send(registry, end_call{call_outcome::ended_by_us}, sid);
  consume_messages();
  CAF_CHECK(ask_next() == next_step{});
  reset(stream);
  CAF_CHECK_EQUAL(outcome(), "ended_by_us");
  CAF_CHECK(ask_next() == next_step{});
  CAF_CHECK_EQUAL(info().children[0].restarts, 0u);
}

CAF_TEST(a caller who hangs up while the stream is gone) {
  begin();
  reset(stream);
  CAF_CHECK(ask_next({.caller_gone = true, .attempt = 1}) == next_step{});
  CAF_CHECK_EQUAL(outcome(), "completed");
  CAF_CHECK(session->close_code.has_value());
}

CAF_TEST(a late answer of a dial leaves the stream alone) {
  begin();
  ask_next({.dial_status = "busy"});
  CAF_CHECK_EQUAL(state(), "talking");
  CAF_CHECK(!stream->close_code);
}

CAF_TEST(a shutdown while the stream is gone says why) {
  begin();
  reset(stream);
  auto over = false;
  sys.spawn([&](caf::event_based_actor* me) {
    me->request(registry, caf::infinite, shut_down{}).then([&] {
      over = true;
    });
  });
  consume_messages();
  CAF_CHECK(session->close_code.has_value());
  CAF_CHECK(!over); // The caller is owed a sentence.
  CAF_CHECK(ask_next().say_failure);
  CAF_CHECK(over);
}

CAF_TEST(a goodbye that nobody heard ends nothing) {
  begin();
  agent_says("r1", "i1", 1000, "Goodbye.");
  response_done("r1", "completed",
                R"({"id":"f","type":"function_call","call_id":"c1","name":)"
                R"("end_call","arguments":"{}"})");
  pass(100ms);
  reset(stream);
  CAF_CHECK_EQUAL(state(), "reattaching");
  CAF_CHECK_EQUAL(told("the line broke off"), 1u);
  pass(14s); // The deadline of the hang-up is gone.
  CAF_CHECK_EQUAL(state(), "reattaching");
  open("second", second_sid, 2);
  CAF_CHECK_EQUAL(state(), "talking");
  CAF_CHECK_EQUAL(told("response.create"), 1u);
}

CAF_TEST(a transfer that was about to begin is for the agent to repeat) {
  begin();
  agent_says("r1", "i1", 1000, "I put you through.");
  response_done("r1", "completed",
                R"({"id":"f","type":"function_call","call_id":"c1","name":)"
                R"("transfer_call","arguments":"{\"target\":\"desk\"}"})");
  pass(100ms);
  reset(stream);
  CAF_CHECK_EQUAL(told("the line broke off"), 1u);
  CAF_CHECK(ask_next().what == kind::connect);
  open("second", second_sid, 2);
  CAF_CHECK_EQUAL(state(), "talking");
}

CAF_TEST(a stream that is lost while it leaves for a transfer) {
  begin();
  agent_says("r1", "i1", 200, "I put you through.");
  response_done("r1", "completed",
                R"({"id":"f","type":"function_call","call_id":"c1","name":)"
                R"("transfer_call","arguments":"{\"target\":\"desk\"}"})");
  // The bridge has left, and what it says comes after the loss.
  reset(stream);
  self->send(supervisor, leave_line{orders::transfer{"c1", "desk"}});
  consume_messages();
  CAF_CHECK_EQUAL(state(), "away");
  CAF_CHECK(ask_next().what == kind::dial);
  CAF_CHECK_EQUAL(state(), "away");
  CAF_CHECK(ask_next({.dial_status = "busy"}).what == kind::connect);
  open("second", second_sid, 2);
  CAF_CHECK_EQUAL(state(), "talking");
}

CAF_TEST(functions that run have the word first) {
  env->behaviours["tools"] = [](caf::actor_system& from,
                                behaviour_context context) {
    return from.spawn(
      [context](behaviour_actor::pointer me) -> behaviour_actor::behavior_type {
        me->monitor(context.director);
        me->set_down_handler([me](caf::down_msg&) { me->quit(); });
        return {[](const call_event&) {}}; // The test runs them.
      });
  };
  begin();
  say(session, R"({"type":"response.created","event_id":"e","response":{)"
               R"("id":"r1"}})");
  response_done("r1", "completed",
                R"({"id":"f","type":"function_call","call_id":"c1","name":)"
                R"("nobody_knows","arguments":"{}"})");
  reset(stream);
  open("second", second_sid, 2);
  CAF_CHECK_EQUAL(told("The line broke off"), 1u);
  CAF_CHECK_EQUAL(told("response.create"), 0u);
  self->send(supervisor, call_order{orders::answer_tool{"c1", "{}", true}});
  consume_messages();
  CAF_CHECK_EQUAL(told("response.create"), 1u);
}

CAF_TEST_FIXTURE_SCOPE_END()
