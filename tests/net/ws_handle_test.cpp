#define CAF_SUITE net.ws_handle

#include "net/web_socket.hpp"

#include "caf/test/dsl.hpp"

#include "raw_client.hpp"

using namespace offhook::net;
using namespace offhook::net::test;
using namespace std::literals;

CAF_TEST_FIXTURE_SCOPE(ws_handle_tests, socket_fixture)

CAF_TEST(abort ends without a close frame) {
  test_server server{loops};
  auto [peer, socket, seen] = connect_raw(server);
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
  auto [peer, socket, seen] = connect_raw(server);
  socket.reset(); // On a thread that is not the loop's.
  CAF_CHECK(peer.ended());
  while (!released(seen, loops))
    ;
  CAF_CHECK_EQUAL(seen->ends.size(), 0u);
}

CAF_TEST(a socket that was closed lives on without a handle) {
  test_server server{loops};
  auto [peer, socket, seen] = connect_raw(server);
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

CAF_TEST(a paused socket that is closed and dropped leaves nothing) {
  const auto before = live_web_sockets();
  test_server server{loops};
  for (int i = 0; i < 10; ++i) {
    auto [peer, socket, seen] = connect_raw(server, false);
    run_on(socket, [&s = *socket] {
      s.close(close_code::policy_violation, "stream refused");
    });
    socket.reset();
    CAF_CHECK_EQUAL(payload_of(peer.read_frame(), 8),
                    close_payload(1008, "stream refused"));
    peer.send_frame(8, close_payload(1008));
    CAF_CHECK(peer.ended());
  }
  // Another loop's turn: nothing tells when the last handler is gone.
  while (live_web_sockets() > before)
    loops.on(0, [] {});
}

CAF_TEST(a handle that goes after a close of the peer does not reset it) {
  const auto before = live_web_sockets();
  test_server server{loops};
  for (int i = 0; i < 50; ++i) {
    auto [peer, socket, seen] = connect_raw(server);
    peer.send_frame(8, close_payload(1000));
    CAF_CHECK_EQUAL(summary(seen->closed()), "peer_closed 1000");
    socket.reset();
    CAF_CHECK_EQUAL(payload_of(peer.read_frame(), 8), close_payload(1000));
    CAF_CHECK(peer.ended()); // By a FIN: a reset would be an error.
  }
  while (live_web_sockets() > before)
    loops.on(0, [] {});
}

CAF_TEST(everything may be called from within a callback) {
  test_server server{loops};
  auto in_callback = [&](auto f) {
    auto [peer, socket, seen] = connect_raw(server, false);
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
