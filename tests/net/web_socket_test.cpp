#define CAF_SUITE net.web_socket

#include "net/web_socket.hpp"

#include "caf/test/dsl.hpp"

#include <algorithm>

#include "raw_client.hpp"

using namespace offhook::net;
using namespace offhook::net::test;
using namespace std::literals;

namespace {

struct fixture {
  running_loops loops{2};
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(web_socket_tests, fixture)

CAF_TEST(messages go both ways in order) {
  test_server server{loops};
  auto [peer, socket, seen] = connect_raw(server);
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
  auto [peer, socket, seen] = connect_raw(server);
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

CAF_TEST(pings are answered in the middle of gathered bursts) {
  constexpr int bursts = 100;
  constexpr int burst = 50;
  ws_limits limits;
  limits.ping_interval_ms = 1;
  limits.max_queued_bytes = 16 * 1024 * 1024;
  test_server server{loops, {}, limits};
  auto [peer, socket, seen] = connect_raw(server);
  for (int i = 0; i < bursts; ++i) {
    peer.send_frame(9, std::to_string(i));
    run_on(socket, [&, &s = *socket] {
      for (int k = 0; k < burst; ++k)
        s.send(std::to_string(i * burst + k)
                 + std::string(k == 7 ? 50'000u : 100u, ' '),
               frame_class::control);
    });
  }
  int texts = 0;
  int pongs = 0;
  bool in_order = true;
  while (texts < bursts * burst || pongs < bursts) {
    auto frame = peer.read_frame();
    CAF_REQUIRE(frame.has_value());
    if (frame->opcode == 1)
      in_order = in_order && std::stoi(frame->payload) == texts++;
    else if (frame->opcode == 10)
      in_order = in_order && std::stoi(frame->payload) == pongs++;
  }
  CAF_CHECK(in_order);
  CAF_CHECK_EQUAL(seen->ends.size(), 0u);
}

CAF_TEST(a text has spare zeroes behind it) {
  test_server server{loops};
  auto [peer, socket, seen] = connect_raw(server, false);
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
    auto [peer, socket, seen] = connect_raw(server);
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
  auto [peer, socket, seen] = connect_raw(server);
  peer.send_frame(1, std::string(600, 'x'), false);
  peer.send_frame(0, std::string(600, 'x'), false);
  auto frame = peer.read_frame();
  CAF_CHECK(frame && frame->payload == close_payload(1009));
}

CAF_TEST(what breaks RFC 6455 fails the socket with its code) {
  test_server server{loops};
  auto code_for = [&](std::string_view bytes) {
    auto [peer, socket, seen] = connect_raw(server);
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

CAF_TEST_FIXTURE_SCOPE_END()
