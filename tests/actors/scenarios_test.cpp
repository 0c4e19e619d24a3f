// The acceptance scenarios of the first call, on virtual time. Each fails when
// the rule that it guards is removed.
#define CAF_SUITE actors.scenarios

#include "tests/fakes/conversation.hpp"

using namespace offhook;
using namespace offhook::actors;
using namespace std::chrono_literals;

namespace {

constexpr std::uint8_t a = 0x11; // the bytes of item A
constexpr std::uint8_t b = 0x22;

struct fixture : tests::conversation {
  fixture() : tests::conversation("actors-scenarios") {
    // nop
  }

  /// `length_ms` of one item in the deltas of a model that is faster than real
  /// time: all within 300 ms.
  void speak(const std::string& response, const std::string& item,
             std::uint64_t length_ms, std::uint8_t code) {
    tell(response_started{1, response});
    for (int i = 0; i < 10; ++i) {
      deliver(response, item, length_ms / 10, code);
      pass(30ms);
    }
  }

  /// A long answer with stops that the lead has to bridge. Messages have to be
  /// as small as it needs: a large one only fits when little is left.
  void check_lead(std::uint32_t lead_ms, ms stop) {
    env->limits.lead_ms = lead_ms;
    connect();
    tell(response_started{1, "resp_a"});
    deliver("resp_a", "item_a", 10'000, a);
    tell(response_finished{1, "resp_a", "completed", ""});
    for (int i = 0; i < 40; ++i) {
      pass(ms{90 + i});
      stall(stop);
    }
    pass(8000ms);
    self->send(stream, clear_playback{}); // Books what was played.
    consume_messages();
    CAF_CHECK_EQUAL(twilio->heard[a], 80'000u);
    CAF_CHECK_EQUAL(twilio->underruns, 0u);
    CAF_CHECK_GREATER(twilio->max_lead_ms, lead_ms - 20);
    CAF_CHECK_LESS_OR_EQUAL(twilio->max_lead_ms, lead_ms);
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(scenarios, fixture)

CAF_TEST(scenario_01_heard_position_truncation) {
  connect();
  speak("resp_a", "item_a", 6000, a);
  pass(1700ms); // 300 ms of play-out are over already.
  twilio->log.clear();
  barge_in();
  CAF_REQUIRE_EQUAL(twilio->log.size(), 1u); // In the same turn.
  CAF_CHECK_EQUAL(twilio->log[0], "clear");
  auto cuts = openai->all<truncate_item>();
  CAF_REQUIRE_EQUAL(cuts.size(), 1u);
  CAF_CHECK_EQUAL(cuts[0].item_id, "item_a");
  CAF_CHECK_GREATER_OR_EQUAL(cuts[0].audio_end_ms, 1940u);
  CAF_CHECK_LESS_OR_EQUAL(cuts[0].audio_end_ms, 2060u);
  CAF_CHECK_EQUAL(cuts[0].audio_end_ms, twilio->heard[a] / 8);
  CAF_CHECK_EQUAL(report().barge_ins, 1u);
  // Nothing more of it is played.
  auto heard = twilio->heard[a];
  pass(2000ms);
  CAF_CHECK_EQUAL(twilio->heard[a], heard);
}

CAF_TEST(scenario_01_never above what was received) {
  connect();
  tell(response_started{1, "resp_a"});
  // 1003 bytes are 125.375 ms: the last frame is filled up with silence.
  tell(audio_delta{1, "resp_a", "item_a", 0, audio_bytes(1003, std::byte{a})});
  tell(audio_done{1, "resp_a", "item_a"});
  pass(135ms); // The silence at its end is playing.
  barge_in();
  auto cuts = openai->all<truncate_item>();
  CAF_REQUIRE_EQUAL(cuts.size(), 1u);
  CAF_CHECK_EQUAL(cuts[0].audio_end_ms, 125u);
}

CAF_TEST(scenario_02_two_queued_items) {
  connect();
  speak("resp_a", "item_a", 2000, a);
  deliver("resp_a", "item_b", 2000, b);
  pass(700ms);
  barge_in();
  auto cuts = openai->all<truncate_item>();
  CAF_REQUIRE_EQUAL(cuts.size(), 1u);
  CAF_CHECK_EQUAL(cuts[0].item_id, "item_a");
  CAF_CHECK_EQUAL(cuts[0].audio_end_ms, 1000u);
  auto deletions = openai->all<delete_item>();
  CAF_REQUIRE_EQUAL(deletions.size(), 1u);
  CAF_CHECK_EQUAL(deletions[0].item_id, "item_b");
  pass(5000ms);
  CAF_CHECK_EQUAL(twilio->heard[b], 0u);
}

CAF_TEST(scenario_03_interruption_after_generation_ended) {
  connect();
  speak("resp_a", "item_a", 6000, a);
  tell(audio_done{1, "resp_a", "item_a"});
  tell(response_finished{1, "resp_a", "completed", ""});
  pass(1700ms);
  auto before = openai->orders.size();
  barge_in();
  auto cuts = openai->all<truncate_item>();
  CAF_REQUIRE_EQUAL(cuts.size(), 1u);
  CAF_CHECK_GREATER_OR_EQUAL(cuts[0].audio_end_ms, 1940u);
  CAF_CHECK_LESS_OR_EQUAL(cuts[0].audio_end_ms, 2060u);
  CAF_CHECK_EQUAL(twilio->clears, 1u);
  CAF_CHECK_EQUAL(openai->orders.size(), before + 1); // No cancel, nothing.
}

CAF_TEST(scenario_04_stale_marks) {
  connect();
  speak("resp_a", "item_a", 3000, a);
  pass(500ms);
  auto returned = twilio->marks_returned.size();
  // The new answer is there before the marks of the old one are.
  self->send(bridge, speech_started{1, 0, "item_user"});
  self->send(bridge, response_started{1, "resp_b"});
  self->send(bridge, audio_delta{1, "resp_b", "item_b", 0,
                                 audio_bytes(8000, std::byte{b})});
  consume_messages();
  CAF_REQUIRE_GREATER(twilio->marks_returned.size(), returned);
  // Nothing of B was heard, whatever marks came back: it is deleted.
  openai->orders.clear();
  barge_in();
  CAF_CHECK_EQUAL(openai->all<truncate_item>().size(), 0u);
  auto deletions = openai->all<delete_item>();
  CAF_REQUIRE_EQUAL(deletions.size(), 1u);
  CAF_CHECK_EQUAL(deletions[0].item_id, "item_b");
  CAF_CHECK_GREATER(env->metrics->stale_marks->value(), 0);
}

CAF_TEST(scenario_05_late_audio_of_a_cancelled_reply) {
  connect();
  speak("resp_a", "item_a", 2000, a);
  pass(200ms);
  barge_in();
  auto heard = twilio->heard[a];
  auto frames = twilio->payload_sizes.size();
  deliver("resp_a", "item_a", 500, a);
  tell(agent_transcript{1, "resp_a", "item_a2", "And on Sunday?", true});
  deliver("resp_a", "item_a2", 500, a);
  CAF_CHECK(openai->all<delete_item>().empty()); // It is being made yet.
  tell(response_finished{1, "resp_a", "cancelled", "turn_detected"});
  deliver("resp_a", "item_a", 500, a);
  pass(2000ms);
  CAF_CHECK_EQUAL(twilio->payload_sizes.size(), frames);
  CAF_CHECK_EQUAL(twilio->heard[a], heard);
  CAF_CHECK_EQUAL(env->metrics->late_deltas->value(), 3);
  // Nobody heard a word of the second item: it was not said.
  auto deletions = openai->all<delete_item>();
  CAF_REQUIRE_EQUAL(deletions.size(), 1u);
  CAF_CHECK_EQUAL(deletions[0].item_id, "item_a2");
  auto unheard = record->log.find("item_a2");
  CAF_REQUIRE(unheard);
  CAF_CHECK_EQUAL(unheard->text, "");
  CAF_CHECK_EQUAL(unheard->unheard, "And on Sunday?");
  // The next answer is not taken for it.
  tell(response_started{1, "resp_b"});
  deliver("resp_b", "item_b", 500, b);
  tell(response_finished{1, "resp_b", "completed", ""});
  pass(1000ms);
  barge_in(); // Books what was played.
  CAF_CHECK_EQUAL(twilio->heard[b], 4000u);
}

CAF_TEST(scenario_22_pacing) {
  connect();
  tell(response_started{1, "resp_a"});
  // 30 s at once, in pieces that are no frames, and with an end that is none.
  constexpr std::size_t pieces = 239;
  constexpr std::size_t piece_bytes = 1003;
  for (std::size_t i = 0; i < pieces; ++i)
    tell(audio_delta{1, "resp_a", "item_a", 0,
                     audio_bytes(piece_bytes, std::byte{a})});
  tell(response_finished{1, "resp_a", "completed", ""});
  for (int i = 0; i < 30; ++i) {
    pass(900ms);
    stall(80ms);
  }
  pass(5000ms);
  self->send(stream, clear_playback{}); // Books what was played.
  consume_messages();
  CAF_CHECK_EQUAL(twilio->heard[a], pieces * piece_bytes);
  CAF_CHECK_EQUAL(twilio->underruns, 0u);
  CAF_CHECK_GREATER(twilio->max_lead_ms, 0u);
  CAF_CHECK_LESS_OR_EQUAL(twilio->max_lead_ms, env->limits.lead_ms);
  for (auto size : twilio->payload_sizes)
    CAF_REQUIRE_EQUAL(size % 160, 0u);
}

CAF_TEST(scenario_22_pacing with stops that make marks late) {
  // A message (60 ms) and a tick (20 ms) short of the lead.
  constexpr std::size_t length_ms = 20'000;
  connect();
  tell(response_started{1, "resp_a"});
  deliver("resp_a", "item_a", length_ms, a);
  tell(response_finished{1, "resp_a", "completed", ""});
  for (int i = 0; i < 30; ++i) {
    pass(ms{310 + i});
    stall(200ms);
  }
  pass(5000ms);
  self->send(stream, clear_playback{}); // Books what was played.
  consume_messages();
  CAF_CHECK_EQUAL(twilio->heard[a], length_ms * 8);
  CAF_CHECK_EQUAL(twilio->underruns, 0u);
  CAF_CHECK_LESS_OR_EQUAL(twilio->max_lead_ms, env->limits.lead_ms);
}

CAF_TEST(scenario_22_pacing with a lead of three frames) {
  check_lead(60, 20ms);
}

CAF_TEST(scenario_22_pacing with a lead of five frames) {
  check_lead(100, 60ms);
}

CAF_TEST(scenario_22_pacing with a lead of eight frames) {
  check_lead(160, 100ms);
}

CAF_TEST_FIXTURE_SCOPE_END()
