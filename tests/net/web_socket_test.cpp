#define CAF_SUITE net.web_socket

#include "net/web_socket.hpp"

#include "caf/test/dsl.hpp"

#include <algorithm>
#include <stdexcept>

#include "harness.hpp"
#include "raw_peer.hpp"

using namespace offhook::net;
using namespace offhook::net::test;
using namespace std::literals;

namespace {

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != text.npos;
}

struct fixture {
  running_loops loops{2};

  /// A raw client of `server`, and the server's side of it.
  struct half_raw {
    raw_peer peer;
    web_socket_ptr socket;
    std::shared_ptr<recorder> seen = std::make_shared<recorder>();
  };

  half_raw raw_client(test_server& server, bool started = true) {
    raw_peer peer{server.port()};
    peer.upgrade();
    half_raw result{std::move(peer), server.sockets.get().value_or(nullptr)};
    if (!result.socket)
      throw std::runtime_error{"not accepted"};
    if (started)
      start(result.socket, result.seen);
    return result;
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(web_socket_tests, fixture)

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

CAF_TEST(messages go both ways in order) {
  test_server server{loops};
  auto [peer, socket, seen] = raw_client(server);
  std::string all;
  for (int i = 0; i < 500; ++i)
    all += make_frame(1, std::to_string(i), true, true);
  peer.send(all);
  bool in_order = true;
  for (int i = 0; i < 500; ++i)
    in_order = in_order && seen->text() == std::to_string(i);
  CAF_CHECK(in_order);
  run_on(socket, [&s = *socket] {
    for (int i = 0; i < 500; ++i)
      s.send(std::to_string(i), frame_class::control);
  });
  for (int i = 0; i < 500; ++i) {
    auto frame = peer.read_frame();
    in_order = in_order && frame && frame->opcode == 1
               && frame->payload == std::to_string(i);
  }
  CAF_CHECK(in_order);
}

CAF_TEST(fragments make one message with control frames between them) {
  test_server server{loops};
  auto [peer, socket, seen] = raw_client(server);
  peer.send_frame(1, "one ", false);
  peer.send_frame(9, "ping");
  peer.send_frame(0, "two ", false);
  peer.send_frame(10, "a pong that nobody asked for");
  peer.send_frame(0, "", true);
  CAF_CHECK_EQUAL(seen->text().value_or(""), "one two ");
  auto pong = peer.read_frame();
  CAF_CHECK(pong && pong->opcode == 10 && pong->payload == "ping");
  peer.send_frame(2, std::string(1000, '\0'));
  CAF_CHECK_EQUAL(seen->binaries.get().value_or(0), 1000u);
  // Byte by byte, header and payload.
  for (char c : make_frame(1, std::string(300, 'x'), true, true))
    peer.send({&c, 1});
  CAF_CHECK_EQUAL(seen->text().value_or("").size(), 300u);
  peer.send_frame(1, "");
  CAF_CHECK_EQUAL(seen->text().value_or("none"), "");
}

CAF_TEST(a text has spare zeroes behind it) {
  test_server server{loops};
  auto [peer, socket, seen] = raw_client(server, false);
  channel<bool> zeroes;
  seen->on_text = [&](std::string_view text) {
    auto spare = std::string_view{text.data() + text.size(), 16};
    zeroes.put(std::all_of(spare.begin(), spare.end(),
                           [](char c) { return c == '\0'; }));
  };
  start(socket, seen);
  for (auto size : {1000, 0, 1, 70, 1024, 5000, 40'000}) {
    peer.send_frame(1, std::string(static_cast<std::size_t>(size), 'x'));
    CAF_CHECK(zeroes.get() == true);
  }
}

CAF_TEST(16 MiB pass in both directions) {
  constexpr std::size_t size = 16 * 1024 * 1024;
  ws_limits limits;
  limits.max_message_bytes = size;
  limits.max_queued_bytes = 2 * size;
  test_server server{loops, {}, limits};
  auto pair = connect_pair(loops, server,
                           {.url = server.url("ws"), .limits = limits});
  auto at_server = std::make_shared<recorder>();
  auto at_client = std::make_shared<recorder>();
  start(pair.server, at_server);
  start(pair.client, at_client);
  std::string text(size, 'x');
  for (std::size_t i = 0; i < size; i += 4096)
    text[i] = static_cast<char>('a' + i / 4096 % 26);
  for (int i = 0; i < 2; ++i) {
    run_on(pair.client, [&] { pair.client->send(text, frame_class::control); });
    CAF_CHECK(at_server->text() == text);
    run_on(pair.server, [&] { pair.server->send(text, frame_class::control); });
    CAF_CHECK(at_client->text() == text);
  }
}

CAF_TEST(a message beyond the limit fails the socket with 1009) {
  ws_limits limits;
  limits.max_message_bytes = 1000;
  test_server server{loops, {}, limits};
  {
    auto [peer, socket, seen] = raw_client(server);
    peer.send_frame(1, std::string(1000, 'x'));
    CAF_CHECK_EQUAL(seen->text().value_or("").size(), 1000u);
    peer.send_frame(1, std::string(1001, 'x'));
    auto frame = peer.read_frame();
    CAF_REQUIRE(frame.has_value());
    CAF_CHECK_EQUAL(frame->opcode, 8);
    CAF_CHECK_EQUAL(frame->payload, close_payload(1009));
    peer.reset();
    CAF_CHECK_EQUAL(summary(seen->closed()), "protocol_error 1009");
  }
  auto [peer, socket, seen] = raw_client(server);
  peer.send_frame(1, std::string(600, 'x'), false);
  peer.send_frame(0, std::string(600, 'x'), false);
  auto frame = peer.read_frame();
  CAF_CHECK(frame && frame->payload == close_payload(1009));
}

CAF_TEST(what breaks RFC 6455 fails the socket with its code) {
  test_server server{loops};
  auto code_for = [&](std::string_view bytes) {
    auto [peer, socket, seen] = raw_client(server);
    peer.send(bytes);
    peer.shutdown_send();
    auto frame = peer.read_frame();
    auto said = frame && frame->opcode == 8 ? frame->payload : "none"s;
    CAF_CHECK_EQUAL(summary(seen->closed()).substr(0, 14), "protocol_error");
    return said;
  };
  CAF_CHECK_EQUAL(code_for(make_frame(1, "unmasked", true, false)),
                  close_payload(1002));
  CAF_CHECK_EQUAL(code_for(make_frame(3, "reserved", true, true)),
                  close_payload(1002));
  CAF_CHECK_EQUAL(code_for(make_frame(0, "nothing to go on", true, true)),
                  close_payload(1002));
  CAF_CHECK_EQUAL(code_for(make_frame(9, std::string(126, 'x'), true, true)),
                  close_payload(1002));
  CAF_CHECK_EQUAL(code_for(make_frame(1, "\xff\xfe", true, true)),
                  close_payload(1007));
  CAF_CHECK_EQUAL(code_for(make_frame(8, close_payload(1005), true, true)),
                  close_payload(1002));
}

CAF_TEST(pongs keep a silent socket alive and their absence ends it) {
  ws_limits limits;
  limits.ping_interval_ms = 10;
  limits.idle_timeout_ms = 500;
  test_server server{loops, {}, limits};
  auto [peer, socket, seen] = raw_client(server);
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
  auto [peer, socket, seen] = raw_client(server, false);
  auto other = raw_client(server);
  CAF_CHECK_EQUAL(summary(other.seen->closed()), "timeout 1006");
  peer.send_frame(1, "still there");
  start(socket, seen);
  CAF_CHECK_EQUAL(seen->text().value_or(""), "still there");
}

CAF_TEST(pause leaves what comes to the next start) {
  test_server server{loops};
  auto [peer, socket, seen] = raw_client(server, false);
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
  auto [peer, socket, seen] = raw_client(server);
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
  auto [peer, socket, seen] = raw_client(server, false);
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
  auto [peer, socket, seen] = raw_client(server, false);
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
  auto [peer, socket, seen] = raw_client(*server);
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
    auto [peer, socket, seen] = raw_client(server);
    raw_peer other{server.port()};
    CAF_CHECK(other.ended());
    run_on(socket, [&s = *socket] { s.abort(); });
    CAF_CHECK_EQUAL(summary(seen->closed()), "lost 1006");
  }
  raw_peer next{server.port()};
  CAF_CHECK(next.upgrade().starts_with("HTTP/1.1 101 "));
}

CAF_TEST_FIXTURE_SCOPE_END()
