#define CAF_SUITE net.ws_pause

#include "net/web_socket.hpp"

#include "caf/test/dsl.hpp"

#include <stdexcept>

#include "raw_client.hpp"

using namespace offhook::net;
using namespace offhook::net::test;
using namespace std::literals;

namespace {

struct fixture {
  running_loops loops{2};
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(ws_pause_tests, fixture)

CAF_TEST(pongs keep a silent socket alive and their absence ends it) {
  ws_limits limits;
  limits.ping_interval_ms = 10;
  limits.idle_timeout_ms = 500;
  test_server server{loops, {}, limits};
  auto [peer, socket, seen] = connect_raw(server);
  for (int i = 0; i < 10; ++i) {
    auto ping = peer.read_frame();
    CAF_REQUIRE(ping.has_value());
    CAF_CHECK_EQUAL(ping->opcode, 9);
    peer.send_frame(10, ping->payload);
  }
  CAF_CHECK_EQUAL(seen->ends.size(), 0u);
  // From here on nobody answers.
  CAF_CHECK_EQUAL(summary(seen->closed()), "timeout 1006");
}

CAF_TEST(a socket that is paused is not idle) {
  ws_limits limits;
  limits.ping_interval_ms = 10;
  limits.idle_timeout_ms = 30;
  test_server server{loops, {}, limits};
  auto [peer, socket, seen] = connect_raw(server, false);
  auto other = connect_raw(server);
  CAF_CHECK_EQUAL(summary(other.seen->closed()), "timeout 1006");
  peer.send_frame(1, "still there");
  start(socket, seen);
  CAF_CHECK_EQUAL(seen->text().value_or(""), "still there");
}

CAF_TEST(pause leaves what comes to the next start) {
  test_server server{loops};
  auto [peer, socket, seen] = connect_raw(server, false);
  seen->on_text = [&s = *socket](std::string_view) { s.pause(); };
  std::string all;
  for (int i = 0; i < 50; ++i)
    all += make_frame(1, std::to_string(i), true, true);
  peer.send(all);
  bool in_order = true;
  for (int i = 0; i < 50; ++i) {
    start(socket, seen);
    in_order = in_order && seen->text() == std::to_string(i)
               && seen->texts.size() == 0;
  }
  CAF_CHECK(in_order);
}

CAF_TEST(pause from elsewhere loses nothing either) {
  test_server server{loops};
  auto [peer, socket, seen] = connect_raw(server);
  run_on(socket, [&s = *socket] { s.pause(); });
  CAF_CHECK_EQUAL(seen.use_count(), 1); // The callbacks are released.
  peer.send_frame(1, "held");
  peer.send_frame(9, "x");
  peer.send_frame(1, "next");
  start(socket, seen);
  CAF_CHECK_EQUAL(seen->text().value_or(""), "held");
  CAF_CHECK_EQUAL(seen->text().value_or(""), "next");
}

CAF_TEST(start within a callback replaces the callbacks) {
  test_server server{loops};
  auto [peer, socket, seen] = connect_raw(server, false);
  auto other = std::make_shared<recorder>();
  seen->on_text = [&s = *socket, other](std::string_view) {
    s.pause();
    s.start(other->events());
  };
  start(socket, seen);
  peer.send_frame(1, "one");
  peer.send_frame(1, "two");
  CAF_CHECK_EQUAL(seen->text().value_or(""), "one");
  CAF_CHECK_EQUAL(other->text().value_or(""), "two");
}

CAF_TEST(an exception from a callback does not end the socket) {
  test_server server{loops};
  auto [peer, socket, seen] = connect_raw(server, false);
  seen->on_text = [](std::string_view text) {
    if (text == "throw")
      throw std::runtime_error{"from on_text"};
  };
  start(socket, seen);
  peer.send_frame(1, "throw");
  peer.send_frame(1, "more");
  CAF_CHECK_EQUAL(seen->text().value_or(""), "more");
  CAF_CHECK_EQUAL(loops.exceptions.get().value_or(""), "from on_text");
}

CAF_TEST_FIXTURE_SCOPE_END()
