// A session is lost in the middle of a call: what the caller hears meanwhile,
// and what the next one knows.
#define CAF_SUITE actors.session_loss

#include "protocol/g711.hpp"
#include "tests/fakes/talk.hpp"
#include "tests/text.hpp"

using namespace offhook;
using namespace offhook::actors;
using namespace std::chrono_literals;

namespace {

using tests::has;

protocol::audio_bytes recording(std::size_t length_ms, std::uint8_t value) {
  return protocol::audio_bytes(length_ms * 8, std::byte{value});
}

struct fixture : tests::talk_fixture {
  fixture() {
    env->agent.session.instructions = "Be brief.";
    env->agent.session.transcription_model = "gpt-4o-mini-transcribe";
    env->agent.session.tools
      = {{"opening_hours", "When it is open.", R"({"type":"object"})"}};
    env->agent.greeting = "Greet the caller.";
    env->sounds = {recording(1000, 0x21), recording(1000, 0x22),
                   recording(1000, 0x23)};
    env->limits.max_session_gap = 20s;
    env->budget.attempts = 100;
    run_functions_by_hand();
    begin_talk();
    agent_greets("Hello.");
  }

  /// The next dial succeeds, after its delay.
  socket_ptr next_session() {
    auto before = dials.size();
    for (int i = 0; i < 100 && dials.size() == before; ++i)
      pass(50ms);
    CAF_REQUIRE_EQUAL(dials.size(), before + 1);
    acked = 0;
    return open_session();
  }

  void lose_first() {
    lose(first);
    consume_messages();
  }

  std::size_t played(std::uint8_t value) {
    auto audio = audio_in(stream, R"("payload":")");
    return static_cast<std::size_t>(
      std::count(audio.begin(), audio.end(), std::byte{value}));
  }

  std::vector<std::string> frames(const socket_ptr& of, std::string_view part) {
    std::vector<std::string> result;
    for (const auto& x : of->sent)
      if (x.find(part) != x.npos)
        result.push_back(x);
    return result;
  }

  protocol::audio_bytes loud() const {
    protocol::audio_bytes result;
    for (int i = 0; i < 160; ++i)
      result.push_back(protocol::g711::encode(
        static_cast<std::int16_t>(i % 16 < 8 ? 9000 : -9000)));
    return result;
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(session_loss, fixture)

CAF_TEST(scenario_08_ai_socket_killed_in_mid_reply) {
  caller_says(first, "i1", "When are you open?");
  agent_says(first, "r1", "Let me see.", call("opening_hours", "{}"));
  hear();
  answer("call_1", "9 to 5");
  agent_says(first, "r2", "From nine to five.");
  hear();
  caller_says(first, "i2", "And on Sunday?");
  agent_says(first, "r3", "We are closed.");
  hear();
  caller_says(first, "i3", "Where are you?");
  // In the middle of a reply: two seconds came, one is heard.
  say(first, R"({"type":"response.created","event_id":"e","response":{)"
             R"("id":"r4"}})");
  say(first, R"({"type":"conversation.item.added","event_id":"e",)"
             R"("previous_item_id":null,"item":{"id":"item_r4","type":)"
             R"("message","role":"assistant"}})");
  say(first, R"({"type":"response.output_audio.delta","event_id":"e",)"
             R"("response_id":"r4","item_id":"item_r4","output_index":0,)"
             R"("content_index":0,"delta":")"
               + std::string(16'000 / 3 * 4, 'A') + "\"}");
  say(first, R"({"type":"response.output_audio_transcript.delta","event_id":)"
             R"("e","response_id":"r4","item_id":"item_r4","output_index":0,)"
             R"("content_index":0,"delta":"You find us"})");
  hear(1000ms);
  auto heard_before = audio_in(stream, R"("payload":")").size();
  lose_first();
  auto second = next_session();
  CAF_CHECK(!stream->close_code);
  auto update = frames(second, "session.update");
  CAF_REQUIRE_EQUAL(update.size(), 1u);
  CAF_CHECK(has(update[0], "Be brief."));
  CAF_CHECK(has(update[0], "opening_hours"));
  acknowledge(second);
  // What is still being heard goes on, and is not told of before its end.
  CAF_CHECK_EQUAL(tests::count(items(second), "You find us"), 0u);
  CAF_CHECK_EQUAL(tests::count(second->sent, "response.create"), 0u);
  hear(1500ms);
  CAF_CHECK_GREATER(audio_in(stream, R"("payload":")").size(), heard_before);
  auto told = items(second);
  const std::vector<std::string> order{"Hello.",
                                       "When are you open?",
                                       "Let me see.",
                                       R"("name":"opening_hours")",
                                       "9 to 5",
                                       "From nine to five.",
                                       "And on Sunday?",
                                       "We are closed.",
                                       "Where are you?",
                                       "You find us",
                                       "The connection failed"};
  for (const auto& x : told)
    CAF_MESSAGE(x);
  CAF_REQUIRE_EQUAL(told.size(), order.size());
  for (std::size_t i = 0; i < order.size(); ++i) {
    CAF_MESSAGE(told[i]);
    CAF_CHECK(has(told[i], order[i]));
    CAF_CHECK_EQUAL(tests::count(told, order[i]), 1u);
  }
  // The answer is gone on with, and nobody is greeted twice.
  CAF_CHECK_EQUAL(tests::count(second->sent, "response.create"), 1u);
  CAF_CHECK_EQUAL(tests::count(second->sent, "Greet the caller."), 0u);
  agent_says(second, "r1", "at the market.");
  hear();
  CAF_CHECK_EQUAL(state(), "talking");
  CAF_CHECK_EQUAL(info().children[1].restarts, 1u);
}

CAF_TEST(an interruption after the loss corrects what is told as heard) {
  agent_says(first, "r1", "One two three four five six seven eight.", "", 4000);
  hear(1000ms);
  lose_first();
  auto second = next_session();
  acknowledge(second);
  CAF_CHECK_EQUAL(tests::count(items(second), "One two"), 0u);
  say(second, R"({"type":"input_audio_buffer.speech_started","event_id":"e",)"
              R"("audio_start_ms":0,"item_id":"i9"})");
  auto told = frames(second, "One two");
  CAF_REQUIRE_EQUAL(told.size(), 1u);
  CAF_CHECK(!has(told[0], "eight"));
  CAF_CHECK_EQUAL(tests::count(stream->sent, "clear"), 1u);
  // The caller is answered by the server; nobody asks the model to go on.
  hear(5000ms);
  CAF_CHECK_EQUAL(tests::count(second->sent, "response.create"), 0u);
}

CAF_TEST(scenario_09_caller_audio_during_the_gap) {
  lose_first();
  for (int i = 0; i < 35; ++i) { // 700 ms
    say(stream, caller_frame(20 * i, static_cast<std::uint8_t>(i + 1)));
    pass(20ms);
  }
  auto second = dials.size() == 2 ? open_session() : next_session();
  CAF_CHECK(audio_in(second).empty() || items(second).empty());
  acknowledge(second);
  say(stream, caller_frame(700, 99));
  auto audio = audio_in(second);
  CAF_REQUIRE_EQUAL(audio.size(), 36u * 160);
  for (std::size_t i = 0; i < 35; ++i)
    CAF_CHECK(audio[i * 160] == std::byte(i + 1));
  CAF_CHECK(audio.back() == std::byte{99});
}

CAF_TEST(a turn that nobody wrote down is heard again) {
  say(stream, caller_frame(0, 7)); // Before the onset, and part of it.
  say(first, R"({"type":"input_audio_buffer.speech_started","event_id":"e",)"
             R"("audio_start_ms":0,"item_id":"i1"})");
  for (int i = 1; i < 10; ++i)
    say(stream, caller_frame(20 * i, static_cast<std::uint8_t>(7 + i)));
  say(first, R"({"type":"input_audio_buffer.speech_stopped","event_id":"e",)"
             R"("audio_end_ms":200,"item_id":"i1"})");
  say(first, R"({"type":"conversation.item.added","event_id":"e",)"
             R"("previous_item_id":null,"item":{"id":"i1","type":"message",)"
             R"("role":"user"}})");
  say(first, R"({"type":"response.created","event_id":"e","response":{)"
             R"("id":"r1"}})");
  lose_first();
  auto second = next_session();
  acknowledge(second);
  auto audio = audio_in(second);
  CAF_REQUIRE_EQUAL(audio.size(), 1600u);
  CAF_CHECK(audio.front() == std::byte{7});
  CAF_CHECK(audio.back() == std::byte{16});
  // Whoever hears it answers it: it is neither asked for nor described.
  CAF_CHECK_EQUAL(tests::count(second->sent, "response.create"), 0u);
  CAF_CHECK_EQUAL(tests::count(items(second), "not written down"), 0u);
}

CAF_TEST(a turn that is written down is answered and not heard again) {
  say(stream, caller_frame(0, 7));
  caller_says(first, "i1", "When are you open?");
  lose_first();
  auto second = next_session();
  acknowledge(second);
  CAF_CHECK_EQUAL(tests::count(items(second), "When are you open?"), 1u);
  CAF_CHECK_EQUAL(tests::count(second->sent, "response.create"), 1u);
}

CAF_TEST(what is said after the past has its place before later notes) {
  caller_says(first, "i1", "When are you open?");
  lose_first();
  auto second = next_session();
  acknowledge(second);
  constexpr std::string_view before_id = R"("item":{"id":")";
  auto last = items(second).back();
  auto at = last.find(before_id) + before_id.size();
  auto last_id = last.substr(at, last.find('"', at) - at);
  // It overtakes a turn that the server has and that is on its way.
  self->send(supervisor, call_order{orders::tell{"The door rings.", false}});
  consume_messages();
  say(second, R"({"type":"conversation.item.added","event_id":"e",)"
              R"("previous_item_id":")"
                + last_id
                + R"(","item":{"id":"i2","type":"message","role":"user"}})");
  transcribe(second, "i2", "And on Sunday?");
  std::vector<std::string> said;
  for (const auto& x : document().entries)
    said.push_back(x.text);
  CAF_REQUIRE_EQUAL(said.size(), 4u);
  CAF_CHECK_EQUAL(said[1], "When are you open?");
  CAF_CHECK_EQUAL(said[2], "And on Sunday?");
  CAF_CHECK_EQUAL(said[3], "The door rings.");
}

CAF_TEST(a function that runs is answered by the session that follows) {
  caller_says(first, "i1", "When are you open?");
  agent_says(first, "r1", "Let me see.", call("opening_hours", "{}"));
  hear();
  lose_first();
  auto second = next_session();
  acknowledge(second);
  // Half of a call keeps a model waiting, and asked again it would call twice.
  CAF_CHECK_EQUAL(tests::count(items(second), "opening_hours"), 0u);
  CAF_CHECK_EQUAL(tests::count(second->sent, "response.create"), 0u);
  answer("call_1", "9 to 5");
  auto told = items(second);
  CAF_REQUIRE_GREATER_OR_EQUAL(told.size(), 2u);
  CAF_CHECK(has(told[told.size() - 2], "opening_hours"));
  CAF_CHECK(has(told.back(), "9 to 5"));
  CAF_CHECK_EQUAL(tests::count(told, "9 to 5"), 1u);
  CAF_CHECK_EQUAL(tests::count(second->sent, "response.create"), 1u);
}

CAF_TEST(the caller stops what is heard of a lost session) {
  agent_says(first, "r1", "A long sentence of many words.", "", 6000);
  hear(3000ms);
  lose_first();
  CAF_CHECK_EQUAL(tests::count(stream->sent, "clear"), 0u);
  for (int i = 0; i < 30; ++i) {
    say(stream, caller_frame(20 * i, loud()));
    pass(20ms);
  }
  CAF_CHECK_EQUAL(tests::count(stream->sent, "clear"), 1u);
  auto second = dials.size() == 2 ? open_session() : next_session();
  acknowledge(second);
  auto told = frames(second, "A long");
  CAF_REQUIRE_EQUAL(told.size(), 1u);
  CAF_CHECK(!has(told[0], "words"));
  // What was said over it is heard, and answered by whoever hears it.
  CAF_CHECK_GREATER_OR_EQUAL(audio_in(second).size(), 30u * 160);
  CAF_CHECK_EQUAL(tests::count(second->sent, "response.create"), 0u);
}

CAF_TEST(noise does not stop what is heard of a lost session) {
  agent_says(first, "r1", "A long sentence of many words.", "", 6000);
  hear(500ms);
  lose_first();
  for (int i = 0; i < 30; ++i) {
    say(stream, caller_frame(20 * i, i < 10 ? loud() : recording(20, 0xff)));
    pass(20ms);
  }
  CAF_CHECK_EQUAL(tests::count(stream->sent, "clear"), 0u);
}

CAF_TEST(scenario_11_repeated_failure_ladder) {
  auto refuse = [this] {
    if (dials.back()->done)
      fail_dial({net::connect_error::kind::connect, 0, "refused"});
  };
  auto wait = [&](ms length) {
    for (auto at = 0ms; at < length; at += 100ms) {
      hear(100ms);
      refuse();
    }
  };
  auto agent_bytes = audio_in(stream, R"("payload":")").size();
  auto sounds = [&] {
    return audio_in(stream, R"("payload":")").size() - agent_bytes;
  };
  lose_first();
  wait(1900ms);
  CAF_CHECK_EQUAL(sounds(), 0u);
  wait(300ms); // 2.2 s: a tone
  CAF_CHECK_GREATER(sounds(), 0u);
  CAF_CHECK_EQUAL(played(0x21), 0u);
  wait(5600ms); // 7.8 s
  CAF_CHECK_EQUAL(played(0x21), 0u);
  CAF_CHECK_GREATER(dials.size(), 3u); // Meanwhile it is tried again.
  wait(2000ms);                        // 9.8 s: the line
  CAF_CHECK_EQUAL(played(0x21), 8000u);
  wait(9000ms); // 18.8 s: said once, and then tones
  CAF_CHECK_EQUAL(played(0x21), 8000u);
  CAF_CHECK_EQUAL(played(0x22), 0u);
  CAF_CHECK(!stream->close_code);
  wait(4000ms); // 22.8 s: the exit
  CAF_CHECK_EQUAL(played(0x22), 8000u);
  CAF_CHECK(stream->close_code.has_value());
  CAF_CHECK_EQUAL(outcome(), "model_failed");
  CAF_CHECK(info().children[1].last_reason.find("connect_failed")
            != std::string::npos);
  CAF_CHECK(!says_failure()); // It was said.
  CAF_CHECK(metrics_text().find(
              R"(offhook_models_lost_total{reason="connect_failed"} 1)")
            != std::string::npos);
}

CAF_TEST(scenario_11_transfer where there is somebody) {
  auto with_desk = env->agent;
  with_desk.transfer.targets = {{"desk", "+15550123"}};
  with_desk.fallback = "desk";
  env->agents["desk"] = std::make_shared<agent_profile>(with_desk);
  self->send(supervisor, call_order{actors::orders::set_agent{"", "desk", ""}});
  consume_messages();
  auto second = open_session();
  hear();
  acknowledge(second);
  say(second, R"({"type":"error","event_id":"e","error":{"type":)"
              R"("invalid_request_error","code":"insufficient_quota"}})");
  hear(2000ms);
  CAF_CHECK_EQUAL(played(0x23), 8000u);
  CAF_CHECK_EQUAL(played(0x22), 0u);
  auto step = ask_next();
  CAF_CHECK(step.what == next_step::kind::dial);
  CAF_CHECK_EQUAL(step.target, "+15550123");
  // Nobody answers there: a sentence of Twilio's, and no agent who is not.
  step = ask_next({.dial_status = "no-answer"});
  CAF_CHECK(step.what == next_step::kind::hang_up);
  CAF_CHECK(step.say_failure);
  CAF_CHECK_EQUAL(outcome(), "model_failed");
}

CAF_TEST(scenario_12_fatal_error_class) {
  CAF_CHECK_EQUAL(env->metrics->model_refused->value(), 0);
  say(first, R"({"type":"error","event_id":"e","error":{"type":)"
             R"("invalid_request_error","code":"insufficient_quota"}})");
  CAF_CHECK_EQUAL(env->metrics->model_refused->value(), 1);
  hear(1500ms);
  CAF_CHECK_EQUAL(played(0x22), 8000u);
  CAF_CHECK_EQUAL(outcome(), "model_failed");
  CAF_CHECK(!says_failure());
  pass(60s);
  CAF_CHECK_EQUAL(dials.size(), 1u);
  CAF_CHECK(metrics_text().find(
              R"(offhook_models_lost_total{reason="quota_exhausted"} 1)")
            != std::string::npos);
}

CAF_TEST(the line falls silent when the agent is back) {
  lose_first();
  hear(2100ms); // The tone has begun.
  auto second = dials.size() == 2 ? open_session() : next_session();
  acknowledge(second);
  agent_says(second, "r1", "Here I am.");
  hear(3000ms);
  CAF_CHECK_EQUAL(played(0x21), 0u);
  auto before = audio_in(stream, R"("payload":")").size();
  hear(5000ms);
  CAF_CHECK_EQUAL(audio_in(stream, R"("payload":")").size(), before);
}

CAF_TEST(an outage is heard after the line was lost too) {
  lose(stream);
  lose_first();
  stream = open_stream(supervisor, {{"token", "another"}});
  marked = 0;
  hear(2500ms);
  CAF_CHECK_EQUAL(state(), "talking");
  CAF_CHECK(!audio_in(stream, R"("payload":")").empty());
}

CAF_TEST(who comes back before the transfer is put through all the same) {
  auto with_desk = env->agent;
  with_desk.transfer.targets = {{"desk", "+15550123"}};
  with_desk.fallback = "desk";
  env->agents["desk"] = std::make_shared<agent_profile>(with_desk);
  self->send(supervisor, call_order{actors::orders::set_agent{"", "desk", ""}});
  consume_messages();
  auto second = open_session();
  hear();
  acknowledge(second);
  say(second, R"({"type":"error","event_id":"e","error":{"type":)"
              R"("invalid_request_error","code":"insufficient_quota"}})");
  hear(300ms);
  lose(stream);
  consume_messages();
  stream = open_stream(supervisor, {{"token", "another"}});
  marked = 0;
  hear(2000ms);
  CAF_CHECK_EQUAL(played(0x23), 8000u);
  CAF_CHECK_EQUAL(ask_next().target, "+15550123");
}

CAF_TEST(a goodbye that was cut is said by Twilio) {
  say(first, R"({"type":"error","event_id":"e","error":{"type":)"
             R"("invalid_request_error","code":"insufficient_quota"}})");
  hear(300ms);
  lose(stream);
  consume_messages();
  CAF_CHECK_EQUAL(outcome(), "model_failed");
  CAF_CHECK(says_failure());
}

CAF_TEST_FIXTURE_SCOPE_END()
