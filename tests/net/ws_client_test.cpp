#define CAF_SUITE net.ws_client

#include "net/ws_client.hpp"

#include "caf/test/dsl.hpp"

#include <stdexcept>

#include "harness.hpp"
#include "raw_peer.hpp"
#include "tests/text.hpp"

using namespace offhook::net;
using namespace offhook::net::test;
using namespace std::literals;

namespace {

using offhook::tests::has;

struct fixture {
  running_loops loops{2};

  std::string error_text(const connect_result& x) {
    auto* error = std::get_if<connect_error>(&x);
    return error ? error->text : "open";
  }

  static std::string url(const raw_listener& x) {
    return "ws://127.0.0.1:" + std::to_string(x.port()) + "/path?q=1";
  }

  /// What comes of a dial whose upgrade is answered with `response`.
  connect_result answered(std::string_view response) {
    raw_listener listener;
    channel<connect_result> results;
    loops.on(0, [&] {
      ws_connect(loops[0], {.url = url(listener)},
                 [&](connect_result x) { results.put(std::move(x)); });
    });
    auto peer = listener.accept();
    peer.read_until("\r\n\r\n");
    peer.send(response);
    peer.shutdown_send();
    auto result = results.get();
    return result ? std::move(*result) : connect_error{};
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(ws_client_tests, fixture)

CAF_TEST(a dial sends what it was told and arrives paused) {
  raw_listener listener;
  channel<connect_result> results;
  bool within = false;
  loops.on(0, [&] {
    within = true;
    ws_connect(loops[0],
               {.url = url(listener),
                .headers = {{"Authorization", "Bearer secret"},
                            {"X-Two", "a"},
                            {"X-Two", "b"},
                            {"User-Agent", "me"}}},
               [&](connect_result x) {
                 if (within || shard_loop::current() != &loops[0])
                   x = connect_error{};
                 results.put(std::move(x));
               });
    within = false;
  });
  auto peer = listener.accept();
  auto request = peer.read_until("\r\n\r\n");
  CAF_CHECK(request.starts_with("GET /path?q=1 HTTP/1.1\r\n"));
  CAF_CHECK(has(request, "\r\nHost: 127.0.0.1:"
                           + std::to_string(listener.port()) + "\r\n"));
  CAF_CHECK(has(request, "\r\nAuthorization: Bearer secret\r\n"));
  CAF_CHECK(has(request, "\r\nX-Two: a\r\n"));
  CAF_CHECK(has(request, "\r\nX-Two: b\r\n"));
  CAF_CHECK(has(request, "\r\nUser-Agent: me\r\n"));
  CAF_CHECK(!has(request, "\r\nUser-Agent: offhook\r\n"));
  CAF_CHECK(!has(request, "Sec-WebSocket-Extensions"));
  CAF_CHECK_EQUAL(results.size(), 0u);
  loops.stop(); // The dial fails with its peer, and what it calls is gone then.
}

CAF_TEST(messages go both ways and each of ours is masked) {
  raw_listener listener;
  channel<connect_result> results;
  loops.on(0, [&] {
    ws_connect(loops[0], {.url = url(listener)},
               [&](connect_result x) { results.put(std::move(x)); });
  });
  auto peer = listener.accept_websocket();
  peer.send_frame(1, "right behind the handshake", true, false);
  auto socket = dialled(results.get().value());
  auto seen = std::make_shared<recorder>();
  start(socket, seen);
  CAF_CHECK_EQUAL(seen->text().value_or(""), "right behind the handshake");
  run_on(socket, [&] {
    for (int i = 0; i < 100; ++i)
      socket->send(std::string(static_cast<std::size_t>(i * 100), 'x'),
                   frame_class::media);
  });
  bool same = true;
  for (int i = 0; i < 100; ++i) {
    auto frame = peer.read_frame();
    same = same && frame
           && frame->payload
                == std::string(static_cast<std::size_t>(i * 100), 'x');
  }
  CAF_CHECK(same);
  peer.send_frame(9, "p", true, false);
  auto pong = peer.read_frame();
  CAF_CHECK(pong && pong->opcode == 10 && pong->payload == "p");
  peer.send_frame(8, close_payload(1012, "restart"), true, false);
  auto close = peer.read_frame();
  CAF_CHECK(close && close->payload == close_payload(1012));
  CAF_CHECK_EQUAL(summary(seen->closed()), "peer_closed 1012 restart");
}

CAF_TEST(a client closes a server and the other way round) {
  test_server server{loops};
  for (auto client_first : {true, false}) {
    auto pair = connect_pair(loops, server, {.url = server.url("ws")});
    auto at_client = std::make_shared<recorder>();
    auto at_server = std::make_shared<recorder>();
    start(pair.client, at_client);
    start(pair.server, at_server);
    auto& first = client_first ? pair.client : pair.server;
    run_on(first, [&] { first->close(4000, "done"); });
    auto& told = client_first ? at_server : at_client;
    auto& asked = client_first ? at_client : at_server;
    CAF_CHECK_EQUAL(summary(told->closed()), "peer_closed 4000 done");
    CAF_CHECK_EQUAL(summary(asked->closed()), "closed_by_us 4000");
  }
}

CAF_TEST(a frame that is masked by a server is an error) {
  raw_listener listener;
  channel<connect_result> results;
  loops.on(0, [&] {
    ws_connect(loops[0], {.url = url(listener)},
               [&](connect_result x) { results.put(std::move(x)); });
  });
  auto peer = listener.accept_websocket();
  auto socket = dialled(results.get().value());
  auto seen = std::make_shared<recorder>();
  start(socket, seen);
  peer.send_frame(1, "masked");
  peer.shutdown_send();
  CAF_CHECK_EQUAL(summary(seen->closed()), "protocol_error 1002");
}

CAF_TEST(a URL or header that is none is told as such) {
  auto dial_url = [&](std::string url) {
    return summary(dial(loops, 0, {.url = std::move(url)}));
  };
  CAF_CHECK_EQUAL(dial_url("http://127.0.0.1/"), "bad_url");
  CAF_CHECK_EQUAL(dial_url(""), "bad_url");
  CAF_CHECK_EQUAL(summary(
                    dial(loops, 0,
                         {.url = "ws://127.0.0.1/",
                          .headers = {{"Authorization", "secret\r\nX: y"}}})),
                  "bad_url");
  // A secure one without anything to verify it by.
  CAF_CHECK_EQUAL(dial_url("wss://127.0.0.1:1/"), "tls");
}

CAF_TEST(a port that nobody listens on is told as such) {
  std::uint16_t port = 0;
  {
    raw_listener closed;
    port = closed.port();
  }
  auto result = dial(loops, 0,
                     {.url = "ws://127.0.0.1:" + std::to_string(port) + "/"});
  CAF_CHECK_EQUAL(summary(result), "connect");
  CAF_CHECK(has(error_text(result),
                "127.0.0.1:" + std::to_string(port) + ": Connection refused"));
}

CAF_TEST(localhost needs no name server and takes the family that answers) {
  test_server server{loops}; // IPv4 only.
  auto result = dial(
    loops, 0, {.url = "ws://localhost:" + std::to_string(server.port()) + "/"});
  CAF_CHECK_EQUAL(summary(result), "open");
}

CAF_TEST(an IPv6 address is dialled) {
  listener_options options;
  options.address = "::1";
  test_server server{loops, options};
  auto result = dial(
    loops, 0, {.url = "ws://[::1]:" + std::to_string(server.port()) + "/"});
  CAF_CHECK_EQUAL(summary(result), "open");
}

CAF_TEST(a refusal is told with status and body) {
  auto refused
    = answered("HTTP/1.1 401 Unauthorized\r\nContent-Length: 5000\r\n"
               "\r\n"
               + std::string(5000, 'x'));
  CAF_CHECK_EQUAL(summary(refused), "refused 401");
  CAF_CHECK_EQUAL(std::get<connect_error>(refused).body,
                  std::string(4096, 'x'));
  CAF_CHECK(!has(error_text(refused), "x")); // What is logged is ours.
  // Nobody follows it, least of all with a key.
  CAF_CHECK_EQUAL(summary(answered("HTTP/1.1 302 Found\r\nContent-Length: 0\r\n"
                                   "Location: ws://127.0.0.1:1/\r\n\r\n")),
                  "refused 302");
  CAF_CHECK_EQUAL(summary(answered("HTTP/1.1 200 OK\r\n\r\nuntil the end")),
                  "refused 200");
  CAF_CHECK_EQUAL(summary(answered(
                    "HTTP/1.1 503 x\r\nTransfer-Encoding: chunked\r\n\r\n"
                    "3\r\nabc\r\n0\r\n\r\n")),
                  "refused 503");
  auto wrong = answered("HTTP/1.1 101 x\r\nConnection: upgrade\r\n"
                        "Upgrade: websocket\r\n"
                        "Sec-WebSocket-Accept: wrong\r\n\r\n");
  CAF_CHECK_EQUAL(summary(wrong), "refused 101");
  // A header that does not fit into one read.
  CAF_CHECK_EQUAL(summary(answered("HTTP/1.1 429 x\r\nContent-Length: 0\r\nX: "
                                   + std::string(4000, 'x') + "\r\n\r\n")),
                  "refused 429");
}

CAF_TEST(an answer that is none is told as such) {
  CAF_CHECK_EQUAL(summary(answered("nonsense\r\n\r\n")), "refused");
  CAF_CHECK_EQUAL(summary(answered("")), "connect");
  CAF_CHECK_EQUAL(summary(answered("HTTP/1.1 101 x\r\nConn")), "connect");
}

CAF_TEST(a peer that says nothing is given up) {
  raw_listener listener;
  ws_limits limits;
  limits.handshake_timeout_ms = 50;
  auto result = dial(loops, 0, {.url = url(listener), .limits = limits});
  CAF_CHECK_EQUAL(summary(result), "timeout");
  CAF_CHECK(has(error_text(result), "in the upgrade"));
  listener.accept().read_all(); // It was connected, and is not any more.
}

CAF_TEST(a dial can be cancelled at every stage) {
  raw_listener listener;
  auto called = std::make_shared<channel<std::string>>();
  auto begin = [&](std::string url, std::shared_ptr<tls_trust> trust = {}) {
    return ws_connect(loops[0], {.url = std::move(url), .trust = trust},
                      [called](connect_result x) { called->put(summary(x)); });
  };
  // Before anything happened, and twice.
  loops.on(0, [&] {
    auto dial = begin(url(listener));
    dial->cancel();
    dial->cancel();
  });
  std::shared_ptr<ws_dial> under_way;
  // In the upgrade.
  loops.on(0, [&] { under_way = begin(url(listener)); });
  auto peer = listener.accept();
  peer.read_until("\r\n\r\n");
  loops.on(0, [&] { under_way->cancel(); });
  CAF_CHECK(peer.ended());
  // In the TLS handshake.
  auto trust = std::make_shared<tls_trust>("");
  loops.on(0, [&] {
    under_way = begin(
      "wss://127.0.0.1:" + std::to_string(listener.port()) + "/", trust);
  });
  auto secure = listener.accept();
  secure.read_exactly(10);
  loops.on(0, [&] { under_way->cancel(); });
  secure.read_all();
  // With the result on its way.
  test_server server{loops};
  loops.on(0, [&] { under_way = begin(server.url("ws")); });
  auto socket = server.sockets.get();
  loops.on(0, [&] { under_way->cancel(); });
  // After the end.
  loops.on(0, [&] { under_way->cancel(); });
  loops.on(0, [] {});
  CAF_CHECK_LESS(called->size(), 2u); // The last may have been faster.
}

CAF_TEST(who drops the result ends the connection) {
  raw_listener listener;
  loops.on(0, [&] {
    ws_connect(loops[0], {.url = url(listener)}, [](connect_result) {});
  });
  auto peer = listener.accept_websocket();
  CAF_CHECK(peer.ended());
}

CAF_TEST(all kinds and causes have names) {
  for (auto x : {connect_error::kind::bad_url, connect_error::kind::resolve,
                 connect_error::kind::connect, connect_error::kind::tls,
                 connect_error::kind::refused, connect_error::kind::timeout,
                 connect_error::kind::cancelled})
    CAF_CHECK_NOT_EQUAL(std::string{to_string(x)}, "unknown");
  using cause = ws_closed::cause;
  for (auto x : {cause::peer_closed, cause::closed_by_us, cause::lost,
                 cause::timeout, cause::overflow, cause::protocol_error})
    CAF_CHECK_NOT_EQUAL(std::string{to_string(x)}, "unknown");
}

CAF_TEST_FIXTURE_SCOPE_END()
