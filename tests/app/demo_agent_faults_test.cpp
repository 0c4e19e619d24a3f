#define CAF_SUITE app.demo_agent_faults

#include "tests/app/demo_agent_client.hpp"

#include "caf/test/dsl.hpp"

#include <algorithm>

using namespace offhook::app::standins;
using namespace std::chrono_literals;

namespace {

/// A session with these faults, configured.
struct faulty : agent_client {
  explicit faulty(demo_agent_faults faults)
    : agent_client(options_with(std::move(faults))) {
    configure();
  }

  static demo_agent_options options_with(demo_agent_faults faults) {
    auto result = plain_options();
    result.faults = std::move(faults);
    return result;
  }

  void respond(std::chrono::milliseconds time = 5s) {
    send(R"({"type":"response.create","event_id":"cl_r"})");
    wait(time);
  }
};

} // namespace

CAF_TEST(an update is rejected) {
  demo_agent_faults faults;
  faults.reject_update = agent_error{"invalid_request_error",
                                     "unknown_parameter", "Unknown parameter."};
  faulty x{faults};
  CAF_CHECK_EQUAL(x.get("error", "error.code"), "unknown_parameter");
  CAF_CHECK_EQUAL(x.get("error", "error.event_id"), "cl_1");
  CAF_CHECK_EQUAL(x.count("session.updated"), 0u);
}

CAF_TEST(another format is echoed and used) {
  demo_agent_faults faults;
  faults.echo_format = "audio/pcm";
  faulty x{faults};
  CAF_CHECK_EQUAL(x.get("session.updated", "session.audio.output.format.type"),
                  "audio/pcm");
  x.respond();
  CAF_CHECK_EQUAL(x.heard().size(), 48000u);
}

CAF_TEST(an error comes before a response) {
  demo_agent_faults faults;
  faults.error_at_response = 2;
  faults.error = {"server_error", "boom", "Something broke."};
  faulty x{faults};
  x.respond();
  CAF_CHECK_EQUAL(x.count("error"), 0u);
  x.respond();
  CAF_CHECK_EQUAL(x.get("error", "error.type"), "server_error");
  CAF_CHECK_EQUAL(x.get("error", "error.code"), "boom");
  CAF_CHECK_EQUAL(x.count("response.done"), 2u);
}

CAF_TEST(a response fails at once or later) {
  demo_agent_faults faults;
  faults.fail_response = 1;
  faults.failure = {"server_error", "rate_limit_exceeded",
                    "Try again in 1.2s."};
  faulty x{faults};
  x.respond();
  CAF_CHECK_EQUAL(x.get("response.done", "response.status"), "failed");
  CAF_CHECK_EQUAL(x.get("response.done", "response.status_details"),
                  R"({"type":"failed","error":{"type":"server_error","code":)"
                  R"("rate_limit_exceeded","message":"Try again in 1.2s."}})");
  CAF_CHECK_EQUAL(x.get("response.done", "response.output"), "[]");
  CAF_CHECK_EQUAL(x.get("response.done", "response.usage.total_tokens"), "0");
  CAF_CHECK_EQUAL(x.count("error"), 0u);
  x.respond();
  CAF_CHECK_EQUAL(x.get("response.done", "response.status"), "completed");
  faults.fail_after_deltas = 3;
  faulty y{faults};
  y.respond();
  CAF_CHECK_EQUAL(y.count("response.output_audio.delta"), 3u);
  CAF_CHECK_EQUAL(y.get("response.done", "response.status"), "failed");
  CAF_CHECK_EQUAL(y.get("response.done", "response.output.0.status"),
                  "incomplete");
}

CAF_TEST(the socket is reset at a response and after deltas and after time) {
  demo_agent_faults faults;
  faults.reset_at_response = 2;
  faulty at_response{faults};
  at_response.respond();
  CAF_CHECK(!at_response.was_reset);
  at_response.respond();
  CAF_CHECK(at_response.was_reset);
  CAF_CHECK_EQUAL(at_response.count("response.created"), 1u);
  faults = {};
  faults.reset_after_deltas = 12; // of 10 and 40
  faulty after_deltas{faults};
  after_deltas.respond();
  after_deltas.respond();
  CAF_CHECK(after_deltas.was_reset);
  CAF_CHECK_EQUAL(after_deltas.count("response.output_audio.delta"), 12u);
  CAF_CHECK_EQUAL(after_deltas.count("response.done"), 1u);
  faults = {};
  faults.reset_after = 700ms;
  faulty after_time{faults};
  after_time.wait(699ms);
  CAF_CHECK(!after_time.was_reset);
  after_time.wait(1ms);
  CAF_CHECK(after_time.was_reset);
  // Nothing comes from a socket that is gone.
  after_time.events.clear();
  after_time.respond();
  CAF_CHECK(after_time.events.empty());
  CAF_CHECK(!after_time.agent.next_time());
}

CAF_TEST(the socket is closed with a code) {
  demo_agent_faults faults;
  faults.close_after = 100ms;
  faults.close_code = 1013;
  faults.close_reason = "busy";
  faulty x{faults};
  x.wait(100ms);
  CAF_REQUIRE(x.closed);
  CAF_CHECK_EQUAL(x.closed->code, 1013u);
  CAF_CHECK_EQUAL(x.closed->reason, "busy");
}

CAF_TEST(the agent goes silent) {
  demo_agent_faults faults;
  faults.silent = true;
  faulty from_start{faults};
  CAF_CHECK(from_start.events.empty());
  faults = {};
  faults.silent_from_response = 2;
  faulty later{faults};
  later.respond();
  later.events.clear();
  later.respond();
  later.speak(1s);
  later.be_quiet(1s);
  CAF_CHECK(later.events.empty());
}

CAF_TEST(faults can be switched on and off in the middle) {
  faulty x{{}};
  x.respond();
  demo_agent_faults faults;
  faults.silent = true;
  x.agent.set_faults(faults, x.now());
  x.events.clear();
  x.send(R"({"type":"input_audio_buffer.clear"})");
  CAF_CHECK(x.events.empty());
  x.agent.set_faults({}, x.now());
  x.send(R"({"type":"input_audio_buffer.clear"})");
  CAF_CHECK_EQUAL(x.types().back(), "input_audio_buffer.cleared");
  faults = {};
  faults.reset_after = 50ms;
  x.agent.set_faults(faults, x.now());
  x.wait(50ms);
  CAF_CHECK(x.was_reset);
}

CAF_TEST(an error comes out of the blue) {
  faulty x{{}};
  x.take(x.agent.send_error({"server_error", "overloaded", "Too busy."}));
  CAF_CHECK_EQUAL(x.get("error", "error.code"), "overloaded");
  CAF_CHECK_EQUAL(x.get("error", "error.event_id"), "null");
}

CAF_TEST(noise of every kind leaves the conversation whole) {
  demo_agent_faults faults;
  faults.garbage = true;
  faults.unknown_events = true;
  faults.unknown_fields = true;
  faults.nulls = true;
  faulty x{faults};
  x.respond();
  CAF_CHECK_EQUAL(x.get("response.done", "response.status"), "completed");
  CAF_CHECK_EQUAL(x.heard().size(), 8000u);
  CAF_CHECK_GREATER(x.count(""), 3u);
  CAF_CHECK_GREATER(x.count("x_demo.unknown"), 10u);
  CAF_CHECK_EQUAL(x.get("response.done", "response.usage"), "null");
  CAF_CHECK_EQUAL(x.get("response.done", "x_demo_unknown.type"), "error");
}

CAF_TEST(the agent speaks in silence) {
  demo_agent_faults faults;
  faults.zero_amplitude = true;
  faulty x{faults};
  x.respond();
  auto heard = x.heard();
  CAF_CHECK_EQUAL(heard.size(), 8000u);
  CAF_CHECK_EQUAL(offhook::protocol::g711::rms(heard), 0.0);
}

CAF_TEST(the first delta is late) {
  demo_agent_faults faults;
  faults.first_delta_delay = 3s;
  faulty x{faults};
  x.respond();
  CAF_CHECK_EQUAL(x.time_of("response.output_audio.delta")
                    - x.time_of("response.created"),
                  3200ms);
}

CAF_TEST(deltas come after a cancel) {
  demo_agent_faults faults;
  faults.late_deltas = 3;
  faulty x{faults};
  x.respond(210ms);
  auto before = x.count("response.output_audio.delta");
  x.send(R"({"type":"response.cancel"})");
  x.wait(1s);
  CAF_CHECK_EQUAL(x.count("response.output_audio.delta"), before + 3);
  CAF_CHECK_EQUAL(x.types().back(), "response.output_audio.delta");
  CAF_CHECK_EQUAL(x.get("response.output_audio.delta", "response_id"),
                  x.get("response.done", "response.id"));
  // They go on where the cancel cut.
  CAF_CHECK_EQUAL(x.heard().size(), (before + 3) * 800);
}

CAF_TEST(counter mode answers with as much as it hears) {
  auto options = plain_options();
  options.counter_mode = true;
  agent_client x{options};
  unsigned next = 0;
  auto count = [&](std::size_t bytes) {
    std::vector<std::byte> result;
    for (std::size_t i = 0; i < bytes; ++i)
      result.push_back(static_cast<std::byte>(next++ % 251));
    return result;
  };
  x.append(count(160));
  CAF_CHECK_EQUAL(x.count("response.output_audio.delta"), 0u);
  x.configure();
  for (auto bytes : {160u, 160u, 1u, 1000u})
    x.append(count(bytes));
  auto heard = x.heard();
  CAF_REQUIRE_EQUAL(heard.size(), 1321u);
  for (std::size_t k = 0; k < heard.size(); ++k)
    if (heard[k] != static_cast<std::byte>(k % 251))
      CAF_FAIL("byte " << k << " is wrong");
  CAF_CHECK_EQUAL(x.count("response.output_audio.delta"), 4u);
  CAF_CHECK_EQUAL(x.count("response.created"), 1u);
  CAF_CHECK_EQUAL(x.count("response.content_part.added"), 1u);
  CAF_CHECK_EQUAL(x.count("input_audio_buffer.speech_started"), 0u);
  CAF_CHECK_EQUAL(x.count("error"), 0u);
  CAF_CHECK_EQUAL(x.agent.stats().input_bytes, 1481u);
  CAF_CHECK_EQUAL(x.agent.stats().counter_mismatches, 0u);
}

CAF_TEST(counter mode notices bytes that are lost or changed) {
  auto options = plain_options();
  options.counter_mode = true;
  agent_client x{options};
  x.configure();
  auto frame = [](unsigned from) {
    std::vector<std::byte> result;
    for (auto i = 0u; i < 160; ++i)
      result.push_back(static_cast<std::byte>((from + i) % 251));
    return result;
  };
  x.append(frame(0));
  x.append(frame(320)); // One frame is missing.
  CAF_CHECK_EQUAL(x.agent.stats().counter_mismatches, 1u);
  CAF_CHECK_EQUAL(x.last_error(), "counter_mismatch");
  auto inserted = frame(480);
  inserted[10] = std::byte{0xFF};
  x.append(inserted);
  CAF_CHECK_EQUAL(x.agent.stats().counter_mismatches, 3u);
  x.append(frame(640));
  CAF_CHECK_EQUAL(x.agent.stats().counter_mismatches, 3u);
  CAF_CHECK_EQUAL(x.heard().size(), 640u);
}
