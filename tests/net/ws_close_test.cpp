#define CAF_SUITE net.ws_close

#include "net/web_socket.hpp"

#include "caf/test/dsl.hpp"

#include <stdexcept>

#include "harness.hpp"
#include "net/ws_queue.hpp"
#include "raw_peer.hpp"

using namespace offhook::net;
using namespace offhook::net::test;
using namespace std::literals;

namespace {

struct fixture {
  running_loops loops{2};

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

  /// Nothing holds the callbacks any more. They go a moment after the last one.
  static bool released(const std::shared_ptr<recorder>& seen,
                       running_loops& loops) {
    for (std::size_t i = 0; i < 2; ++i)
      loops.on(i, [] {});
    return seen.use_count() == 1;
  }
};

std::string payload_of(const std::optional<raw_peer::frame>& x, int opcode) {
  return x && x->opcode == opcode ? x->payload : "no such frame";
}

} // namespace

CAF_TEST_FIXTURE_SCOPE(ws_close_tests, fixture)

CAF_TEST(the peer closes) {
  test_server server{loops};
  auto [peer, socket, seen] = raw_client(server);
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
  auto [peer, socket, seen] = raw_client(server);
  peer.send_frame(8, "");
  CAF_CHECK_EQUAL(payload_of(peer.read_frame(), 8), close_payload(1000));
  CAF_CHECK_EQUAL(summary(seen->closed()), "peer_closed 1005");
}

CAF_TEST(a close of the peer is told although its connection stays) {
  ws_limits limits;
  limits.close_timeout_ms = 1'000'000;
  limits.idle_timeout_ms = 1'000'000;
  test_server server{loops, {}, limits};
  auto [peer, socket, seen] = raw_client(server);
  peer.send_frame(8, close_payload(1000));
  // The peer does nothing more, and nobody has to wait for it.
  CAF_CHECK_EQUAL(summary(seen->closed()), "peer_closed 1000");
}

CAF_TEST(we close) {
  test_server server{loops};
  auto [peer, socket, seen] = raw_client(server);
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
  auto [peer, socket, seen] = raw_client(server, false);
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
  auto [peer, socket, seen] = raw_client(server, false);
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
  auto [peer, socket, seen] = raw_client(server);
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
  auto [peer, socket, seen] = raw_client(server);
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
  auto [peer, socket, seen] = raw_client(server);
  run_on(socket, [&s = *socket] {
    s.send(std::string(32 * 1024 * 1024, 'x'), frame_class::control);
    s.close(1000, "");
  });
  CAF_CHECK_EQUAL(summary(seen->closed()), "timeout 1006");
}

CAF_TEST(a connection that ends without a close frame is lost) {
  test_server server{loops};
  {
    auto [peer, socket, seen] = raw_client(server);
    peer.shutdown_send();
    auto end = seen->closed();
    CAF_CHECK_EQUAL(summary(end), "lost 1006");
    CAF_CHECK(end && end->error.empty());
  }
  {
    auto [peer, socket, seen] = raw_client(server);
    peer.send(make_frame(1, std::string(1000, 'x'), true, true).substr(0, 500));
    peer.reset();
    auto end = seen->closed();
    CAF_CHECK_EQUAL(summary(end), "lost 1006");
    CAF_CHECK_EQUAL(seen->texts.size(), 0u);
    CAF_CHECK(released(seen, loops));
  }
  {
    // While we wait for the answer to our close frame.
    auto [peer, socket, seen] = raw_client(server);
    run_on(socket, [&s = *socket] { s.close(1000, ""); });
    CAF_CHECK_EQUAL(payload_of(peer.read_frame(), 8), close_payload(1000));
    peer.shutdown_send();
    CAF_CHECK_EQUAL(summary(seen->closed()), "lost 1006");
  }
}

CAF_TEST(abort ends without a close frame) {
  test_server server{loops};
  auto [peer, socket, seen] = raw_client(server);
  run_on(socket, [&s = *socket] {
    s.abort();
    s.abort();
    s.close(1000, "");
    s.send("no", frame_class::control);
  });
  CAF_CHECK(peer.ended());
  auto end = seen->closed();
  CAF_CHECK_EQUAL(summary(end), "lost 1006");
  CAF_CHECK(end && end->error == "aborted");
  CAF_CHECK(released(seen, loops));
  CAF_CHECK_EQUAL(seen->ends.size(), 0u); // Told once.
}

CAF_TEST(the last handle takes the socket along without a word) {
  test_server server{loops};
  auto [peer, socket, seen] = raw_client(server);
  socket.reset(); // On a thread that is not the loop's.
  CAF_CHECK(peer.ended());
  while (!released(seen, loops))
    ;
  CAF_CHECK_EQUAL(seen->ends.size(), 0u);
}

CAF_TEST(a socket that was closed lives on without a handle) {
  test_server server{loops};
  auto [peer, socket, seen] = raw_client(server);
  run_on(socket, [&s = *socket] {
    s.send("last", frame_class::media);
    s.close(1000, "");
  });
  socket.reset();
  CAF_CHECK_EQUAL(payload_of(peer.read_frame(), 1), "last");
  CAF_CHECK_EQUAL(payload_of(peer.read_frame(), 8), close_payload(1000));
  peer.send_frame(8, close_payload(1000));
  CAF_CHECK_EQUAL(summary(seen->closed()), "closed_by_us 1000");
}

CAF_TEST(everything may be called from within a callback) {
  test_server server{loops};
  auto in_callback = [&](auto f) {
    auto [peer, socket, seen] = raw_client(server, false);
    auto held = std::make_shared<web_socket_ptr>(std::move(socket));
    seen->on_text = [f, held](std::string_view) { f(*held); };
    start(*held, seen);
    peer.send_frame(1, "one");
    peer.send_frame(1, "two");
    CAF_CHECK_EQUAL(seen->text().value_or(""), "one");
    seen->on_text = nullptr;
    return std::pair{std::move(peer), seen};
  };
  {
    auto [peer, seen] = in_callback([](auto& s) { s->close(1000, "x"); });
    CAF_CHECK_EQUAL(payload_of(peer.read_frame(), 8), close_payload(1000, "x"));
    peer.send_frame(8, close_payload(1000));
    CAF_CHECK_EQUAL(summary(seen->closed()), "closed_by_us 1000");
    CAF_CHECK_EQUAL(seen->texts.size(), 0u);
  }
  {
    auto [peer, seen] = in_callback([](auto& s) { s->abort(); });
    CAF_CHECK_EQUAL(summary(seen->closed()), "lost 1006");
    CAF_CHECK_EQUAL(seen->texts.size(), 0u);
  }
  {
    auto [peer, seen] = in_callback([](auto& s) { s.reset(); });
    CAF_CHECK(peer.ended());
    CAF_CHECK_EQUAL(seen->texts.size(), 0u);
  }
  {
    auto [peer, seen] = in_callback([](auto& s) {
      s->pause();
      s.reset();
    });
    CAF_CHECK(peer.ended());
  }
  {
    auto [peer, seen] = in_callback([](auto& s) {
      s->send("answer", frame_class::media);
      s->close(1000, "");
      s.reset();
    });
    CAF_CHECK_EQUAL(payload_of(peer.read_frame(), 1), "answer");
    CAF_CHECK_EQUAL(payload_of(peer.read_frame(), 8), close_payload(1000));
  }
}

CAF_TEST(a slow reader costs old media and is told of) {
  ws_limits limits;
  limits.max_queued_bytes = 100 * 1000;
  test_server server{loops, {}, limits};
  auto [peer, socket, seen] = raw_client(server);
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
  auto [peer, socket, seen] = raw_client(server);
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

CAF_TEST(a loop that ends with open sockets leaves nothing behind) {
  std::vector<std::shared_ptr<recorder>> all;
  std::vector<web_socket_ptr> handles;
  bool clean = true;
  for (int round = 0; round < 100; ++round) {
    running_loops own{2};
    auto server = std::make_unique<test_server>(own);
    auto pair = connect_pair(own, *server,
                             {.url = server->url("ws"), .limits = {}});
    for (auto& socket : {pair.server, pair.client}) {
      auto seen = all.emplace_back(std::make_shared<recorder>());
      start(socket, seen);
      if (round % 3 == 0)
        handles.push_back(socket); // Outlives its loop.
    }
    own.on(pair.client->loop().index(), [&] {
      pair.client->send(std::string(100'000, 'x'), frame_class::control);
      ws_connect(pair.client->loop(), {.url = server->url("ws"), .limits = {}},
                 [seen = all.back()](auto) {});
      if (round % 2 == 0)
        pair.client->close(1000, "");
    });
    own.destroy();
    server->forget();
  }
  handles.clear();
  for (auto& seen : all)
    clean = clean && seen.use_count() == 1;
  CAF_CHECK(clean);
}

CAF_TEST_FIXTURE_SCOPE_END()
