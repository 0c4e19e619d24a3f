#define CAF_SUITE net.upgrade

#include "net/listener.hpp"

#include "caf/test/dsl.hpp"

#include "raw_client.hpp"
#include "tests/text.hpp"

using namespace offhook::net;
using namespace offhook::net::test;
using namespace std::literals;

namespace {

using offhook::tests::has;

struct fixture {
  running_loops loops{2};
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(upgrade_tests, fixture)

CAF_TEST(an upgrade is answered as RFC 6455 says) {
  test_server server{loops};
  raw_peer peer{server.port()};
  auto response = peer.upgrade("/path");
  CAF_CHECK(response.starts_with("HTTP/1.1 101 "));
  CAF_CHECK(
    has(response, "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo="));
  CAF_CHECK(has(response, "Server: offhook"));
  CAF_CHECK(!has(response, "Sec-WebSocket-Extensions"));
  auto socket = server.sockets.get();
  CAF_CHECK(socket.has_value() && *socket != nullptr);
}

CAF_TEST(the application may refuse an upgrade and the connection stays) {
  test_server server{loops};
  server.on_upgrade = [](http_request head, http_reply_ptr reply) {
    http_response response;
    response.status = 403;
    response.body = head.path;
    reply->send(response);
  };
  raw_peer peer{server.port()};
  for (auto path : {"/a", "/b"}) {
    auto response = peer.upgrade(path);
    CAF_CHECK(response.starts_with("HTTP/1.1 403 "));
    CAF_CHECK(response.ends_with(path));
  }
}

CAF_TEST(what is no valid upgrade never reaches on_upgrade) {
  test_server server{loops};
  auto begin = "GET / HTTP/1.1\r\nHost: x\r\n"s;
  auto upgrade = "Connection: Upgrade\r\nUpgrade: websocket\r\n"s;
  auto key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"s;
  auto response_to = [&](const std::string& x) {
    raw_peer peer{server.port()};
    peer.send(x);
    return peer.read_all();
  };
  auto old
    = response_to(begin + upgrade + key + "Sec-WebSocket-Version: 8\r\n\r\n");
  CAF_CHECK(old.starts_with("HTTP/1.1 426 "));
  CAF_CHECK(has(old, "Sec-WebSocket-Version: 13"));
  CAF_CHECK(response_to(begin + upgrade + "Sec-WebSocket-Version: 13\r\n\r\n")
              .starts_with("HTTP/1.1 400 "));
  CAF_CHECK(response_to(begin + upgrade
                        + "Sec-WebSocket-Version: 13\r\n"
                          "Sec-WebSocket-Key: short\r\n\r\n")
              .starts_with("HTTP/1.1 400 "));
  // A POST and a half-hearted one are ordinary requests.
  raw_peer post{server.port()};
  post.send("POST / HTTP/1.1\r\nHost: x\r\n" + upgrade + key
            + "Content-Length: 0\r\n\r\n");
  CAF_CHECK(server.requests.get().has_value());
  raw_peer half{server.port()};
  half.send(begin + "Upgrade: websocket\r\n\r\n");
  CAF_CHECK(server.requests.get().has_value());
  CAF_CHECK_EQUAL(server.sockets.size(), 0u);
}

CAF_TEST(frames behind the upgrade request are not lost) {
  test_server server{loops};
  raw_peer peer{server.port()};
  peer.send("GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\n"
            "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
            + make_frame(1, "early", true, true));
  auto socket = server.sockets.get();
  CAF_REQUIRE(socket && *socket);
  auto seen = std::make_shared<recorder>();
  start(*socket, seen);
  CAF_CHECK_EQUAL(seen->text().value_or(""), "early");
}

CAF_TEST(stopping the listener leaves its sockets alone) {
  auto server = std::make_unique<test_server>(loops);
  auto [peer, socket, seen] = connect_raw(*server);
  server.reset(); // Waits for the end of all that is HTTP.
  peer.send_frame(1, "still here");
  CAF_CHECK_EQUAL(seen->text().value_or(""), "still here");
  run_on(socket, [&s = *socket] { s.send("so am I", frame_class::media); });
  auto frame = peer.read_frame();
  CAF_CHECK(frame && frame->payload == "so am I");
}

CAF_TEST(a socket holds its place among the connections) {
  listener_options options;
  options.max_connections = 1;
  test_server server{loops, options};
  {
    auto [peer, socket, seen] = connect_raw(server);
    raw_peer other{server.port()};
    CAF_CHECK(other.ended());
    run_on(socket, [&s = *socket] { s.abort(); });
    CAF_CHECK_EQUAL(summary(seen->closed()), "lost 1006");
  }
  raw_peer next{server.port()};
  CAF_CHECK(next.upgrade().starts_with("HTTP/1.1 101 "));
}

CAF_TEST_FIXTURE_SCOPE_END()
