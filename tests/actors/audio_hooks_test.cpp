// Behaviours that listen to the audio of a call, replace it or lay sound over
// it.
#define CAF_SUITE actors.audio_hooks

#include "actors/call_limits.hpp"
#include "actors/dead_air.hpp"
#include "actors/overlay.hpp"
#include "protocol/g711.hpp"
#include "tests/fakes/conversation.hpp"

using namespace offhook;
using namespace offhook::actors;
using namespace std::chrono_literals;

namespace g711 = offhook::protocol::g711;

namespace {

using protocol::audio_bytes;

audio_bytes filled(std::size_t ms, std::uint8_t code) {
  return audio_bytes(ms * g711::bytes_per_ms, std::byte{code});
}

struct fixture : tests::conversation {
  void listen(bool caller, bool agent, std::uint32_t hold_ms = 0) {
    tell(call_order{actors::orders::listen{caller, agent, hold_ms}});
  }

  void answer(std::uint64_t length_ms, std::uint8_t code) {
    tell(response_started{1, "r", 0});
    deliver("r", "i", length_ms, code);
  }

  /// All that Twilio was sent, as one.
  audio_bytes sent() {
    audio_bytes result;
    for (const auto& x : twilio->payloads)
      result.insert(result.end(), x.begin(), x.end());
    return result;
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(audio_hooks, fixture)

CAF_TEST(nobody gets audio who did not ask for it) {
  connect();
  tell(media_chunk{1, 0, filled(20, 0x33)});
  answer(100, 0x11);
  CAF_CHECK(events->all<actors::events::caller_audio>().empty());
  CAF_CHECK(events->all<actors::events::agent_audio>().empty());
  listen(true, true);
  tell(media_chunk{1, 20, filled(20, 0x34)});
  deliver("r", "i", 60, 0x12);
  auto caller = events->all<actors::events::caller_audio>();
  CAF_REQUIRE_EQUAL(caller.size(), 1u);
  CAF_CHECK_EQUAL(caller[0].timestamp_ms, 20u);
  CAF_CHECK(caller[0].payload == filled(20, 0x34));
  auto agent = events->all<actors::events::agent_audio>();
  CAF_REQUIRE_EQUAL(agent.size(), 1u);
  CAF_CHECK_EQUAL(agent[0].item_id, "i");
  CAF_CHECK_EQUAL(agent[0].offset, 800u);
  CAF_CHECK(agent[0].payload == filled(60, 0x12));
}

CAF_TEST(a frame is replaced in time or goes out as it was) {
  connect();
  listen(false, true, 40);
  answer(1000, 0x11);
  CAF_CHECK(twilio->payloads.empty()); // Held for a moment.
  tell(call_order{actors::orders::replace_audio{"i", 160, filled(20, 0x77)}});
  pass(60ms);
  auto out = sent();
  CAF_REQUIRE_GREATER(out.size(), 480u);
  CAF_CHECK(out[0] == std::byte{0x11});
  CAF_CHECK(out[160] == std::byte{0x77});
  CAF_CHECK(out[319] == std::byte{0x77});
  CAF_CHECK(out[320] == std::byte{0x11});
  // Too late for this one, in time for the other.
  tell(call_order{actors::orders::replace_audio{"i", 0, filled(20, 0x78)}});
  CAF_CHECK_EQUAL(env->metrics->late_replacements->value(), 160);
  tell(
    call_order{actors::orders::replace_audio{"i", 900 * 8, filled(20, 0x79)}});
  pass(2000ms);
  out = sent();
  CAF_REQUIRE_EQUAL(out.size(), 8000u);
  CAF_CHECK(out[0] == std::byte{0x11});
  CAF_CHECK(out[900 * 8] == std::byte{0x79});
  CAF_CHECK(out[920 * 8] == std::byte{0x11});
}

CAF_TEST(who never replaces anything delays an answer by the hold and no more) {
  connect();
  listen(false, true, 40);
  answer(2000, 0x11);
  pass(60ms);
  CAF_CHECK_GREATER(twilio->payloads.size(), 0u);
  pass(3000ms);
  CAF_CHECK_EQUAL(sent().size(), 16'000u);
  CAF_CHECK_EQUAL(env->metrics->late_replacements->value(), 0);
}

CAF_TEST(sound is laid over the agent or heard alone) {
  connect();
  tell(call_order{actors::orders::mix_audio{filled(40, 0x40)}});
  auto alone = sent();
  CAF_REQUIRE_EQUAL(alone.size(), 320u);
  CAF_CHECK(alone[0] == std::byte{0x40});
  pass(200ms);
  tell(call_order{actors::orders::mix_audio{filled(500, 0x40)}});
  answer(1000, 0x48);
  pass(2000ms);
  auto out = sent();
  auto sum = g711::encode(static_cast<std::int16_t>(
    g711::decode(std::byte{0x40}) + g711::decode(std::byte{0x48})));
  CAF_CHECK_GREATER(std::count(out.begin(), out.end(), sum), 1000);
  CAF_CHECK_GREATER(std::count(out.begin(), out.end(), std::byte{0x48}), 3000);
}

CAF_TEST(sound of ours is nothing that the agent says) {
  connect();
  answer(500, 0x48);
  tell(audio_done{1, "r", "i"});
  tell(response_finished{1, "r", "completed", ""});
  tell(call_order{actors::orders::mix_audio{filled(10'000, 0x40)}});
  pass(1000ms);
  auto speech = events->all<actors::events::agent_speech>();
  CAF_REQUIRE_EQUAL(speech.size(), 2u);
  CAF_CHECK(!speech[1].begins);
  barge_in(); // It stops, but nobody was interrupted.
  CAF_CHECK(events->all<actors::events::interrupted>().empty());
  CAF_CHECK_EQUAL(report().barge_ins, 0u);
  CAF_CHECK_EQUAL(twilio->clears, 1u);
}

CAF_TEST(the last words before the line was lost are told) {
  twilio->loses_marks = true;
  connect();
  answer(500, 0x48);
  tell(agent_transcript{1, "r", "i", "One two", true});
  tell(audio_done{1, "r", "i"});
  tell(response_finished{1, "r", "completed", ""});
  pass(2000ms);
  CAF_CHECK(events->all<actors::events::agent_turn>().empty());
  tell(stream_lost{1});
  auto turns = events->all<actors::events::agent_turn>();
  CAF_REQUIRE_EQUAL(turns.size(), 1u);
  CAF_CHECK_EQUAL(turns[0].heard, "One two");
}

CAF_TEST(a turn that goes on is told once) {
  connect();
  answer(300, 0x48);
  tell(agent_transcript{1, "r", "i", "One two", false});
  pass(2000ms); // The model pauses; all so far was heard.
  deliver("r", "i", 300, 0x48);
  tell(agent_transcript{1, "r", "i", "One two three four", true});
  tell(audio_done{1, "r", "i"});
  tell(response_finished{1, "r", "completed", ""});
  pass(2000ms);
  auto turns = events->all<actors::events::agent_turn>();
  CAF_REQUIRE_EQUAL(turns.size(), 1u);
  CAF_CHECK_EQUAL(turns[0].heard, "One two three four");
}

CAF_TEST(an interruption ends what is laid over) {
  connect();
  answer(3000, 0x48);
  tell(call_order{actors::orders::mix_audio{filled(30'000, 0x40)}});
  pass(500ms);
  barge_in();
  auto before = sent().size();
  pass(2000ms);
  CAF_CHECK_EQUAL(sent().size(), before);
}

CAF_TEST(more than can ever be played is counted and dropped) {
  connect();
  tell(call_order{actors::orders::mix_audio{filled(59'000, 0x40)}});
  tell(call_order{actors::orders::mix_audio{filled(2'000, 0x40)}});
  CAF_CHECK_EQUAL(env->metrics->agent_bytes_dropped->value(), 16'000);
}

CAF_TEST(turns are told as they were heard) {
  connect();
  tell(response_started{1, "r", 0});
  tell(item_created{1, "i", "", "message", "assistant"});
  deliver("r", "i", 2000, 0x11);
  tell(audio_done{1, "r", "i"});
  tell(agent_transcript{1, "r", "i", "One two three four", true});
  tell(response_finished{1, "r", "completed", ""});
  CAF_CHECK(events->all<actors::events::agent_turn>().empty());
  pass(2200ms);
  auto turns = events->all<actors::events::agent_turn>();
  CAF_REQUIRE_EQUAL(turns.size(), 1u);
  CAF_CHECK_EQUAL(turns[0].heard, "One two three four");
  CAF_CHECK_EQUAL(turns[0].unheard, "");
  tell(response_started{1, "s", 0});
  tell(item_created{1, "j", "i", "message", "assistant"});
  deliver("s", "j", 4000, 0x11);
  tell(agent_transcript{1, "s", "j", "Five six seven eight", true});
  pass(2000ms);
  barge_in();
  turns = events->all<actors::events::agent_turn>();
  CAF_REQUIRE_EQUAL(turns.size(), 2u);
  CAF_CHECK_EQUAL(turns[1].heard, "Five six");
  CAF_CHECK_EQUAL(turns[1].unheard, "seven eight");
}

CAF_TEST_FIXTURE_SCOPE_END()

CAF_TEST(a limit of time warns and then ends) {
  auto at = [](int ms) {
    return limit_policy::time_point{} + std::chrono::milliseconds{ms};
  };
  using action = limit_policy::action;
  limit_rules rules;
  rules.duration_ms = 100'000;
  rules.warning_ms = 30'000;
  limit_policy p{rules};
  CAF_CHECK(!p.next_time());
  p.began(at(1000));
  p.began(at(50'000)); // Another stream of the same call.
  CAF_CHECK(p.due(at(70'999)) == action::none);
  CAF_CHECK(p.due(at(71'000)) == action::warn);
  CAF_CHECK(p.due(at(100'999)) == action::none);
  CAF_CHECK(p.next_time() == std::optional{at(101'000)});
  CAF_CHECK(p.due(at(101'000)) == action::wrap_up);
  CAF_CHECK(p.due(at(200'000)) == action::none);
  CAF_CHECK(!p.next_time());
}

CAF_TEST(a budget ends the call once) {
  using action = limit_policy::action;
  limit_rules rules;
  rules.tokens = 1000;
  rules.cost_usd = 0.5;
  limit_policy p{rules};
  p.used(999, 0.49);
  CAF_CHECK(p.due({}) == action::none);
  p.used(999, 0.5);
  CAF_CHECK(p.due({}) == action::wrap_up);
  CAF_CHECK(p.due({}) == action::none);
  limit_policy q{rules};
  q.used(1000, 0);
  CAF_CHECK(q.due({}) == action::wrap_up);
}

CAF_TEST(silence is told from sound) {
  auto at = [](int ms) {
    return dead_air::time_point{} + std::chrono::milliseconds{ms};
  };
  using step = dead_air::step;
  dead_air air{2000};
  CAF_CHECK(!air.next_time());
  air.awaited(true, at(0));
  air.sounds(filled(500, 0xFF), at(1500)); // The code of amplitude zero,
  air.sounds(filled(500, 0x7F), at(1500)); // and its negative.
  CAF_CHECK(air.due(at(1999)) == step::none);
  CAF_CHECK(air.due(at(2000)) == step::fill);
  CAF_CHECK(air.due(at(4000)) == step::retry);
  air.filled(at(4500)); // Our own sound is no reply.
  air.sounds(waiting_tone(), at(5000));
  CAF_CHECK(air.due(at(6999)) == step::none);
  CAF_CHECK(air.due(at(7000)) == step::fill); // From the beginning.
  CAF_CHECK(air.due(at(9000)) == step::retry);
  CAF_CHECK(air.due(at(11'000)) == step::give_up);
  CAF_CHECK(!air.next_time());
  air.awaited(false, at(12'000));
  air.awaited(true, at(20'000));
  CAF_CHECK(air.next_time() == std::optional{at(22'000)});
  dead_air off{0};
  off.awaited(true, at(0));
  CAF_CHECK(!off.next_time());
}

CAF_TEST(a sum that is too loud is as loud as can be) {
  overlay over{1000};
  CAF_CHECK_EQUAL(over.add(filled(20, 0x80)), 160u); // The loudest there is.
  CAF_CHECK_EQUAL(over.add(filled(200, 0x80)), 0u);
  auto frame = filled(40, 0x80);
  over.mix_into(frame);
  CAF_CHECK(over.empty());
  CAF_CHECK_GREATER(g711::decode(frame[0]), 32'000);
  CAF_CHECK(frame[0] == frame[200]);
}
