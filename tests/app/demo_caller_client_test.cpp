#define CAF_SUITE app.demo_caller_client

#include "demo_caller_client_fixture.hpp"

#include "demo_caller_fixture.hpp"
#include "protocol/signature.hpp"

using namespace offhook;
using namespace offhook::tests;

namespace {

const std::string token = "0123456789abcdef0123456789abcdef";

using strings = std::vector<std::string>;

} // namespace

CAF_TEST_FIXTURE_SCOPE(demo_caller_client_tests, demo_caller_client_fixture)

CAF_TEST(a whole call that the server ends) {
  options.twilio.auth_token = token;
  options.twilio.status_callback = url("/call-status");
  documents["/call-status"] = "<ignored/>";
  documents["/incoming-call"] = "<Say>Hello.</Say>"
                                + documents["/incoming-call"];
  on_frame = [](server_stream& stream, const std::string& event,
                const json_value&) {
    if (event == "start") {
      stream.send_audio(noise(300));
      stream.send_mark("greeting");
    }
    // 200 ms of speech end the call.
    auto loud = std::count(stream.heard.begin(), stream.heard.end(),
                           std::byte{0x90});
    if (event == "media" && loud >= 800)
      stream.socket->close(1000, "done");
  };
  call({{steps::hear_end{100}}, say("bye", 200), {steps::await_close{}}});
  CAF_CHECK_EQUAL(result->failure, "");
  CAF_CHECK(result->ending == call_ending::hung_up);
  CAF_CHECK(result->callback_failures.empty());
  CAF_REQUIRE_EQUAL(requests.size(), 3u);
  CAF_CHECK_EQUAL(requests[0].request.path, "/incoming-call");
  CAF_CHECK_EQUAL(requests[1].request.path, "/stream-ended");
  CAF_CHECK_EQUAL(requests[2].request.path, "/call-status");
  for (const auto& [request, fields] : requests) {
    CAF_CHECK(protocol::signature::verify(
      token, request.header("X-Twilio-Signature"), url(request.path), fields));
    CAF_CHECK_EQUAL(protocol::form::get(fields, "CallSid"), result->call_sid);
  }
  CAF_CHECK_EQUAL(protocol::form::get(requests[2].fields, "CallStatus"),
                  "completed");
  CAF_REQUIRE_EQUAL(upgrades.size(), 1u);
  CAF_CHECK(protocol::signature::verify_upgrade(
    token, upgrades[0].header("X-Twilio-Signature"), url("/media", "wss")));
  CAF_REQUIRE_EQUAL(streams.size(), 1u);
  CAF_CHECK_EQUAL(streams[0]->events, (strings{"connected", "start", "mark"}));
  auto& stats = result->stats;
  CAF_CHECK_EQUAL(stats.bytes_played, 2400u);
  CAF_CHECK_EQUAL(stats.underruns, 0u);
  CAF_CHECK_EQUAL(stats.violation_count, 0u);
  CAF_REQUIRE_EQUAL(stats.marks.size(), 1u);
  auto heard_ms = stats.marks[0].returned_ms.value()
                  - stats.marks[0].received_ms;
  CAF_CHECK_GREATER(heard_ms, 250);
  CAF_CHECK_EQUAL(result->documents.size(), 2u);
  CAF_CHECK(result->documents[0].body.find("<Say>") != std::string::npos);
  CAF_CHECK(find_voice(result->tape.audio(call_tape::track::caller)));
  CAF_CHECK(find_voice(result->tape.audio(call_tape::track::agent)));
}

CAF_TEST(how late this side was is known) {
  // Some tick, of which there is one every 20 ms, has to wait for this.
  on_frame = [](server_stream& stream, const std::string&, const json_value&) {
    constexpr milliseconds busy{60};
    const auto began = std::chrono::steady_clock::now();
    while (stream.heard.size() == 800
           && std::chrono::steady_clock::now() - began < busy) {
    }
  };
  call({{steps::pause{300}}, {steps::hang_up{}}});
  CAF_CHECK_EQUAL(result->failure, "");
  CAF_CHECK_GREATER_OR_EQUAL(result->stats.max_lag_ms, 39u);
}

CAF_TEST(the person hangs up) {
  call({{steps::pause{100}}, {steps::hang_up{}}});
  CAF_CHECK_EQUAL(result->failure, "");
  CAF_CHECK(result->ending == call_ending::caller_hung_up);
  CAF_CHECK_EQUAL(requests.size(), 1u);
  CAF_REQUIRE_EQUAL(streams.size(), 1u);
  CAF_CHECK_EQUAL(streams[0]->events, (strings{"connected", "start", "stop"}));
  CAF_REQUIRE(streams[0]->closed);
  CAF_CHECK_EQUAL(streams[0]->closed->code, 1000);
}

CAF_TEST(whoever started the call hangs up) {
  on_frame = [this](server_stream&, const std::string& event,
                    const json_value&) {
    if (event == "start")
      client->hang_up();
  };
  call({});
  CAF_CHECK(result->ending == call_ending::caller_hung_up);
  CAF_CHECK_EQUAL(streams.at(0)->events.back(), "stop");
}

CAF_TEST(a second stream goes on with the same call) {
  documents["/stream-ended"] = connect("/media", "/stream-ended");
  on_frame = [this](server_stream& stream, const std::string& event,
                    const json_value& frame) {
    if (event != "start")
      return;
    CAF_CHECK_EQUAL(string_at(frame, "start", "customParameters", "token"),
                    "t");
    if (streams.size() == 1)
      stream.socket->close(1012, "restart");
    else
      stream.send_audio(noise(200));
  };
  call({{steps::await_close{}}, {steps::hear{100}}, {steps::hang_up{}}});
  CAF_CHECK_EQUAL(result->failure, "");
  CAF_CHECK_EQUAL(result->stats.streams, 2u);
  CAF_REQUIRE_EQUAL(streams.size(), 2u);
  CAF_CHECK(streams[0]->sid != streams[1]->sid);
  CAF_REQUIRE(request_for("/stream-ended"));
  CAF_CHECK_EQUAL(protocol::form::get(request_for("/stream-ended")->fields,
                                      "StreamSid"),
                  streams[0]->sid);
}

CAF_TEST(a lost stream is asked about like a closed one) {
  call({{steps::pause{60}}, {steps::lose_stream{}}, {steps::await_close{}}});
  CAF_CHECK(result->ending == call_ending::hung_up);
  CAF_CHECK(request_for("/stream-ended"));
  CAF_REQUIRE(streams.at(0)->closed);
  CAF_CHECK(streams[0]->closed->why == net::ws_closed::cause::lost);
  CAF_CHECK_EQUAL(streams[0]->events, (strings{"connected", "start"}));
}

CAF_TEST(a refused stream is a failure and TwiML goes on) {
  refuse_upgrades_with = 403;
  call({{steps::await_close{}}});
  CAF_CHECK_EQUAL(result->failure,
                  "the stream was not opened: 31920: status 403");
  CAF_CHECK(result->ending == call_ending::hung_up);
  CAF_CHECK(request_for("/stream-ended"));
}

CAF_TEST(a webhook that cannot be reached is asked of the fallback URL) {
  std::uint16_t nobody = 0;
  {
    net::listener gone{{&loop}, {}, {}};
    nobody = gone.port();
    gone.stop([] {});
  }
  options.twilio.url = "http://127.0.0.1:" + std::to_string(nobody) + "/x";
  options.twilio.fallback_url = url("/fallback");
  documents["/fallback"] = "<Hangup/>";
  call({});
  CAF_CHECK_EQUAL(result->failure, "");
  CAF_CHECK(result->ending == call_ending::hung_up);
  CAF_REQUIRE_EQUAL(requests.size(), 1u);
  CAF_CHECK_EQUAL(protocol::form::get(requests[0].fields, "ErrorCode"),
                  "11205");
  CAF_CHECK_EQUAL(protocol::form::get(requests[0].fields, "ErrorUrl"),
                  options.twilio.url);
}

CAF_TEST(a webhook that does not answer has failed) {
  documents.erase("/incoming-call");
  options.request_timeout_ms = 100;
  call({});
  CAF_CHECK(result->ending == call_ending::failed);
  CAF_CHECK(result->failure.starts_with("11200: while reading the response"));
}

CAF_TEST(the person hangs up while a webhook is under way) {
  documents.erase("/stream-ended");
  on_frame = [](server_stream& stream, const std::string& event,
                const json_value&) {
    if (event == "start")
      stream.socket->close(1000, "");
  };
  call({{steps::await_close{}}, {steps::pause{60}}, {steps::hang_up{}}});
  CAF_CHECK(result->ending == call_ending::caller_hung_up);
  CAF_CHECK_EQUAL(result->failure, "");
}

CAF_TEST(a call that does not end in time is ended) {
  options.call_deadline_ms = 200;
  call({{steps::hear{100}}});
  CAF_CHECK(result->ending == call_ending::caller_hung_up);
  CAF_CHECK_EQUAL(result->failure, "the call was not over after 200 ms");
  CAF_CHECK_EQUAL(result->stats.streams, 1u);
}

CAF_TEST(callbacks that fail are told) {
  options.twilio.status_callback = url("/call-status");
  documents["/call-status"] = "";
  documents["/incoming-call"] = "<Reject/>";
  call({});
  CAF_CHECK(result->ending == call_ending::rejected);
  CAF_CHECK_EQUAL(result->failure, "");
  CAF_CHECK_EQUAL(result->callback_failures,
                  strings{url("/call-status") + ": status 404"});
}

CAF_TEST(a slow network delays what is heard and what is told) {
  options.network.to_peer_ms = 60;
  options.network.from_peer_ms = 40;
  std::chrono::steady_clock::time_point sent;
  std::chrono::steady_clock::duration round_trip{};
  on_frame = [&](server_stream& stream, const std::string& event,
                 const json_value&) {
    if (event == "start") {
      sent = std::chrono::steady_clock::now();
      stream.send_mark("at once");
    }
    if (event == "mark") {
      round_trip = std::chrono::steady_clock::now() - sent;
      client->hang_up();
    }
  };
  call({});
  CAF_CHECK(round_trip >= milliseconds{100});
  CAF_CHECK_EQUAL(streams.at(0)->events.back(), "stop");
}

CAF_TEST(events are told while the call goes on) {
  std::vector<std::string> told;
  options.person.on_event = [&](const timeline_event& x) {
    told.emplace_back(to_string(x.what));
  };
  call({{steps::cue{"now"}}, {steps::hang_up{}}});
  CAF_CHECK_EQUAL(told, (strings{"request", "document", "stream_opened", "cue",
                                 "hang_up", "stream_closed"}));
}

CAF_TEST_FIXTURE_SCOPE_END()
