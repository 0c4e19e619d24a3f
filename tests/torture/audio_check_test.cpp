// Whether the rig finds audio that is broken: one that passes whatever happens
// says nothing.
#define CAF_SUITE torture.plan

#include <caf/test/dsl.hpp>

#include "actors/dead_air.hpp"
#include "app/sounds.hpp"
#include "protocol/g711.hpp"
#include "tests/torture/told_call.hpp"

using namespace offhook;
using namespace offhook::torture;
using actors::call_outcome;

namespace {

std::size_t first_sound(std::span<const std::byte> of) {
  std::size_t result = 0;
  while (result < of.size() && of[result] == protocol::g711::silence)
    ++result;
  return result;
}

struct fixture {};

} // namespace

CAF_TEST_FIXTURE_SCOPE(torture_audio_checks, fixture)

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

CAF_TEST_FIXTURE_SCOPE_END()
