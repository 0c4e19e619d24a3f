#define CAF_SUITE net.ws_close

#include "net/web_socket.hpp"

#include "caf/test/dsl.hpp"

#include "raw_client.hpp"

using namespace offhook::net;
using namespace offhook::net::test;
using namespace std::literals;

CAF_TEST_FIXTURE_SCOPE(ws_close_tests, socket_fixture)

CAF_TEST(the peer closes) {
  test_server server{loops};
  auto [peer, socket, seen] = connect_raw(server);
  peer.send_frame(1, "last");
  peer.send_frame(8, close_payload(4001, "enough"));
  CAF_CHECK_EQUAL(payload_of(peer.read_frame(), 8), close_payload(4001));
  CAF_CHECK(peer.ended());
  CAF_CHECK_EQUAL(seen->text().value_or(""), "last");
  CAF_CHECK_EQUAL(summary(seen->closed()), "peer_closed 4001 enough");
  CAF_CHECK(released(seen, loops));
}

CAF_TEST(the peer closes without a code) {
  test_server server{loops};
  auto [peer, socket, seen] = connect_raw(server);
  peer.send_frame(8, "");
  CAF_CHECK_EQUAL(payload_of(peer.read_frame(), 8), close_payload(1000));
  CAF_CHECK_EQUAL(summary(seen->closed()), "peer_closed 1005");
}

CAF_TEST(a close of the peer is told although its connection stays) {
  ws_limits limits;
  limits.close_timeout_ms = 1'000'000;
  limits.idle_timeout_ms = 1'000'000;
  test_server server{loops, {}, limits};
  auto [peer, socket, seen] = connect_raw(server);
  peer.send_frame(8, close_payload(1000));
  // The peer does nothing more, and nobody has to wait for it.
  CAF_CHECK_EQUAL(summary(seen->closed()), "peer_closed 1000");
}

CAF_TEST(we close) {
  test_server server{loops};
  auto [peer, socket, seen] = connect_raw(server);
  run_on(socket, [&s = *socket] {
    for (int i = 0; i < 100; ++i)
      s.send(std::to_string(i), frame_class::media);
    s.close(4002, "thank you");
    s.send("too late", frame_class::control);
    s.close(4003, "once is enough");
  });
  bool in_order = true;
  for (int i = 0; i < 100; ++i)
    in_order = in_order
               && payload_of(peer.read_frame(), 1) == std::to_string(i);
  CAF_CHECK(in_order);
  CAF_CHECK_EQUAL(payload_of(peer.read_frame(), 8),
                  close_payload(4002, "thank you"));
  peer.send_frame(1, "nobody reads this");
  peer.send_frame(9, "nor this");
  peer.send_frame(8, close_payload(4002));
  CAF_CHECK(peer.ended());
  CAF_CHECK_EQUAL(summary(seen->closed()), "closed_by_us 4002");
  CAF_CHECK_EQUAL(seen->texts.size(), 0u);
  CAF_CHECK(released(seen, loops));
}

CAF_TEST(we close a socket that was never started) {
  test_server server{loops};
  auto [peer, socket, seen] = connect_raw(server, false);
  run_on(socket, [&s = *socket] { s.close(1001, ""); });
  CAF_CHECK_EQUAL(payload_of(peer.read_frame(), 8), close_payload(1001));
  peer.send_frame(8, close_payload(1001));
  CAF_CHECK(peer.ended());
  // Whoever starts it now learns how it ended.
  start(socket, seen);
  CAF_CHECK_EQUAL(summary(seen->closed()), "closed_by_us 1001");
}

CAF_TEST(both close at once) {
  test_server server{loops};
  auto [peer, socket, seen] = connect_raw(server, false);
  peer.send_frame(8, close_payload(4001));
  run_on(socket, [&s = *socket, &seen = seen] {
    s.start(seen->events());
    s.close(4002, "");
  });
  CAF_CHECK_EQUAL(payload_of(peer.read_frame(), 8), close_payload(4002));
  CAF_CHECK(peer.ended());
  CAF_CHECK_EQUAL(summary(seen->closed()), "closed_by_us 4001");
}

CAF_TEST(a long reason is cut between characters) {
  test_server server{loops};
  auto [peer, socket, seen] = connect_raw(server);
  std::string reason;
  for (int i = 0; i < 100; ++i)
    reason += "\xc3\xa4"; // Two bytes, and 123 is odd.
  run_on(socket, [&s = *socket, &reason] { s.close(1000, reason); });
  CAF_CHECK_EQUAL(payload_of(peer.read_frame(), 8),
                  close_payload(1000, reason.substr(0, 122)));
}

CAF_TEST(a peer that does not answer our close is left) {
  ws_limits limits;
  limits.close_timeout_ms = 30;
  test_server server{loops, {}, limits};
  auto [peer, socket, seen] = connect_raw(server);
  run_on(socket, [&s = *socket] { s.close(1000, ""); });
  CAF_CHECK_EQUAL(summary(seen->closed()), "timeout 1006");
  CAF_CHECK_EQUAL(payload_of(peer.read_frame(), 8), close_payload(1000));
  CAF_CHECK(peer.ended());
  CAF_CHECK(released(seen, loops));
}

CAF_TEST(a peer that does not read what is queued is left) {
  ws_limits limits;
  limits.close_timeout_ms = 30;
  limits.max_queued_bytes = 64 * 1024 * 1024;
  test_server server{loops, {}, limits};
  auto [peer, socket, seen] = connect_raw(server);
  run_on(socket, [&s = *socket] {
    s.send(std::string(32 * 1024 * 1024, 'x'), frame_class::control);
    s.close(1000, "");
  });
  CAF_CHECK_EQUAL(summary(seen->closed()), "timeout 1006");
}

CAF_TEST(a connection that ends without a close frame is lost) {
  test_server server{loops};
  {
    auto [peer, socket, seen] = connect_raw(server);
    peer.shutdown_send();
    auto end = seen->closed();
    CAF_CHECK_EQUAL(summary(end), "lost 1006");
    CAF_CHECK(end && end->error.empty());
  }
  {
    auto [peer, socket, seen] = connect_raw(server);
    peer.send(make_frame(1, std::string(1000, 'x'), true, true).substr(0, 500));
    peer.reset();
    auto end = seen->closed();
    CAF_CHECK_EQUAL(summary(end), "lost 1006");
    CAF_CHECK_EQUAL(seen->texts.size(), 0u);
    CAF_CHECK(released(seen, loops));
  }
  {
    // While we wait for the answer to our close frame.
    auto [peer, socket, seen] = connect_raw(server);
    run_on(socket, [&s = *socket] { s.close(1000, ""); });
    CAF_CHECK_EQUAL(payload_of(peer.read_frame(), 8), close_payload(1000));
    peer.shutdown_send();
    CAF_CHECK_EQUAL(summary(seen->closed()), "lost 1006");
  }
}

CAF_TEST_FIXTURE_SCOPE_END()
