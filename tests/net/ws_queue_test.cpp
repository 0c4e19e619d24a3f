#define CAF_SUITE net.ws_queue

#include "net/ws_queue.hpp"

#include "caf/test/dsl.hpp"

#include "raw_client.hpp"

using namespace offhook::net;
using namespace offhook::net::test;
using namespace std::literals;

CAF_TEST_FIXTURE_SCOPE(ws_queue_tests, socket_fixture)

CAF_TEST(a slow reader costs old media and is told of) {
  ws_limits limits;
  limits.max_queued_bytes = 100 * 1000;
  test_server server{loops, {}, limits};
  auto [peer, socket, seen] = connect_raw(server);
  // More than the kernel takes, in one turn of the loop or in many.
  constexpr std::size_t count = 40'000;
  std::size_t queued = 0;
  for (std::size_t i = 0; i < count; i += 1000)
    run_on(socket, [&, &s = *socket] {
      for (auto k = i; k < i + 1000; ++k) {
        auto text = std::to_string(k);
        s.send(text + std::string(1000 - text.size(), ' '), frame_class::media);
      }
      queued = std::max(queued, s.queued_bytes());
    });
  CAF_CHECK_EQUAL(queued, limits.max_queued_bytes);
  run_on(socket, [&s = *socket] { s.close(1000, ""); });
  std::size_t got = 0;
  long last = -1;
  bool in_order = true;
  while (auto frame = peer.read_frame()) {
    if (frame->opcode == 8)
      break;
    auto n = std::stol(frame->payload);
    in_order = in_order && n > last;
    last = n;
    ++got;
  }
  peer.send_frame(8, close_payload(1000));
  CAF_CHECK(seen->closed().has_value());
  CAF_CHECK(in_order);
  CAF_CHECK_EQUAL(last, static_cast<long>(count) - 1); // The newest stays.
  std::size_t dropped = 0;
  while (seen->dropped.size() > 0)
    dropped += *seen->dropped.get();
  CAF_CHECK_GREATER(dropped, 0u);
  CAF_CHECK_EQUAL(got + dropped, count);
}

CAF_TEST(a control frame that does not fit fails the socket) {
  ws_limits limits;
  limits.max_queued_bytes = 100 * 1000;
  test_server server{loops, {}, limits};
  auto [peer, socket, seen] = connect_raw(server);
  run_on(socket, [&s = *socket] {
    for (int i = 0; i < 101; ++i)
      s.send(std::string(1000, 'x'), frame_class::control);
  });
  CAF_CHECK_EQUAL(summary(seen->closed()), "overflow 1006");
  CAF_CHECK_EQUAL(seen->dropped.size(), 0u);
  CAF_CHECK(released(seen, loops));
}

CAF_TEST(a queue makes room among its media only) {
  ws_queue queue{10};
  using kind = frame_class;
  CAF_CHECK_EQUAL(queue.push("aaa", kind::media).dropped, 0u);
  CAF_CHECK_EQUAL(queue.push("BBB", kind::control).dropped, 0u);
  CAF_CHECK_EQUAL(queue.push("ccc", kind::media).dropped, 0u);
  CAF_CHECK_EQUAL(queue.push("ddd", kind::media).dropped, 1u);    // aaa
  CAF_CHECK_EQUAL(queue.push("EEEE", kind::control).dropped, 1u); // ccc
  CAF_CHECK_EQUAL(queue.push("fff", kind::media).dropped, 1u);    // ddd
  auto big = queue.push("gggg", kind::media); // fff, and still no room
  CAF_CHECK_EQUAL(big.dropped, 2u);
  CAF_CHECK(!big.overflow);
  CAF_CHECK(queue.push("HHHH", kind::control).overflow);
  CAF_CHECK_EQUAL(queue.take(), "BBB");
  // What is under way still counts.
  CAF_CHECK_EQUAL(queue.bytes(), 7u);
  CAF_CHECK(queue.push("HHHH", kind::control).overflow);
  queue.done(3);
  CAF_CHECK(!queue.push("HHHH", kind::control).overflow);
  CAF_CHECK_EQUAL(queue.take(), "EEEE");
  CAF_CHECK_EQUAL(queue.take(), "HHHH");
  CAF_CHECK(queue.empty());
}

CAF_TEST_FIXTURE_SCOPE_END()
