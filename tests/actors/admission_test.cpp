// When a call is not taken: the decision by itself, then the registry's.
#define CAF_SUITE actors.admission

#include "actors/admission.hpp"

#include "actors/load_board.hpp"
#include "tests/fakes/call.hpp"

using namespace offhook;
using namespace offhook::actors;
using namespace std::chrono_literals;

namespace {

struct fixture : tests::call_fixture {
  admission::time_point now{1h};

  /// What the registry says to a call that it does not know.
  std::string answer(const std::string& call_sid,
                     const call_past_ptr& past = nullptr) {
    admit_call call{call_sid, "+1", "+2"};
    call.past = past;
    std::string result;
    ask(std::move(call))
      .receive([&](const call_home&) { result = "taken"; },
               [&](const caf::error& x) {
                 auto why = to_refusal(x);
                 result = why ? to_string(*why) : caf::to_string(x);
               });
    return result;
  }

  /// A registry with these limits in the place of that which there is.
  void restart(admission::limits limits) {
    self->send_exit(registry, caf::exit_reason::user_shutdown);
    env->admission_limits = limits;
    registry = sys.spawn<call_registry_impl>(env);
    consume_messages();
  }

  static call_past_ptr came(call_past::kind how) {
    auto result = std::make_shared<call_past>();
    result->what = how;
    return result;
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(admission_tests, fixture)

CAF_TEST(without limits every call is taken) {
  admission entry{{}};
  for (std::size_t i = 0; i < 1000; ++i)
    CAF_CHECK(!entry.decide(now, i, {1'000'000'000'000, 10s}));
}

CAF_TEST(as many as may be there) {
  admission entry{{2, 0, 0, 0ms}};
  CAF_CHECK(!entry.decide(now, 0, {}));
  CAF_CHECK(!entry.decide(now, 1, {}));
  CAF_CHECK(entry.decide(now, 2, {}) == refusal::calls);
  CAF_CHECK(!entry.decide(now, 1, {}));
}

CAF_TEST(as many as may begin in a second) {
  admission entry{{0, 4, 0, 0ms}};
  for (auto i = 0; i < 4; ++i)
    CAF_CHECK(!entry.decide(now, 0, {}));
  CAF_CHECK(entry.decide(now, 0, {}) == refusal::rate);
  CAF_CHECK(entry.decide(now + 240ms, 0, {}) == refusal::rate);
  CAF_CHECK(!entry.decide(now + 260ms, 0, {}));
  CAF_CHECK(entry.decide(now + 260ms, 0, {}) == refusal::rate);
  // A quiet hour saves up no more than a second.
  for (auto i = 0; i < 4; ++i)
    CAF_CHECK(!entry.decide(now + 1h, 0, {}));
  CAF_CHECK(entry.decide(now + 1h, 0, {}) == refusal::rate);
}

CAF_TEST(what is refused for another reason has not begun) {
  admission entry{{1, 1, 0, 0ms}};
  CAF_CHECK(entry.decide(now, 1, {}) == refusal::calls);
  CAF_CHECK(!entry.decide(now, 0, {}));
}

CAF_TEST(memory and lag) {
  admission entry{{0, 0, 1000, 50ms}};
  CAF_CHECK(!entry.decide(now, 0, {999, 49ms}));
  CAF_CHECK(entry.decide(now, 0, {1000, 0ms}) == refusal::memory);
  CAF_CHECK(entry.decide(now, 0, {0, 50ms}) == refusal::lag);
}

CAF_TEST(who drains takes none) {
  admission entry{{}};
  entry.drain();
  CAF_CHECK(entry.decide(now, 0, {}) == refusal::draining);
}

CAF_TEST(refusals are errors with names) {
  for (auto x : {refusal::draining, refusal::calls, refusal::rate,
                 refusal::memory, refusal::lag}) {
    refusal read{};
    CAF_CHECK(from_string(to_string(x), read) && read == x);
    CAF_CHECK(to_refusal(caf::make_error(x)) == x);
  }
  CAF_CHECK(!to_refusal(caf::make_error(caf::sec::runtime_error)));
}

CAF_TEST(a board shows the slowest loop) {
  load_board board{2};
  CAF_CHECK_EQUAL(board.read(now).lag.count(), 0); // Nobody looks yet.
  board.due_at(0, now + 250ms);
  board.due_at(1, now + 250ms);
  board.looked(0, now + 250ms);
  board.looked(1, now + 290ms);
  board.due_at(0, now + 500ms);
  board.due_at(1, now + 540ms);
  CAF_CHECK_EQUAL(board.read(now + 300ms).lag.count(), 40);
  // It fades, and is not gone at once.
  board.looked(1, now + 540ms);
  board.due_at(1, now + 790ms);
  CAF_CHECK_EQUAL(board.read(now + 500ms).lag.count(), 20);
  // A loop that is stalled does not look at all.
  CAF_CHECK_EQUAL(board.read(now + 700ms).lag.count(), 200);
}

CAF_TEST(a process knows its memory) {
  CAF_CHECK_GREATER(resident_bytes(), 1'000'000u);
}

CAF_TEST(the registry refuses calls that are too many) {
  restart({1, 0, 0, 0ms});
  CAF_CHECK_EQUAL(answer("CA1"), "taken");
  CAF_CHECK_EQUAL(answer("CA2"), "calls");
  // The same call again is no other one.
  CAF_CHECK_EQUAL(answer("CA1"), "taken");
  CAF_CHECK_EQUAL(dials.size(), 1u);
  CAF_CHECK(tests::count({metrics_text()},
                         "offhook_calls_refused_total{reason=\"calls\"} 1")
            == 1);
}

CAF_TEST(a stream of another webhook is a call like others) {
  restart({1, 0, 0, 0ms});
  answer("CA1");
  ask(locate_call{"CA2", 0, {}})
    .receive([](const call_home&) { CAF_FAIL("it was taken"); },
             [](const caf::error& x) {
               CAF_CHECK(to_refusal(x) == refusal::calls);
             });
}

CAF_TEST(a call that another instance began is taken) {
  restart({1, 1, 0, 0ms});
  answer("CA1");
  CAF_CHECK_EQUAL(answer("CA2", came(call_past::kind::kept)), "taken");
  CAF_CHECK_EQUAL(answer("CA3", came(call_past::kind::lost)), "taken");
  // That anybody may say of a call.
  CAF_CHECK_EQUAL(answer("CA4", came(call_past::kind::cut)), "calls");
}

CAF_TEST(the load is asked for) {
  auto load = std::make_shared<process_load>();
  env->load = [load] { return *load; };
  restart({0, 0, 1000, 0ms});
  CAF_CHECK_EQUAL(answer("CA1"), "taken");
  load->resident_bytes = 1000;
  CAF_CHECK_EQUAL(answer("CA2"), "memory");
  load->resident_bytes = 10;
  CAF_CHECK_EQUAL(answer("CA2"), "taken");
}

CAF_TEST_FIXTURE_SCOPE_END()
