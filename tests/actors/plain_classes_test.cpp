// The classes that decide, without actors: ledger, queue, buffer, budget.
#define CAF_SUITE actors.plain_classes

#include "actors/audio_queue.hpp"
#include "actors/caller_buffer.hpp"
#include "actors/playback_ledger.hpp"
#include "actors/restart_budget.hpp"
#include "actors/socket_errc.hpp"

#include <caf/test/dsl.hpp>

using namespace offhook::actors;
using namespace std::chrono_literals;

namespace {

using audio = offhook::protocol::audio_bytes;

struct fixture {
  using time_point = playback_ledger::time_point;

  playback_ledger ledger;
  playback_ledger::item_ref a{1, "resp", "item_a", 0};
  playback_ledger::item_ref b{1, "resp", "item_b", 0};
  time_point t0 = time_point{} + 1h;

  playback_ledger::progress of(const char* id, time_point now) {
    return ledger.find(id, now).value_or(playback_ledger::progress{});
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(plain_classes, fixture)

CAF_TEST(of a stream that is gone only marks are believed) {
  ledger.received(a, 8000);
  ledger.sent(a, 1600, t0);
  auto mark = ledger.place_mark();
  ledger.sent(a, 6400, t0);
  CAF_CHECK(ledger.marked(mark, t0 + 200ms));
  CAF_CHECK_EQUAL(of("item_a", t0 + 700ms).heard, 5600u); // By the clock.
  ledger.trust_marks_only(t0 + 700ms);
  CAF_CHECK(ledger.anything_unheard(t0 + 700ms));
  auto cuts = ledger.interrupt(t0 + 700ms);
  CAF_REQUIRE_EQUAL(cuts.size(), 1u);
  CAF_CHECK(cuts[0].begun);
  CAF_CHECK_EQUAL(cuts[0].heard_ms, 200u);
  CAF_CHECK_EQUAL(cuts[0].received_ms, 1000u);
}

CAF_TEST(an item goes through four stages) {
  ledger.received(a, 1600);
  CAF_CHECK_EQUAL(of("item_a", t0).received, 1600u);
  CAF_CHECK_EQUAL(of("item_a", t0).sent, 0u);
  CAF_CHECK(ledger.anything_unheard(t0));
  CAF_CHECK(!ledger.playing(t0));
  ledger.sent(a, 800, t0);
  auto mark = ledger.place_mark();
  ledger.sent(a, 800, t0);
  CAF_CHECK_EQUAL(of("item_a", t0).heard, 0u);
  // Interpolated from the start of play-out ...
  CAF_CHECK_EQUAL(of("item_a", t0 + 50ms).heard, 400u);
  CAF_CHECK_EQUAL(of("item_a", t0 + 50ms).marked, 0u);
  // ... then from the mark, which is later by what the network takes.
  CAF_CHECK(ledger.marked(mark, t0 + 130ms));
  CAF_CHECK_EQUAL(of("item_a", t0 + 130ms).marked, 800u);
  CAF_CHECK_EQUAL(of("item_a", t0 + 130ms).heard, 800u);
  CAF_CHECK_EQUAL(of("item_a", t0 + 180ms).heard, 1200u);
  // Never above what was sent.
  CAF_CHECK_EQUAL(of("item_a", t0 + 10s).heard, 1600u);
  CAF_CHECK(!ledger.anything_unheard(t0 + 10s));
}

CAF_TEST(a pause between answers is not counted as hearing) {
  ledger.received(a, 800);
  ledger.sent(a, 800, t0);
  ledger.received(b, 800);
  ledger.sent(b, 800, t0 + 5s);
  CAF_CHECK_EQUAL(of("item_b", t0 + 5s).heard, 0u);
  CAF_CHECK_EQUAL(of("item_b", t0 + 5s + 25ms).heard, 200u);
}

CAF_TEST(marks of an older generation say nothing) {
  ledger.received(a, 1600);
  ledger.sent(a, 1600, t0);
  auto old = ledger.place_mark();
  auto cuts = ledger.interrupt(t0 + 100ms);
  CAF_REQUIRE_EQUAL(cuts.size(), 1u);
  CAF_CHECK_EQUAL(cuts[0].heard_ms, 100u);
  ledger.received(b, 1600);
  ledger.sent(b, 1600, t0 + 100ms);
  CAF_CHECK(!ledger.marked(old, t0 + 100ms));
  CAF_CHECK_EQUAL(of("item_b", t0 + 100ms).heard, 0u);
  for (const auto* name : {"", "g", "g2", "g2:", "g2:99", "gx:1", "g2:1x", "x"})
    CAF_CHECK(!ledger.marked(name, t0));
}

CAF_TEST(the late mark of a stalled play - out moves the position back) {
  ledger.received(a, 8000);
  ledger.sent(a, 4000, t0);
  auto first = ledger.place_mark();
  ledger.sent(a, 4000, t0);
  // Due at 500 ms; the line had a hiccup of 300 ms.
  ledger.marked(first, t0 + 800ms);
  CAF_CHECK_EQUAL(of("item_a", t0 + 800ms).heard, 4000u);
}

CAF_TEST(pacing believes a late mark until the next one) {
  ledger.received(a, 16'000);
  ledger.sent(a, 1600, t0);
  auto first = ledger.place_mark();
  ledger.sent(a, 1600, t0);
  auto second = ledger.place_mark();
  ledger.sent(a, 12'800, t0);
  // Due at 200 ms. Either Twilio stood still, or we did not read it.
  ledger.marked(first, t0 + 390ms);
  CAF_CHECK_EQUAL(ledger.lead_ms(t0 + 390ms), 1800u);
  // It was us: this one is on time.
  ledger.marked(second, t0 + 401ms);
  CAF_CHECK_EQUAL(ledger.lead_ms(t0 + 401ms), 1600u);
}

CAF_TEST(an item is cut once and heard ones are not ) {
  ledger.received(a, 800);
  ledger.received(b, 800);
  ledger.response_over(1, "resp");
  ledger.sent(a, 800, t0);
  ledger.sent(b, 800, t0);
  auto cuts = ledger.interrupt(t0 + 150ms);
  CAF_REQUIRE_EQUAL(cuts.size(), 1u);
  CAF_CHECK_EQUAL(cuts[0].item.item_id, "item_b");
  CAF_CHECK_EQUAL(cuts[0].heard_ms, 50u);
  CAF_CHECK(ledger.interrupt(t0 + 160ms).empty());
}

CAF_TEST(another stream begins at nothing heard) {
  ledger.received(a, 8000);
  ledger.sent(a, 800, t0);
  auto mark = ledger.place_mark();
  ledger.stream_replaced(t0 + 10ms);
  CAF_CHECK(!ledger.marked(mark, t0 + 20ms));
  CAF_CHECK(!ledger.playing(t0 + 20ms));
  CAF_CHECK(ledger.anything_unheard(t0 + 20ms));
  CAF_CHECK_EQUAL(ledger.lead_ms(t0 + 20ms), 0u);
}

CAF_TEST(what was heard is forgotten) {
  for (int i = 0; i < 100; ++i) {
    playback_ledger::item_ref x{1, "r" + std::to_string(i),
                                "i" + std::to_string(i), 0};
    auto at = t0 + i * 1s;
    ledger.received(x, 800);
    ledger.sent(x, 800, at);
    ledger.response_over(1, x.response_id);
    ledger.forget_heard(at + 500ms);
  }
  CAF_CHECK_EQUAL(ledger.items(), 0u);
}

CAF_TEST(the queue cuts whole frames and fills the last) {
  audio_queue queue;
  audio_queue::chunk x;
  CAF_CHECK_EQUAL(queue.push(a, audio(250, std::byte{1}), 10'000), 250u);
  CAF_REQUIRE(queue.pop(480, x));
  CAF_CHECK_EQUAL(x.payload.size(), 160u);
  CAF_CHECK(!queue.pop(480, x)); // More of the item may come.
  queue.push(a, audio(70, std::byte{2}), 10'000);
  CAF_REQUIRE(queue.pop(480, x));
  CAF_CHECK_EQUAL(x.payload.size(), 160u);
  CAF_CHECK(x.payload[89] == std::byte{1});
  CAF_CHECK(x.payload[90] == std::byte{2});
  queue.push(a, audio(10, std::byte{3}), 10'000);
  queue.push(b, audio(320, std::byte{4}), 10'000);
  CAF_REQUIRE(queue.pop(480, x));
  CAF_CHECK_EQUAL(x.payload.size(), 160u);
  CAF_CHECK_EQUAL(x.padding, 150u);
  CAF_CHECK(x.ends_item);
  CAF_CHECK(x.payload[9] == std::byte{3});
  CAF_CHECK(x.payload[10] == std::byte{0xFF});
  queue.finish(1, "item_b");
  CAF_REQUIRE(queue.pop(480, x));
  CAF_CHECK_EQUAL(x.item.item_id, "item_b");
  CAF_CHECK_EQUAL(x.payload.size(), 320u);
  CAF_CHECK(x.ends_item);
  CAF_CHECK(queue.empty());
  CAF_CHECK_EQUAL(queue.push(a, audio(101, std::byte{1}), 100), 0u);
}

CAF_TEST(the queue keeps every byte in order) {
  audio_queue queue;
  audio sent;
  audio got;
  audio_queue::chunk x;
  for (int i = 0; i < 3000; ++i) {
    audio piece;
    for (int k = 0; k < i % 400; ++k)
      piece.push_back(
        std::byte(static_cast<unsigned char>(sent.size() + piece.size())));
    sent.insert(sent.end(), piece.begin(), piece.end());
    queue.push(a, piece, 1'000'000);
    while (i % 3 == 0 && queue.pop(480, x))
      got.insert(got.end(), x.payload.begin(), x.payload.end());
  }
  queue.finish_response(1, "resp");
  std::uint64_t padding = 0;
  while (queue.pop(480, x)) {
    got.insert(got.end(), x.payload.begin(), x.payload.end());
    padding += x.padding;
  }
  got.resize(got.size() - padding);
  CAF_CHECK(got == sent);
  CAF_CHECK_EQUAL(queue.bytes(), 0u);
}

CAF_TEST(the caller buffer drops the oldest) {
  offhook::actors::caller_buffer buffer{480};
  CAF_CHECK_EQUAL(buffer.push(audio(160, std::byte{1}), {}), 0u);
  CAF_CHECK_EQUAL(buffer.push(audio(160, std::byte{2}), {}), 0u);
  CAF_CHECK_EQUAL(buffer.push(audio(160, std::byte{3}), {}), 0u);
  CAF_CHECK_EQUAL(buffer.push(audio(160, std::byte{4}), {}), 160u);
  auto pieces = buffer.take(320);
  CAF_REQUIRE_EQUAL(pieces.size(), 2u);
  CAF_CHECK(pieces[0].front() == std::byte{2});
  CAF_CHECK_EQUAL(pieces[0].size(), 320u);
  CAF_CHECK_EQUAL(buffer.bytes(), 0u);
}

CAF_TEST(the budget doubles its delays and is spent) {
  restart_budget budget{{4, 250ms, 1000ms}};
  CAF_CHECK(budget.spend(1.0) == 250ms);
  CAF_CHECK(budget.spend(1.0) == 500ms);
  CAF_CHECK(budget.spend(0.0) == 500ms); // 1000 with the least jitter
  CAF_CHECK(budget.spend(1.0) == 1000ms);
  CAF_CHECK(!budget.spend(1.0));
  CAF_CHECK(!budget.spend(1.0));
  budget.give_back();
  CAF_CHECK(budget.spend(1.0) == 250ms);
}

CAF_TEST(every reason has a spelling) {
  for (std::uint8_t i = 1; i <= 13; ++i) {
    socket_errc x{};
    CAF_REQUIRE(from_integer(i, x));
    socket_errc y{};
    CAF_CHECK(from_string(to_string(x), y));
    CAF_CHECK(x == y);
  }
  socket_errc x{};
  CAF_CHECK(!from_integer(0, x));
  CAF_CHECK(!from_integer(14, x));
  CAF_CHECK(!from_string("unknown", x));
}

CAF_TEST_FIXTURE_SCOPE_END()
