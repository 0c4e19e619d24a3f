// The torture rig's plans, its audio, and whether its checks find what is
// broken: a rig that passes whatever happens says nothing.
#define CAF_SUITE torture.plan

#include <caf/test/dsl.hpp>

#include "actors/dead_air.hpp"
#include "app/sounds.hpp"
#include "bench/torture/call_check.hpp"
#include "bench/torture/counted_audio.hpp"
#include "bench/torture/plan.hpp"
#include "protocol/base64.hpp"
#include "protocol/g711.hpp"

#include <set>

using namespace offhook;
using namespace offhook::torture;
using actors::call_outcome;

namespace {

std::string append(const std::vector<std::byte>& audio) {
  return R"({"type":"input_audio_buffer.append","audio":")"
         + protocol::base64::encode(audio) + "\"}";
}

std::string put(std::string_view role, std::string_view text) {
  return R"({"type":"conversation.item.create","item":{"id":"offhook_2_1",)"
         R"("type":"message","role":")"
         + std::string{role} + R"(","content":[{"type":"input_text","text":")"
         + std::string{text} + R"("}]}})";
}

std::string added(std::string_view id) {
  return R"({"type":"conversation.item.added","item":{"id":")" + std::string{id}
         + R"("}})";
}

std::string transcribed(std::string_view id, std::string_view text) {
  return R"({"type":"conversation.item.input_audio_transcription.completed",)"
         R"("item_id":")"
         + std::string{id} + R"(","transcript":")" + std::string{text} + "\"}";
}

std::string says(std::string_view id, std::string_view text) {
  return R"({"type":"response.output_audio_transcript.delta","item_id":")"
         + std::string{id} + R"(","delta":")" + std::string{text} + "\"}";
}

constexpr std::string_view updated = R"({"type":"session.updated"})";

std::size_t first_sound(std::span<const std::byte> of) {
  std::size_t result = 0;
  while (result < of.size() && of[result] == protocol::g711::silence)
    ++result;
  return result;
}

/// A call of which the test tells what passes.
struct told_call : call_check {
  explicit told_call(call_plan plan = {.call = 7})
    : call_check(std::move(plan)) {
    at(clock);
    stream_opened();
    open(1);
  }

  void open(std::uint32_t session) {
    dialled(session);
    to_gateway(session, updated);
  }

  std::vector<std::byte> send(std::uint32_t number) {
    caller_sent(number);
    return counted_frame(salt(), number, false);
  }

  /// The caller's turns 1 to `n`, in session 1.
  void converse(int n) {
    for (int i = 1; i <= n; ++i) {
      auto id = "item_" + std::to_string(i);
      to_gateway(1, added(id));
      to_gateway(1, transcribed(id, caller_words()));
    }
  }

  /// Time passes.
  void later(std::chrono::milliseconds by) {
    clock += by;
    at(clock);
  }

  /// Frames of the caller that reach a session, from one number to another.
  void hear(std::uint32_t session, std::uint32_t from, std::uint32_t to) {
    for (auto i = from; i <= to; ++i)
      to_model(session, append(counted_frame(salt(), i, false)));
  }

  /// Frames of the caller that reach nobody yet.
  void speak(std::uint32_t from, std::uint32_t to) {
    for (auto i = from; i <= to; ++i) {
      later(std::chrono::milliseconds{20});
      caller_sent(i);
    }
  }

  time_point clock{std::chrono::hours{1}};

  bool found(std::string_view what) const {
    for (const auto& x : broken())
      if (x.find(what) != x.npos)
        return true;
    return false;
  }
};

struct fixture {};

} // namespace

CAF_TEST_FIXTURE_SCOPE(torture_plan_tests, fixture)

CAF_TEST(a plan is a function of seed and call) {
  plan_options options;
  options.seed = 4711;
  std::set<std::string> all;
  for (std::uint32_t call = 1; call <= 50; ++call) {
    auto plan = plan_call(options, call);
    CAF_CHECK(plan == plan_call(options, call));
    all.insert(describe(plan));
  }
  CAF_CHECK_EQUAL(all.size(), 50u);
  auto one = describe(plan_call(options, 1));
  options.seed = 4712;
  CAF_CHECK_NOT_EQUAL(describe(plan_call(options, 1)), one);
}

CAF_TEST(a plan is the same on every machine) {
  plan_options options;
  options.seed = 3;
  options.min_length_ms = options.max_length_ms = 2'000;
  options.quiet_percent = 0;
  options.light_every_ms = 500;
  options.heavy_every_ms = 1'000;
  CAF_CHECK_EQUAL(describe(plan_call(options, 1)),
                  "call 1: 2000 ms, 5 faults, the caller speaks 0 times\n"
                  "  98 ms stream-garbage 3\n"
                  "  996 ms stream-garbage 7\n"
                  "  1150 ms webhook-again 0\n"
                  "  1613 ms stream-twin 0\n"
                  "  1915 ms model-error 3\n");
}

CAF_TEST(plans have every kind of fault that their stage can play) {
  plan_options options;
  for (auto where : {stage::virtual_time, stage::sockets}) {
    options.where = where;
    std::set<fault_kind> seen;
    auto quiet = 0;
    for (std::uint32_t call = 1; call <= 500; ++call) {
      auto plan = plan_call(options, call);
      quiet += plan.quiet;
      CAF_CHECK(!plan.quiet || plan.faults.empty());
      std::uint32_t last = 0;
      for (const auto& x : plan.faults) {
        seen.insert(x.kind);
        CAF_CHECK(x.at_ms >= last);
        last = x.at_ms;
      }
    }
    CAF_CHECK(quiet > 50 && quiet < 150);
    for (const auto& x : fault_rules()) {
      CAF_MESSAGE(x.name);
      CAF_CHECK_EQUAL(seen.contains(x.kind),
                      where == stage::virtual_time || x.on_sockets);
    }
  }
}

CAF_TEST(counted audio says which it is) {
  std::vector<std::byte> line;
  for (std::uint32_t i : {1u, 2u, 4'000'000'000u}) {
    auto frame = counted_frame(7, i, i == 2);
    line.insert(line.end(), frame.begin(), frame.end());
    line.insert(line.end(), 160, std::byte{0xFF}); // What the gateway puts in.
  }
  std::vector<std::uint32_t> found;
  frame_reader reader{7};
  auto keep = [&](std::uint32_t x) { found.push_back(x); };
  for (std::size_t i = 0; i < line.size(); i += 100)
    CAF_CHECK_EQUAL(
      reader.read(
        std::span{line}.subspan(i, std::min<std::size_t>(100, line.size() - i)),
        keep),
      "");
  CAF_CHECK(found == (std::vector<std::uint32_t>{1, 2, 4'000'000'000u}));
  CAF_CHECK_EQUAL(reader.silence(), 480u);
  // Of another call, changed, or with a byte missing.
  CAF_CHECK_NOT_EQUAL(frame_reader{8}.read(counted_frame(7, 1, true), keep),
                      "");
  auto frame = counted_frame(7, 1, true);
  frame[80] ^= std::byte{1};
  CAF_CHECK_NOT_EQUAL(frame_reader{7}.read(frame, keep), "");
  line.erase(line.begin() + 20);
  CAF_CHECK_NOT_EQUAL(frame_reader{7}.read(line, keep), "");
  CAF_CHECK_EQUAL(found.size(), 5u); // The two behind it are found again.
}

CAF_TEST(audio in order breaks nothing) {
  told_call call;
  call.to_model(1, append(call.send(1)));
  call.to_model(1, append(call.send(2)));
  call.session_over(1);
  call.open(2);
  call.to_model(2, append(call.send(5)));
  auto audio
    = std::get<app::standins::spoken_line>(call.reply().outputs[0]).audio;
  call.to_caller(audio);
  call.ended(call_outcome::completed);
  for (const auto& x : call.broken())
    CAF_MESSAGE(x);
  CAF_CHECK(call.broken().empty());
}

CAF_TEST(caller audio that comes twice or late is found) {
  told_call call;
  auto first = call.send(1);
  auto second = call.send(2);
  call.to_model(1, append(second));
  CAF_CHECK(call.broken().empty());
  call.to_model(1, append(second));
  CAF_CHECK(call.found("caller frame 2 comes after 2"));
  call.to_model(1, append(first));
  CAF_CHECK(call.found("caller frame 1 comes after 2"));
  call.to_model(1, append(counted_frame(7, 99, true)));
  CAF_CHECK(call.found("caller frame 99 was never sent"));
}

CAF_TEST(two sessions that hear the caller are found) {
  told_call call;
  call.to_model(1, append(call.send(1)));
  call.open(2);
  call.to_model(2, append(call.send(2)));
  // From its queue, and then what is for its successor only.
  call.to_model(1, append(counted_frame(7, 2, false)));
  CAF_CHECK(call.broken().empty());
  call.to_model(1, append(call.send(3)));
  CAF_CHECK(call.found("two sessions"));
}

CAF_TEST(a later session may be given the newest again) {
  told_call call;
  call.speak(1, 100);
  call.hear(1, 1, 100);
  call.session_over(1);
  call.open(2);
  // From within a frame on.
  auto part = counted_frame(7, 79, false);
  part.erase(part.begin(), part.begin() + 60);
  call.to_model(2, append(part));
  call.hear(2, 80, 100);
  CAF_CHECK(call.broken().empty());
  CAF_CHECK_EQUAL(call.frames_arrived(), 100u);
  CAF_CHECK_EQUAL(call.frames_given_again(), 21u);
  // But not twice, nor within a frame later on.
  call.to_model(2, append(part));
  call.hear(2, 90, 90);
  CAF_CHECK(call.found("no frame of this call"));
  CAF_CHECK(call.found("caller frame 90 comes after 100"));
}

CAF_TEST(what is given again long after it was said is found) {
  told_call call;
  call.speak(1, 600);
  call.hear(1, 1, 600);
  call.session_over(1);
  call.open(2);
  call.hear(2, 70, 71);
  CAF_CHECK(call.found("caller frame 70 is given again after 531 others"));
}

CAF_TEST(a caller frame that is left out is found) {
  told_call call;
  call.speak(1, 100);
  call.hear(1, 1, 49);
  call.hear(1, 51, 100);
  call.ended(call_outcome::completed);
  CAF_CHECK(call.found("caller frame 50 was left out"));
}

CAF_TEST(a caller frame that a fault took is not missed) {
  told_call call{{.call = 7, .faults = {{fault_kind::stream_reset, 500, 0}}}};
  call.speak(1, 25);
  call.hear(1, 1, 24);
  call.stream_fails();
  call.stream_lost();
  call.later(std::chrono::milliseconds{500});
  call.stream_opened();
  call.speak(26, 60);
  call.hear(1, 26, 60);
  call.ended(call_outcome::completed);
  for (const auto& x : call.broken())
    CAF_MESSAGE(x);
  CAF_CHECK(call.broken().empty());
}

CAF_TEST(audio before the session is confirmed is found) {
  told_call call;
  call.dialled(2);
  call.session_over(1);
  call.to_model(2, append(call.send(1)));
  CAF_CHECK(call.found("before session.updated"));
}

CAF_TEST(agent audio out of order or after a clear is found) {
  told_call call;
  auto say = [&] {
    return std::get<app::standins::spoken_line>(call.reply().outputs[0]).audio;
  };
  auto first = say();
  auto second = say();
  auto part = [](const std::vector<std::byte>& x, std::size_t frame) {
    return std::span{x}.subspan(frame * 160, 160);
  };
  call.to_caller(part(first, 0));
  call.to_caller(part(first, 1));
  CAF_CHECK(call.broken().empty());
  call.to_caller(part(first, 1));
  CAF_CHECK_EQUAL(call.broken().size(), 1u);
  call.cleared();
  call.to_caller(part(second, 0));
  CAF_CHECK_EQUAL(call.broken().size(), 1u);
  call.cleared();
  call.to_caller(part(second, 1));
  CAF_CHECK(call.found("after a clear"));
  call.to_caller(counted_frame(7, 900 << 10, true));
  CAF_CHECK(call.found("never made"));
}

CAF_TEST(sounds of the gateway are no broken audio) {
  told_call call;
  auto tone = actors::waiting_tone();
  auto line = app::sound("outage-wait");
  CAF_REQUIRE(tone.size() > 960 && line.size() > 960);
  call.to_caller(tone.subspan(480, 480));
  call.to_caller(line.subspan(160, 480));
  CAF_CHECK(call.broken().empty());
  // What its piece ends with might begin a frame of the agent's.
  auto onset = line.first(first_sound(line) + 40);
  call.reply();
  call.to_caller(onset);
  call.to_caller(counted_frame(call.salt(), 1u << 10, true));
  CAF_CHECK(call.broken().empty());
  std::vector<std::byte> mixed{tone.begin(), tone.begin() + 480};
  mixed[100] ^= std::byte{4};
  call.to_caller(mixed);
  CAF_CHECK(call.found("to the caller"));
}

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
