// Whether the rig finds what a model is asked or told wrongly, and an end that
// nothing justifies.
#define CAF_SUITE torture.plan

#include <caf/test/dsl.hpp>

#include "tests/torture/told_call.hpp"

using namespace offhook;
using namespace offhook::torture;
using actors::call_outcome;

namespace {

struct fixture {};

} // namespace

CAF_TEST_FIXTURE_SCOPE(torture_call_checks, fixture)

CAF_TEST(a second active response is found) {
  told_call call;
  constexpr std::string_view create = R"({"type":"response.create"})";
  call.to_model(1, create);
  call.to_gateway(1, R"({"type":"response.created","response":{"id":"r1"}})");
  call.to_gateway(1, R"({"type":"response.done","response":{"id":"r1"}})");
  call.to_model(1, create);
  CAF_CHECK(call.broken().empty());
  call.to_gateway(1, R"({"type":"response.created","response":{"id":"r2"}})");
  call.to_model(1, create);
  CAF_CHECK(call.found("while one is active"));
}

CAF_TEST(what the server refuses is found) {
  told_call call;
  call.to_gateway(1, R"({"type":"error","error":{"type":"server_error",)"
                     R"("code":null,"message":"torture"}})");
  call.to_gateway(1, R"({"type":"error","error":{"type":"x","code":)"
                     R"("response_cancel_not_active"}})");
  CAF_CHECK(call.broken().empty());
  call.to_gateway(1, R"({"type":"error","error":{"type":"x","code":)"
                     R"("invalid_value"}})");
  CAF_CHECK(call.found("refuses"));
}

CAF_TEST(a session is seeded with all in order and once) {
  told_call call;
  call.converse(3);
  call.session_over(1);
  call.open(2);
  for (auto x : {"caller says 0001 please", "caller says 0002 please",
                 "caller says 0003 please"})
    call.to_model(2, put("user", x));
  call.to_model(2, append(call.send(1)));
  CAF_CHECK(call.broken().empty());
}

CAF_TEST(a seed of what nobody heard is found) {
  for (auto played : {true, false}) {
    told_call call;
    call.later(std::chrono::seconds{1});
    call.reply();
    call.to_gateway(1, added("item_1"));
    call.to_gateway(1, says("item_1", "agent says 0001 and"));
    if (played)
      call.to_caller(counted_frame(call.salt(), 1u << 10, true));
    call.session_over(1);
    call.open(2);
    call.to_model(2, put("assistant", "agent says 0001"));
    CAF_CHECK_EQUAL(call.found("told what nobody heard: agent 0001"), !played);
  }
}

CAF_TEST(a seed twice or out of order or left out is found) {
  told_call call;
  call.converse(3);
  call.session_over(1);
  call.open(2);
  call.to_model(2, put("user", "caller says 0002 please"));
  CAF_CHECK(call.broken().empty());
  call.to_model(2, put("user", "caller says 0002 please"));
  CAF_CHECK(call.found("told twice: caller 0002"));
  call.to_model(2, put("user", "caller says 0001 please"));
  CAF_CHECK(call.found("told out of order: caller 0001"));
  call.to_model(2, put("user", "caller says 0009 please"));
  CAF_CHECK(call.found("told what was never said: caller 0009"));
  call.to_model(2, append(call.send(1)));
  CAF_CHECK(call.found("was not told: caller 0003"));
}

CAF_TEST(a bridge that goes on for another may cancel and ask at once) {
  constexpr std::string_view create = R"({"type":"response.create"})";
  constexpr std::string_view cancel = R"({"type":"response.cancel"})";
  constexpr std::string_view created
    = R"({"type":"response.created","response":{"id":"r1"}})";
  told_call call;
  call.to_gateway(1, created);
  call.bridge_failed();
  call.to_model(1, cancel);
  call.to_model(1, create);
  CAF_CHECK(call.broken().empty());
  told_call other;
  other.to_gateway(1, created);
  other.to_model(1, cancel);
  other.to_model(1, create);
  CAF_CHECK(other.found("while one is active"));
}

CAF_TEST(what is heard yet as a session takes over is told later) {
  told_call call;
  call.reply();
  call.to_gateway(1, added("item_a"));
  call.to_gateway(1, says("item_a", "agent says 0001 and so on"));
  call.to_caller(counted_frame(call.salt(), 1u << 10, true));
  call.to_gateway(1, added("item_1"));
  call.to_gateway(1, transcribed("item_1", call.caller_words()));
  call.session_over(1);
  call.open(2);
  call.to_model(2, append(call.send(1)));
  CAF_CHECK(call.broken().empty());
  call.to_model(2, put("assistant", "agent says 0001"));
  call.to_model(2, put("user", "caller says 0001 please"));
  CAF_CHECK(call.broken().empty());
  call.to_model(2, put("user", "caller says 0001 please"));
  CAF_CHECK(call.found("told twice: caller 0001"));
}

CAF_TEST(what is never told is found) {
  told_call call;
  call.reply();
  call.to_gateway(1, added("item_a"));
  call.to_gateway(1, says("item_a", "agent says 0001 and so on"));
  call.to_gateway(1, added("item_1"));
  call.to_gateway(1, transcribed("item_1", call.caller_words()));
  call.session_over(1);
  call.open(2);
  call.to_model(2, append(call.send(1)));
  call.later(std::chrono::seconds{20});
  call.session_over(2);
  CAF_CHECK(call.found("a session was never told: caller 0001"));
}

CAF_TEST(a session that is told what it has said or heard itself is found) {
  told_call call;
  call.converse(1);
  call.to_model(1, put("user", "caller says 0001 please"));
  CAF_CHECK(call.found("told what it has said itself: caller 0001"));
  told_call late;
  late.converse(1);
  late.session_over(1);
  late.open(2);
  late.to_model(2, append(late.send(1)));
  CAF_CHECK(late.found("a session was not told: caller 0001"));
  late.to_model(2, put("user", "caller says 0001 please"));
  CAF_CHECK(late.found("having the conversation: caller 0001"));
}

CAF_TEST(streams and bridges that are lost too often justify an end) {
  told_call streams;
  for (int i = 0; i < 5; ++i) {
    streams.stream_lost();
    streams.stream_opened();
  }
  streams.ended(call_outcome::stream_lost);
  CAF_CHECK(streams.found("ended as stream_lost"));
  told_call more;
  for (int i = 0; i < 6; ++i)
    more.stream_lost();
  more.ended(call_outcome::stream_lost);
  CAF_CHECK(more.broken().empty());
  told_call unheard;
  unheard.caller_hangs_up(false);
  unheard.ended(call_outcome::stream_lost);
  CAF_CHECK(unheard.broken().empty());

  told_call bridges;
  for (int i = 0; i < 3; ++i)
    bridges.bridge_failed();
  bridges.later(std::chrono::seconds{61});
  bridges.bridge_failed();
  bridges.ended(call_outcome::failed);
  CAF_CHECK(bridges.found("ended as failed"));
  told_call four;
  for (int i = 0; i < 4; ++i)
    four.bridge_failed();
  four.ended(call_outcome::failed);
  CAF_CHECK(four.broken().empty());
}

CAF_TEST(an outcome that no fault justifies is found) {
  told_call call{{.call = 7}};
  call.ended(call_outcome::completed);
  CAF_CHECK(call.broken().empty());
  call.ended(call_outcome::model_failed);
  CAF_CHECK(call.found("ended as model_failed"));
  told_call lost{
    {.call = 7, .faults = {{fault_kind::kill_supervisor, 100, 0}}}};
  lost.ended(call_outcome::failed);
  CAF_CHECK(lost.broken().empty());
  lost.ended(call_outcome::stream_lost);
  CAF_CHECK(lost.found("ended as stream_lost"));
  // The budget of restarts is spent, or not quite.
  told_call spent;
  for (std::uint32_t i = 2; i <= 6; ++i)
    spent.dialled(i);
  spent.ended(call_outcome::model_failed);
  CAF_CHECK(spent.broken().empty());
  told_call one_left;
  for (std::uint32_t i = 2; i <= 5; ++i)
    one_left.dialled(i);
  one_left.ended(call_outcome::model_failed);
  CAF_CHECK(one_left.found("ended as model_failed"));
  // From afar a session is there once the gateway talks to it: what it was told
  // may be lost on the way.
  for (auto talks : {false, true}) {
    told_call far{{.call = 7}, call_check::place::at_the_peers};
    far.speak(1, 2);
    far.hear(1, 1, 1);
    far.session_over(1);
    for (std::uint32_t i = 2; i <= 5; ++i)
      far.dialled(i);
    far.open(6);
    if (talks)
      far.hear(6, 2, 2);
    far.session_over(6);
    far.ended(call_outcome::model_failed);
    CAF_CHECK_EQUAL(far.found("ended as model_failed"), talks);
  }
  // Nobody was there for too long, though nothing had been said yet.
  told_call gap;
  gap.session_over(1);
  gap.later(std::chrono::seconds{20});
  gap.ended(call_outcome::model_failed);
  CAF_CHECK(gap.broken().empty());
}

CAF_TEST(what a call without faults must not notice is found) {
  told_call call{{.call = 7, .quiet = true}};
  for (std::uint32_t i = 1; i <= 10; ++i)
    call.send(i);
  call.open(2);
  call.reply();
  call.ended(call_outcome::completed);
  CAF_CHECK(call.found("of 10 caller frames 0 arrived"));
  CAF_CHECK(call.found("had 2 sessions"));
  CAF_CHECK(call.found("did not hear utterance 1"));
}

CAF_TEST_FIXTURE_SCOPE_END()
