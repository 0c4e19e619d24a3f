#define CAF_SUITE app.demo_caller

#include "demo_caller_fixture.hpp"

#include "protocol/twilio.hpp"

using namespace offhook;
using namespace offhook::tests;

namespace {

using kind = timeline_event::kind;
using strings = std::vector<std::string>;

} // namespace

CAF_TEST_FIXTURE_SCOPE(demo_caller_tests, demo_caller_fixture)

CAF_TEST(connected and start come first) {
  dial({});
  CAF_REQUIRE_EQUAL(sent.size(), 2u);
  CAF_CHECK_EQUAL(
    sent[0], R"({"event":"connected","protocol":"Call","version":"1.0.0"})");
  CAF_CHECK_EQUAL(
    sent[1],
    R"({"event":"start","sequenceNumber":"1","start":{)"
    R"("accountSid":"AC0123456789abcdef0123456789abcdef",)"
    R"("streamSid":"MZ89abcdef0123456789abcdef01234567",)"
    R"("callSid":"CA00112233445566778899aabbccddeeff",)"
    R"("tracks":["inbound"],"mediaFormat":{"encoding":"audio/x-mulaw",)"
    R"("sampleRate":8000,"channels":1},)"
    R"("customParameters":{"token":"a\"b","attempt":"1"}},)"
    R"("streamSid":"MZ89abcdef0123456789abcdef01234567"})");
}

CAF_TEST(media flows every 20 ms from the first moment) {
  dial({{steps::pause{60'000}}});
  go(19);
  CAF_CHECK_EQUAL(sent.size(), 2u);
  go(1);
  CAF_REQUIRE_EQUAL(sent.size(), 3u);
  CAF_CHECK(sent[2].starts_with(
    R"({"event":"media","sequenceNumber":"2","media":{"track":"inbound",)"
    R"("chunk":"1","timestamp":"0","payload":"////////)"));
  go(4980);
  auto media = sent_events("media");
  CAF_REQUIRE_EQUAL(media.size(), 250u);
  for (std::size_t i = 0; i < media.size(); ++i) {
    auto payload
      = protocol::base64::decode(string_at(media[i], "media", "payload"));
    CAF_REQUIRE(payload && *payload == silence(20));
    CAF_REQUIRE_EQUAL(string_at(media[i], "sequenceNumber"),
                      std::to_string(i + 2));
    CAF_REQUIRE_EQUAL(string_at(media[i], "media", "chunk"),
                      std::to_string(i + 1));
    CAF_REQUIRE_EQUAL(string_at(media[i], "media", "timestamp"),
                      std::to_string(i * 20));
  }
  CAF_CHECK_EQUAL(call->stats().media_sent, 250u);
  CAF_CHECK_EQUAL(call->stats().frames_sent, 252u);
}

CAF_TEST(a late call sends all that is due) {
  dial({});
  now += milliseconds{1000};
  perform(line->on_time(now));
  CAF_CHECK_EQUAL(sent_events("media").size(), 50u);
  CAF_CHECK_EQUAL(call->stats().max_lag_ms, 980u);
  CAF_CHECK(line->next_time() == now + milliseconds{20});
}

CAF_TEST(every frame is read by the parser of the gateway) {
  dial({{steps::press{'#'}}, say("a", 50)});
  audio(noise(100));
  mark("a");
  go(500);
  perform(line->hang_up(now));
  for (const auto& text : sent) {
    auto frame = protocol::twilio::parse(text);
    CAF_REQUIRE(frame);
    CAF_CHECK(!std::holds_alternative<protocol::stream_unknown>(frame->body));
  }
  CAF_CHECK_EQUAL(sent_events("mark").size(), 1u);
  CAF_CHECK_EQUAL(sent_events("dtmf").size(), 1u);
  CAF_CHECK_EQUAL(sent_events("stop").size(), 1u);
}

CAF_TEST(the frames have the shape of those recorded) {
  dial({{steps::press{'1'}}});
  mark("a");
  go(100);
  perform(line->hang_up(now));
  // Fields in their order, with the kind of each value.
  auto shape = [](const json_value& x) {
    std::string result;
    auto walk = [&](auto& self, const json_value& y) -> void {
      if (!y.IsObject()) {
        result += y.IsString() ? "s" : y.IsNumber() ? "n" : "a";
        return;
      }
      result += '{';
      for (const auto& member : y.GetObject()) {
        result += std::string{member.name.GetString()} + ':';
        self(self, member.value);
        result += ' ';
      }
      result += '}';
    };
    walk(walk, x);
    return result;
  };
  std::size_t compared = 0;
  for (const auto& recorded : load_corpus("twilio-session.jsonl")) {
    if (!recorded.in)
      continue;
    auto theirs = parse_json(recorded.frame);
    auto event = string_at(theirs, "event");
    auto ours = sent_events(event);
    CAF_REQUIRE(!ours.empty());
    if (event == "start") {
      // The parameters are the call's own.
      theirs["start"].RemoveMember("customParameters");
      ours[0]["start"].RemoveMember("customParameters");
    }
    CAF_REQUIRE_EQUAL(shape(ours[0]), shape(theirs));
    ++compared;
  }
  CAF_CHECK_GREATER(compared, 20u);
}

CAF_TEST(what the server may send is not objected to) {
  dial({});
  for (const auto& recorded : load_corpus("twilio-session.jsonl"))
    if (!recorded.in)
      receive(recorded.frame);
  CAF_CHECK_EQUAL(call->stats().violation_count, 0u);
  CAF_CHECK_GREATER(call->stats().media_received, 5u);
  CAF_CHECK_EQUAL(call->stats().clears, 1u);
}

CAF_TEST(marks come back on the clock of the queue) {
  dial({});
  go(7);
  audio(noise(100));
  mark("a");
  audio(noise(33));
  mark("b");
  go(500);
  CAF_CHECK_EQUAL(returned_at("a"), 107);
  CAF_CHECK_EQUAL(returned_at("b"), 140);
  auto& marks = call->stats().marks;
  CAF_REQUIRE_EQUAL(marks.size(), 2u);
  CAF_CHECK_EQUAL(marks[0].received_ms, 7);
  CAF_CHECK_EQUAL(marks[1].returned_ms.value(), 140);
  CAF_CHECK(!marks[1].cleared);
  // Of any kind of message: the number goes on by one.
  std::uint64_t sequence = 0;
  for (const auto& text : sent)
    if (auto number = string_at(parse_json(text), "sequenceNumber");
        !number.empty())
      CAF_CHECK_EQUAL(number, std::to_string(++sequence));
}

CAF_TEST(clear returns the marks at once and nothing more is heard) {
  dial({});
  audio(noise(1000));
  mark("a");
  audio(noise(1000));
  mark("b");
  go(300);
  clear();
  go(3000);
  CAF_CHECK_EQUAL(returned_at("a"), 300);
  CAF_CHECK_EQUAL(returned_at("b"), 300);
  CAF_CHECK(call->stats().marks[1].cleared);
  CAF_CHECK_EQUAL(call->stats().bytes_played, 2400u);
  CAF_CHECK_EQUAL(call->stats().bytes_cleared, 13600u);
  CAF_CHECK_EQUAL(timeline(kind::clear),
                  strings{"300 clear, unheard audio dropped (1700 ms)"});
  CAF_CHECK_EQUAL(timeline(kind::agent_ended),
                  strings{"300 falls silent (300 ms)"});
}

CAF_TEST(the lead of the server is measured and underruns are counted) {
  dial({});
  audio(noise(200));
  go(100);
  audio(noise(160));
  go(265);
  audio(noise(100));
  go(1000);
  CAF_CHECK_EQUAL(call->stats().max_queued_ms, 260u);
  CAF_CHECK_EQUAL(call->stats().underruns, 1u);
  CAF_CHECK_EQUAL(call->stats().underrun_ms, 5u);
  CAF_CHECK_EQUAL(timeline(kind::underrun),
                  strings{"360 play-out ran dry (5 ms)"});
  // Another answer a second later is a burst of its own.
  audio(noise(100));
  CAF_CHECK_EQUAL(call->stats().underruns, 1u);
}

CAF_TEST(what is counted as missing is missing on the tape) {
  dial({});
  // Each piece is late by one ms more than the one before it.
  for (std::uint64_t late_ms = 0; late_ms < 5; ++late_ms) {
    go(late_ms);
    audio(noise(100));
    go(100);
  }
  call->finish(now);
  CAF_CHECK_EQUAL(call->stats().underruns, 4u);
  CAF_CHECK_EQUAL(call->stats().underrun_ms, 10u);
  auto tape = call->tape().audio(call_tape::track::agent);
  CAF_REQUIRE_EQUAL(tape.size(), 510u * 8);
  CAF_CHECK_EQUAL(std::count(tape.begin(), tape.end(), std::byte{0xFF}), 80);
}

CAF_TEST(more than ten minutes of audio are a warning) {
  dial({});
  for (int i = 0; i < 11; ++i)
    audio(noise(60'000));
  CAF_REQUIRE_EQUAL(call->stats().violation_count, 1u);
  CAF_CHECK_EQUAL(call->stats().violations[0].code, 31931);
}

CAF_TEST(odd pieces of audio are played and counted) {
  dial({});
  for (std::size_t n : {1u, 159u, 160u, 3200u})
    audio(std::vector<std::byte>(n, std::byte{0x10}));
  audio({});
  go(1000);
  CAF_CHECK_EQUAL(call->stats().bytes_played, 3520u);
  CAF_CHECK_EQUAL(call->stats().partial_frames, 3u);
  CAF_CHECK_EQUAL(call->stats().violation_count, 0u);
}

CAF_TEST(both tracks are on one tape as heard) {
  dial({say("a", 100), {steps::pause{500}}, {steps::hang_up{}}});
  go(40);
  audio(noise(50));
  go(1000);
  call->finish(now);
  auto& tape = call->tape();
  auto caller = tape.audio(call_tape::track::caller);
  auto agent = tape.audio(call_tape::track::agent);
  CAF_REQUIRE_EQUAL(caller.size(), agent.size());
  CAF_CHECK_EQUAL(caller.size(), 1040u * 8);
  auto spoken = find_voice(caller).value();
  CAF_CHECK_EQUAL(spoken.began, 160u); // With the first chunk's end.
  CAF_CHECK_EQUAL(spoken.ended, 160u + 800);
  auto heard = find_voice(agent).value();
  CAF_CHECK_EQUAL(heard.began, 320u);
  CAF_CHECK_EQUAL(heard.ended, 320u + 400);
  // The server got the very same.
  std::vector<std::byte> received;
  for (auto& x : sent_events("media")) {
    auto bytes
      = protocol::base64::decode(string_at(x, "media", "payload")).value();
    received.insert(received.end(), bytes.begin(), bytes.end());
  }
  CAF_REQUIRE_LESS_OR_EQUAL(received.size(), caller.size());
  CAF_CHECK(std::equal(received.begin(), received.end(), caller.begin()));
}

CAF_TEST(a close by the server ends the stream and not the call) {
  dial({{steps::await_close{}}, {steps::hear{100}}, {steps::hang_up{}}});
  audio(noise(500));
  go(200);
  line->on_closed(1000, now);
  CAF_CHECK(!line->next_time());
  CAF_CHECK(!line->hung_up());
  CAF_CHECK_EQUAL(call->stats().bytes_unplayed, 2400u);
  const auto before = sent.size();
  perform(line->on_time(now + milliseconds{100}));
  receive("{}");
  CAF_CHECK_EQUAL(sent.size(), before);
  now += milliseconds{400};
  CAF_CHECK(call->tick(now, 0).empty());
  // A second stream goes on with the same script, tape and numbers.
  connect();
  go(100);
  audio(noise(300));
  go(300);
  CAF_CHECK(line->hung_up());
  CAF_CHECK_EQUAL(call->stats().streams, 2u);
  CAF_CHECK_EQUAL(call->stats().bytes_played, 1600u + 800);
  CAF_CHECK_EQUAL(call->failure(), "");
}

CAF_TEST(nothing is said about frames that cross the stop) {
  dial({{steps::hang_up{}}});
  go(20);
  CAF_CHECK_EQUAL(closes, 1);
  CAF_CHECK_EQUAL(close_code, 1000);
  CAF_CHECK_EQUAL(string_at(parse_json(sent.back()), "event"), "stop");
  const auto before = sent.size();
  receive("nonsense");
  audio(noise(100));
  go(1000);
  CAF_CHECK_EQUAL(sent.size(), before);
  CAF_CHECK_EQUAL(call->stats().violation_count, 0u);
  line->on_closed(1000, now);
  line->on_closed(1000, now);
  CAF_CHECK_EQUAL(timeline(kind::stream_closed).size(), 1u);
}

CAF_TEST_FIXTURE_SCOPE_END()
