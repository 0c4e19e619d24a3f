// Whole calls on virtual time: the real actors between the stand-ins.
#define CAF_SUITE app.virtual_call

#include "tests/app/virtual_call.hpp"

#include "app/scenario_agent.hpp"
#include "app/scenario_library.hpp"
#include "protocol/base64.hpp"

using namespace offhook;
using namespace offhook::app;
using namespace std::chrono_literals;

namespace {

struct fixture : tests::virtual_call {
  fixture() {
    agent_options.script
      = script_of(std::make_shared<scenario_agent>(demo_call));
  }

  void check_stats() {
    const auto& stats = phone->stats();
    CAF_CHECK_EQUAL(phone->failure(), "");
    CAF_CHECK_EQUAL(stats.violation_count, 0u);
    CAF_CHECK_EQUAL(stats.underruns, 0u);
    CAF_CHECK_EQUAL(stats.partial_frames, 0u);
    CAF_CHECK_LESS_OR_EQUAL(stats.max_queued_ms, env->limits.lead_ms);
    for (const auto& turn : stats.turns) {
      CAF_MESSAGE(turn.name);
      CAF_CHECK(turn.response_latency_ms.has_value());
    }
    for (const auto& x : agents)
      CAF_CHECK_EQUAL(x->stats().errors, 0u);
  }

  /// The audio of all frames of one side, in their order.
  static std::vector<std::byte> payloads(const tests::machine_socket& socket,
                                         std::string_view key, bool from_us) {
    std::vector<std::byte> result;
    for (const auto& x : socket.record) {
      auto at = x.text.find(key);
      if (x.from_us != from_us || at == std::string::npos)
        continue;
      auto begin = at + key.size();
      auto bytes = protocol::base64::decode(std::string_view{x.text}.substr(
        begin, x.text.find('"', begin) - begin));
      CAF_REQUIRE(bytes);
      result.insert(result.end(), bytes->begin(), bytes->end());
    }
    return result;
  }

  const scenario demo_call = built_in_scenario("call");
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(virtual_call_tests, fixture)

CAF_TEST(the model is told what the caller heard) {
  begin(demo_call.caller);
  for (int i = 0; i < 20'000 && agents[0]->stats().truncated == 0; ++i)
    step();
  CAF_REQUIRE_EQUAL(agents[0]->stats().truncated, 1u);
  std::uint64_t told = 0;
  for (const auto& x : sessions[0]->record) {
    constexpr std::string_view key = R"("audio_end_ms":)";
    auto at = x.text.find(key);
    if (x.from_us && at != std::string::npos)
      told = std::stoul(x.text.substr(at + key.size()));
  }
  auto heard = phone->stats().turns.at(1).truncated_at_ms.value_or(0);
  CAF_CHECK_LESS_OR_EQUAL(told, heard + 60);
  CAF_CHECK_GREATER_OR_EQUAL(told + 60, heard);
}

CAF_TEST(every first word of the caller reaches the model) {
  // The session takes its time; the caller speaks at once.
  standins::script steps;
  standins::steps::say hello;
  hello.name = "hello";
  for (int i = 0; i < 8000; ++i)
    hello.audio.push_back(std::byte(static_cast<unsigned char>(i * 7 % 120)));
  steps.push_back({hello});
  steps.push_back({standins::steps::pause{1000}});
  steps.push_back({standins::steps::hang_up{}});
  std::function<void(net::connect_result)> late;
  auto dial = env->dial;
  env->dial = [&](net::ws_client_options,
                  std::function<void(net::connect_result)> done) {
    late = std::move(done);
    return std::shared_ptr<net::ws_dial>{};
  };
  begin(steps);
  for (int i = 0; i < 160; ++i)
    step(); // 800 ms without a session
  dial({}, late);
  settle();
  run(10s);
  CAF_REQUIRE_EQUAL(agents.size(), 1u);
  // What Twilio sent is what the model got, from the first frame on.
  auto spoken = payloads(*stream, R"("payload":")", false);
  auto heard = payloads(*sessions[0], R"("audio":")", true);
  CAF_CHECK_EQUAL(spoken.size(), phone->stats().media_sent * 160);
  CAF_CHECK(spoken == heard);
}

CAF_TEST(faults of the model do not end the call) {
  agent_options.faults.unknown_events = true;
  agent_options.faults.unknown_fields = true;
  agent_options.faults.nulls = true;
  agent_options.faults.garbage = true;
  agent_options.faults.late_deltas = 5;
  standins::script steps;
  for (const auto& x : demo_call.caller)
    if (!std::holds_alternative<standins::steps::cue>(x.what))
      steps.push_back(x);
  begin(steps);
  run(100s);
  end();
  CAF_CHECK(stream_ended());
  CAF_CHECK_EQUAL(sessions.size(), 1u);
  check_stats();
}

CAF_TEST(a session that is not confirmed as asked gets no audio) {
  agent_options.faults.echo_format = "audio/pcm";
  begin({{standins::steps::await_close{}}});
  run(10s);
  CAF_CHECK_EQUAL(agents[0]->stats().input_bytes, 0u);
  CAF_CHECK_EQUAL(sessions.size(), 1u);
  CAF_CHECK(stream_ended());
}

CAF_TEST_FIXTURE_SCOPE_END()
