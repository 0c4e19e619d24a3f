// The plain classes behind an outage.
#define CAF_SUITE actors.outage

#include "actors/outage.hpp"

#include "actors/caller_buffer.hpp"
#include "actors/caller_memory.hpp"

#include <caf/test/dsl.hpp>

using namespace offhook::actors;
using namespace std::chrono_literals;

namespace {

using clock_type = std::chrono::steady_clock;
using step = outage::step;

clock_type::time_point at(std::chrono::milliseconds x) {
  return clock_type::time_point{} + 1h + x;
}

std::vector<std::byte> frame(std::uint8_t value) {
  return std::vector<std::byte>(160, std::byte{value});
}

} // namespace

CAF_TEST(a sound now and then and one line) {
  outage x{{2s, 8s}};
  CAF_CHECK(!x.next_time());
  x.lasts(true, at(0s));
  CAF_CHECK(x.next_time() == at(2s));
  CAF_CHECK(x.due(at(1999ms)) == step::none);
  CAF_CHECK(x.due(at(2s)) == step::filler);
  x.sounds(at(2400ms));
  CAF_CHECK(x.next_time() == at(4400ms));
  x.lasts(true, at(3s)); // It began only once.
  CAF_CHECK(x.due(at(4400ms)) == step::filler);
  CAF_CHECK(x.due(at(8s)) == step::line);
  x.sounds(at(11s));
  CAF_CHECK(x.due(at(12s)) == step::none);
  CAF_CHECK(x.due(at(13s)) == step::filler);
  x.lasts(false, at(14s));
  CAF_CHECK(!x.next_time());
  x.lasts(true, at(20s)); // Another one.
  CAF_CHECK(x.due(at(28s)) == step::line);
}

CAF_TEST(a session that does not last ends nothing) {
  outage x{{2s, 8s}};
  x.lasts(true, at(0s));
  for (auto t = 1s; t < 7s; t += 2s) {
    x.lasts(false, at(t)); // Nobody is told that something is wrong yet.
    CAF_CHECK(!x.next_time());
    CAF_CHECK(x.due(at(t + 900ms)) == step::none);
    x.lasts(true, at(t + 1s));
    if (x.due(at(t + 1s)) == step::filler)
      x.sounds(at(t + 1s));
  }
  CAF_CHECK(x.due(at(8s)) == step::line);
  // One that does, and an agent that is heard.
  x.lasts(false, at(10s));
  x.lasts(true, at(15s));
  CAF_CHECK(x.due(at(16s)) == step::none);
  CAF_CHECK(x.next_time() == at(17s));
  x.lasts(false, at(20s));
  x.end();
  x.lasts(true, at(21s));
  CAF_CHECK(x.next_time() == at(23s));
}

CAF_TEST(nothing is said over what is being heard) {
  outage x{{2s, 8s}};
  x.sounds(at(10s));
  x.lasts(true, at(0s));
  CAF_CHECK(x.next_time() == at(10s));
  CAF_CHECK(x.due(at(10s)) == step::line);
}

CAF_TEST(each of them can be turned off) {
  outage silent{{0s, 0s}};
  silent.lasts(true, at(0s));
  CAF_CHECK(!silent.next_time());
  outage line{{0s, 8s}};
  line.lasts(true, at(0s));
  CAF_CHECK(line.next_time() == at(8s));
}

CAF_TEST(the memory has the turn that is open) {
  caller_memory x{320, 800};
  for (std::uint8_t i = 1; i <= 9; ++i)
    x.given(frame(i));
  CAF_CHECK_EQUAL(x.newest(160).front(), std::byte{9});
  CAF_CHECK(!x.is_open());
  x.open(160);
  x.given(frame(10));
  x.given(frame(11));
  auto turn = x.turn();
  CAF_REQUIRE_EQUAL(turn.size(), 480u);
  CAF_CHECK(turn.front() == std::byte{9});
  CAF_CHECK(turn.back() == std::byte{11});
  x.settle();
  CAF_CHECK(x.turn().empty());
  CAF_CHECK(!x.is_open());
  CAF_CHECK_EQUAL(x.newest(160).front(), std::byte{11});
  x.clear();
  CAF_CHECK(x.newest(160).empty());
}

CAF_TEST(the memory forgets what is too old) {
  caller_memory x{320, 800};
  x.open(0);
  for (std::uint8_t i = 0; i < 5; ++i)
    x.given(frame(i));
  CAF_CHECK(x.is_open());
  x.given(frame(6)); // 960 bytes since.
  CAF_CHECK(!x.is_open());
  x.open(10'000); // More than there is.
  CAF_CHECK_LESS_OR_EQUAL(x.turn().size(), 960u);
}

CAF_TEST(stale audio is not replayed) {
  caller_buffer x{8000}; // 1 s
  x.push(frame(1), at(0s));
  x.push(frame(2), at(500ms));
  x.push(frame(3), at(1200ms));
  CAF_CHECK_EQUAL(x.expire(at(1400ms)), 160u);
  CAF_CHECK_EQUAL(x.expire(at(1400ms)), 0u);
  auto pieces = x.take(8000);
  CAF_REQUIRE_EQUAL(pieces.size(), 1u);
  CAF_CHECK_EQUAL(pieces.front().size(), 320u);
  CAF_CHECK_EQUAL(x.bytes(), 0u);
}
