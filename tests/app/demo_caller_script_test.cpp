#define CAF_SUITE app.demo_caller_script

#include "demo_caller_fixture.hpp"

using namespace offhook;
using namespace offhook::tests;

namespace {

using kind = timeline_event::kind;
using strings = std::vector<std::string>;

} // namespace

CAF_TEST_FIXTURE_SCOPE(demo_caller_script_tests, demo_caller_fixture)

CAF_TEST(a conversation with its latencies) {
  auto question = say("question", 1000);
  auto& recording = std::get<steps::say>(question.what).audio;
  auto lead_in = silence(100);
  recording.insert(recording.begin(), lead_in.begin(), lead_in.end());
  dial({{steps::hear_end{500}},
        question,
        {steps::hear_end{500}},
        {steps::hang_up{}}});
  go(300);
  audio(noise(1000)); // The greeting, heard from 300 to 1300.
  go(1500);           // 500 ms of silence are over at 1800.
  CAF_REQUIRE_EQUAL(call->stats().turns.size(), 1u);
  CAF_CHECK_EQUAL(call->stats().turns[0].began_ms, 1900);
  CAF_CHECK_EQUAL(call->stats().turns[0].ended_ms, 2900);
  CAF_CHECK(!call->stats().turns[0].barge_in);
  go(1600);
  audio(noise(400)); // The answer at 3400.
  go(2000);
  CAF_CHECK(line->hung_up());
  CAF_CHECK_EQUAL(closes, 1);
  auto& stats = call->stats();
  CAF_CHECK_EQUAL(stats.first_agent_ms.value(), 300);
  CAF_CHECK_EQUAL(stats.turns[0].response_latency_ms.value(), 500);
  CAF_CHECK_EQUAL(stats.agent_utterances, 2u);
  CAF_CHECK_EQUAL(timeline(kind::agent_began),
                  (strings{"300 is heard", "3400 is heard"}));
  CAF_CHECK_EQUAL(timeline(kind::caller_began), strings{"1900 question"});
  CAF_CHECK_EQUAL(timeline(kind::caller_ended), strings{"2900 question"});
  call->finish(now);
  CAF_CHECK_EQUAL(call->failure(), "");
}

CAF_TEST(an interruption with its latency and what was heard) {
  dial({{steps::hear{2000}},
        say("wait", 600),
        {steps::hear_end{500}},
        {steps::hang_up{}}});
  audio(noise(8000));
  go(2000);
  CAF_REQUIRE_EQUAL(call->stats().turns.size(), 1u);
  CAF_CHECK_EQUAL(call->stats().turns[0].began_ms, 2000);
  CAF_CHECK(call->stats().turns[0].barge_in);
  go(240);
  clear();
  CAF_CHECK_EQUAL(call->stats().turns[0].clear_latency_ms.value(), 240);
  CAF_CHECK_EQUAL(call->stats().turns[0].truncated_at_ms.value(), 2240u);
  go(660);
  audio(noise(1000));
  go(2000);
  // The answer is the new utterance, not the rest of the old one.
  CAF_CHECK_EQUAL(call->stats().turns[0].response_latency_ms.value(), 300);
  CAF_CHECK(line->hung_up());
}

CAF_TEST(what was interrupted is not listened to any more) {
  // The server does not stop: so there is no second utterance to be heard.
  script steps{{steps::hear{100}}, say("wait", 200), {steps::hear{500}, 1000}};
  dial(steps);
  audio(noise(8000));
  go(5000);
  CAF_CHECK_EQUAL(call->failure(),
                  "step 3 (hear 500 ms): not done after 1500 ms");
}

CAF_TEST(an utterance heard to its end is not waited for twice) {
  dial({{steps::hear_end{200}}, {steps::hear{100}}, {steps::hang_up{}}});
  audio(noise(300));
  go(1500);
  CAF_CHECK(!line->hung_up());
  audio(noise(300));
  go(500);
  CAF_CHECK(line->hung_up());
}

CAF_TEST(pauses between words are no end) {
  dial({{steps::hear_end{400}}, {steps::hang_up{}}});
  auto speech = noise(500);
  auto gap = silence(300);
  auto more = noise(500);
  speech.insert(speech.end(), gap.begin(), gap.end());
  speech.insert(speech.end(), more.begin(), more.end());
  audio(speech);
  go(1699);
  CAF_CHECK(!line->hung_up());
  go(1);
  CAF_CHECK(line->hung_up());
}

CAF_TEST(digits are pressed) {
  dial({{steps::pause{100}},
        {steps::press{'5'}},
        {steps::press{'#'}},
        {steps::hang_up{}}});
  go(200);
  auto keys = sent_events("dtmf");
  CAF_REQUIRE_EQUAL(keys.size(), 2u);
  CAF_CHECK_EQUAL(string_at(keys[0], "dtmf", "digit"), "5");
  CAF_CHECK_EQUAL(string_at(keys[0], "dtmf", "track"), "inbound_track");
  CAF_CHECK_EQUAL(string_at(keys[1], "dtmf", "digit"), "#");
  CAF_CHECK_EQUAL(timeline(kind::digit), (strings{"100 5", "100 #"}));
}

CAF_TEST(withheld media leave a gap in the timestamps only) {
  dial({{steps::pause{80}}, {steps::withhold{400}}});
  go(1000);
  auto media = sent_events("media");
  CAF_REQUIRE_EQUAL(media.size(), 30u);
  std::size_t gaps = 0;
  for (std::size_t i = 1; i < media.size(); ++i) {
    auto before = std::stoul(string_at(media[i - 1], "media", "timestamp"));
    auto after = std::stoul(string_at(media[i], "media", "timestamp"));
    CAF_CHECK_EQUAL(string_at(media[i], "media", "chunk"),
                    std::to_string(i + 1));
    gaps += after - before == 420 ? 1 : 0;
    CAF_CHECK(after - before == 20 || after - before == 420);
  }
  CAF_CHECK_EQUAL(gaps, 1u);
}

CAF_TEST(a lost stream has no stop and no close) {
  dial({{steps::lose_stream{}}, {steps::hear{100}}});
  go(20);
  CAF_CHECK_EQUAL(resets, 1);
  CAF_CHECK_EQUAL(closes, 0);
  CAF_CHECK(sent_events("stop").empty());
  CAF_CHECK(!line->hung_up());
  CAF_CHECK(!line->next_time());
}

CAF_TEST(a cue is told at its moment) {
  std::vector<std::string> cues;
  call = std::make_shared<phone_call>(
    phone_call::options{
      {{steps::hear{500}}, {steps::cue{"cut"}}, {steps::hang_up{}}},
      {},
      5'000,
      true,
      [&](const timeline_event& x) {
        if (x.what == kind::cue)
          cues.push_back(std::to_string(x.at_ms) + ' ' + x.text);
      }},
    now);
  connect();
  audio(noise(1000));
  go(1000);
  CAF_CHECK_EQUAL(cues, strings{"500 cut"});
}

CAF_TEST(each step has a deadline that names it) {
  struct {
    step what;
    std::int64_t fails_at_ms;
    std::string why;
  } cases[] = {
    {{steps::hear{300}, 1000},
     1300,
     "step 1 (hear 300 ms): not done after 1300"},
    {{steps::hear_end{200}, 1000},
     1200,
     "step 1 (hear the end and 200 ms of silence): not done after 1200"},
    {{steps::await_close{}, 1000},
     1000,
     "step 1 (await the close): not done after 1000"},
  };
  for (auto& x : cases) {
    sent.clear();
    sent_at.clear();
    closes = 0;
    now = began;
    dial({x.what});
    go(static_cast<std::uint64_t>(x.fails_at_ms) - 1);
    CAF_CHECK_EQUAL(call->failure(), "");
    CAF_CHECK_EQUAL(closes, 0);
    go(1);
    CAF_CHECK_EQUAL(call->failure(), x.why + " ms");
    CAF_CHECK_EQUAL(closes, 1);
    CAF_CHECK_EQUAL(string_at(parse_json(sent.back()), "event"), "stop");
  }
}

CAF_TEST(a pause and a recording may take their own time) {
  dial({{steps::pause{10'000}, 100},
        {say("long", 5000).what, 100},
        {steps::hang_up{}}});
  go(15'020);
  CAF_CHECK(line->hung_up());
  CAF_CHECK_EQUAL(call->failure(), "");
}

CAF_TEST(a call that does not end after the script has failed) {
  dial({say("a", 100)});
  go(120);
  CAF_CHECK(call->script_through());
  go(4999);
  CAF_CHECK_EQUAL(call->failure(), "");
  go(1);
  CAF_CHECK_EQUAL(
    call->failure(),
    "the end of the call after the script: not done after 5000 ms");
}

CAF_TEST(the first failure stays) {
  dial({{steps::hear{1}, 100}});
  call->fail(now, "something else");
  go(1000);
  CAF_CHECK_EQUAL(call->failure(), "something else");
  CAF_CHECK_EQUAL(timeline(kind::failure).size(), 2u);
}

CAF_TEST(a call that ends before its script has failed) {
  dial({{steps::hear{100}}, {steps::await_close{}}});
  go(100);
  line->on_closed(1000, now);
  call->finish(now);
  CAF_CHECK_EQUAL(call->failure(),
                  "step 1 (hear 100 ms): the call ended before");
}

CAF_TEST(a call may end while the script only waits) {
  dial({{steps::hear_end{600}}, {steps::await_close{}}});
  audio(noise(500));
  go(600);
  line->on_closed(1000, now);
  call->finish(now);
  CAF_CHECK_EQUAL(call->failure(), "");
  CAF_CHECK(call->script_through());
}

CAF_TEST(a close counts for the wait that comes after it) {
  dial({{steps::hear_end{600}}, {steps::await_close{}}, {steps::hang_up{}}});
  audio(noise(500));
  go(600);
  line->on_closed(1000, now);
  bool hung_up = false;
  for (int i = 0; i < 100 && !hung_up; ++i) {
    now += milliseconds{20};
    for (const auto& x : call->tick(now, 0))
      hung_up |= std::holds_alternative<caller_person::hung_up>(x);
  }
  CAF_CHECK(hung_up);
  call->finish(now);
  CAF_CHECK_EQUAL(call->failure(), "");
}

CAF_TEST(the script begins with the first stream) {
  call = std::make_shared<phone_call>(
    phone_call::options{
      {{steps::pause{100}}, {steps::hang_up{}}}, {}, 5'000, true, {}},
    now);
  for (int i = 0; i < 100; ++i) {
    now += milliseconds{100};
    CAF_CHECK(call->tick(now, 0).empty());
  }
  connect();
  go(99);
  CAF_CHECK(!line->hung_up());
  go(1);
  CAF_CHECK(line->hung_up());
  CAF_CHECK_EQUAL(call->stats().first_stream_ms.value(), 10'000);
}

CAF_TEST_FIXTURE_SCOPE_END()
