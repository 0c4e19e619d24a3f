#define CAF_SUITE app.playout

#include "app/standins/playout.hpp"

#include "caf/test/dsl.hpp"

#include <string>
#include <vector>

using namespace offhook::app::standins;
using std::chrono::microseconds;
using std::chrono::milliseconds;

namespace {

struct fixture {
  const time_point began{std::chrono::hours{1}};
  playout queue;

  time_point at(std::int64_t ms) const {
    return began + milliseconds{ms};
  }

  static std::vector<std::byte> audio(std::size_t ms, int code = 0x10) {
    return std::vector<std::byte>(ms * 8, std::byte(code));
  }

  /// The events so far: `200 played 160`, `220 mark a`, `240 underrun 80`.
  std::vector<std::string> events() {
    std::vector<std::string> result;
    for (const auto& event : queue.take_events()) {
      if (const auto* x = std::get_if<playout::played>(&event))
        result.push_back(when(x->at) + "played "
                         + std::to_string(x->audio.size()));
      else if (const auto* x = std::get_if<playout::mark_reached>(&event))
        result.push_back(when(x->at) + "mark " + x->name
                         + (x->cleared ? " cleared" : ""));
      else if (const auto* x = std::get_if<playout::underrun>(&event))
        result.push_back(when(x->at) + "underrun "
                         + std::to_string(x->samples));
    }
    return result;
  }

  std::string when(time_point t) const {
    return std::to_string(to_ms(began, t)) + ' ';
  }
};

using strings = std::vector<std::string>;

} // namespace

CAF_TEST_FIXTURE_SCOPE(playout_tests, fixture)

CAF_TEST(audio is played at eight bytes a millisecond) {
  queue.push(audio(100), at(0));
  queue.advance(at(0));
  CAF_CHECK(events().empty());
  queue.advance(began + microseconds{124});
  CAF_CHECK(events().empty());
  queue.advance(began + microseconds{125});
  CAF_CHECK_EQUAL(events(), strings{"0 played 1"});
  queue.advance(at(60));
  CAF_CHECK_EQUAL(events(), strings{"0 played 479"});
  CAF_CHECK_EQUAL(queue.unplayed(), 320u);
  queue.advance(at(1000));
  CAF_CHECK_EQUAL(events(), strings{"60 played 320"});
  CAF_CHECK_EQUAL(queue.unplayed(), 0u);
}

CAF_TEST(audio that comes faster than it is played waits its turn) {
  queue.push(audio(100), at(0));
  queue.push(audio(100), at(1));
  CAF_CHECK_EQUAL(queue.unplayed(), 1592u);
  queue.advance(at(200));
  CAF_CHECK_EQUAL(queue.unplayed(), 0u);
}

CAF_TEST(a mark comes back when all before it has been played) {
  queue.push(audio(100), at(0));
  queue.mark("a", at(10));
  queue.push(audio(50), at(20));
  queue.mark("b", at(30));
  CAF_CHECK(queue.next_mark() == at(100));
  events();
  queue.advance(began + microseconds{99'999});
  CAF_CHECK_EQUAL(events(), strings{"30 played 559"});
  queue.advance(at(100));
  CAF_CHECK_EQUAL(events(), (strings{"99 played 1", "100 mark a"}));
  CAF_CHECK(queue.next_mark() == at(150));
  queue.advance(at(400));
  CAF_CHECK_EQUAL(events(), (strings{"100 played 400", "150 mark b"}));
  CAF_CHECK(!queue.next_mark());
}

CAF_TEST(a mark behind nothing comes back at once) {
  queue.mark("a", at(5));
  CAF_CHECK_EQUAL(events(), strings{"5 mark a"});
  queue.push(audio(20), at(10));
  queue.advance(at(40));
  queue.mark("b", at(50));
  CAF_CHECK_EQUAL(events(), (strings{"10 played 160", "50 mark b"}));
}

CAF_TEST(clear drops what is unplayed and returns all marks at once) {
  queue.push(audio(100), at(0));
  queue.mark("a", at(0));
  queue.push(audio(400), at(0));
  queue.mark("b", at(0));
  queue.mark("c", at(0));
  queue.advance(at(150));
  events();
  CAF_CHECK_EQUAL(queue.clear(at(200)), 2400u);
  CAF_CHECK_EQUAL(events(), (strings{"150 played 400", "200 mark b cleared",
                                     "200 mark c cleared"}));
  CAF_CHECK_EQUAL(queue.outstanding_marks(), 0u);
  CAF_CHECK(!queue.next_mark());
  CAF_CHECK_EQUAL(queue.clear(at(210)), 0u);
  // What comes afterwards is played from then on, and its marks count from it.
  queue.push(audio(20), at(300));
  queue.mark("d", at(300));
  queue.advance(at(400));
  CAF_CHECK_EQUAL(events(), (strings{"300 played 160", "320 mark d"}));
}

CAF_TEST(running dry inside a burst is an underrun) {
  queue.push(audio(100), at(0));
  queue.push(audio(100), at(110));
  queue.advance(at(300));
  CAF_CHECK_EQUAL(events(), (strings{"0 played 800", "100 underrun 80",
                                     "110 played 800"}));
}

CAF_TEST(a sender that stops is missed for what was not queued) {
  // 20 ms every 20 ms, so far ahead; then nothing for 80 ms, and all that is
  // due by then at once.
  for (std::int64_t lead_ms : {40, 60, 79, 80, 100}) {
    queue = {};
    auto sent_ms = std::int64_t{0};
    auto send_until = [&](std::int64_t end_ms, std::int64_t now_ms) {
      for (; sent_ms < end_ms; sent_ms += 20)
        queue.push(audio(20), at(now_ms));
    };
    // A first piece of an odd length makes the lead exact.
    queue.push(audio(static_cast<std::size_t>(lead_ms)), at(0));
    for (std::int64_t now_ms = 20; now_ms <= 200; now_ms += 20)
      send_until(now_ms, now_ms);
    CAF_CHECK_EQUAL(queue.unplayed(), static_cast<std::size_t>(lead_ms) * 8);
    send_until(280, 280);
    queue.advance(at(1000));
    std::vector<std::string> underruns;
    for (auto& x : events())
      if (x.find("underrun") != std::string::npos)
        underruns.push_back(x);
    if (lead_ms < 80)
      CAF_CHECK_EQUAL(underruns,
                      strings{std::to_string(200 + lead_ms) + " underrun "
                              + std::to_string((80 - lead_ms) * 8)});
    else
      CAF_CHECK(underruns.empty());
  }
}

CAF_TEST(audio in the very moment of running dry is none) {
  queue.push(audio(100), at(0));
  queue.push(audio(100), at(100));
  queue.mark("a", at(100));
  queue.advance(at(300));
  CAF_CHECK_EQUAL(events(),
                  (strings{"0 played 800", "100 played 800", "200 mark a"}));
}

CAF_TEST(less than a sample of delay does not shift the run) {
  queue.push(audio(100), at(0));
  queue.push(audio(100), at(100) + microseconds{124});
  queue.mark("a", at(150));
  CAF_CHECK(queue.next_mark() == at(200));
}

CAF_TEST(a long gap and one after clear or another speaker are no underruns) {
  queue.push(audio(100), at(0));
  queue.push(audio(100), at(501)); // Beyond the 400 ms of a burst.
  queue.push(audio(10), at(610));
  queue.clear(at(615));
  queue.push(audio(100), at(630));
  queue.advance(at(800));
  queue.break_burst();
  queue.push(audio(100), at(810));
  queue.break_burst(); // While it plays: the next gap is none.
  queue.push(audio(100), at(920));
  auto log = events();
  auto underruns = std::count_if(log.begin(), log.end(), [](auto& x) {
    return x.find("underrun") != std::string::npos;
  });
  CAF_CHECK_EQUAL(underruns, 1); // That at 601.
  queue.push(audio(100), at(1030));
  log = events();
  CAF_CHECK_EQUAL(log.back(), "1020 underrun 80");
}

CAF_TEST(more than ten minutes are discarded) {
  const auto minute = audio(60'000);
  for (int i = 0; i < 10; ++i)
    CAF_CHECK_EQUAL(queue.push(minute, at(0)), 0u);
  CAF_CHECK_EQUAL(queue.push(audio(20), at(0)), 160u);
  queue.advance(at(10));
  CAF_CHECK_EQUAL(queue.push(audio(20), at(10)), 80u);
  CAF_CHECK_EQUAL(queue.unplayed(), 4'800'000u);
}

CAF_TEST(nothing pushed is nothing) {
  CAF_CHECK_EQUAL(queue.push({}, at(0)), 0u);
  queue.advance(at(10));
  CAF_CHECK(events().empty());
}

CAF_TEST_FIXTURE_SCOPE_END()
