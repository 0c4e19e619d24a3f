#define CAF_SUITE net.ws_move

#include "net/web_socket.hpp"

#include "caf/test/dsl.hpp"

#include <atomic>
#include <thread>

#include "certificates.hpp"
#include "harness.hpp"
#include "raw_peer.hpp"

using namespace offhook::net;
using namespace offhook::net::test;

namespace {

struct fixture {
  running_loops loops{3};

  /// Moves a paused socket and waits for the one that stands for it.
  web_socket_ptr move(web_socket_ptr socket, std::size_t target) {
    channel<web_socket_ptr> moved;
    channel<bool> on_its_loop;
    run_on(socket, [&] {
      socket->move_to(loops[target], [&](web_socket_ptr x) {
        on_its_loop.put(shard_loop::current() == &x->loop());
        moved.put(std::move(x));
      });
    });
    CAF_CHECK(on_its_loop.get() == true);
    return moved.get().value_or(nullptr);
  }

  /// The peer sends numbers all the time, in bursts of frames of all sizes, and
  /// counts what comes back, while the socket wanders from loop to loop.
  void wander(const socket_pair& pair, int moves) {
    std::atomic<bool> done = false;
    std::atomic<int> sent = 0;
    auto echoes = std::make_shared<recorder>();
    start(pair.client, echoes);
    std::thread sender{[&] {
      while (!done) {
        run_on(pair.client, [&] {
          for (int i = 0; i < 20; ++i) {
            auto n = sent++;
            pair.client->send(std::to_string(n) + " "
                                + std::string(n % 50 == 0 ? 40'000 : n % 300,
                                              'x'),
                              frame_class::control);
          }
        });
        // So that the peer is never far ahead, and never out of work.
        while (!done && sent - static_cast<int>(received_) > 200)
          std::this_thread::yield();
      }
    }};
    auto socket = pair.server;
    auto at = pair.server->loop().index();
    bool in_order = true;
    for (int i = 0; i < moves && in_order; ++i) {
      auto seen = std::make_shared<recorder>();
      seen->on_text = [this, seen = seen.get(), n = 0,
                       s = socket.get()](std::string_view text) mutable {
        s->send(std::string{text.substr(0, text.find(' '))},
                frame_class::control);
        if (++n == 5)
          s->pause(); // With more in every buffer below.
      };
      start(socket, seen);
      for (int k = 0; k < 5 && in_order; ++k) {
        auto text = seen->text();
        in_order = in_order && text && std::stoi(*text) == received_;
        ++received_;
      }
      at = (at + 1) % 3;
      socket = move(socket, at);
      in_order = in_order && socket && socket->loop().index() == at;
    }
    done = true;
    sender.join();
    CAF_REQUIRE(in_order);
    // What is still under way arrives, too.
    auto rest = std::make_shared<recorder>();
    start(socket, rest);
    while (received_ < sent && in_order) {
      auto text = rest->text();
      in_order = in_order && text && std::stoi(*text) == received_;
      ++received_;
    }
    for (int i = 0; i < moves * 5 && in_order; ++i)
      in_order = in_order && echoes->text() == std::to_string(i);
    CAF_REQUIRE(in_order);
    run_on(pair.client, [&] { pair.client->close(4000, "enough"); });
    CAF_CHECK_EQUAL(summary(rest->closed()), "peer_closed 4000 enough");
    CAF_CHECK_EQUAL(summary(echoes->closed()), "closed_by_us 4000");
  }

  std::atomic<int> received_ = 0;
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(ws_move_tests, fixture)

CAF_TEST(a socket wanders under load and loses nothing) {
  test_server server{loops};
  wander(connect_pair(loops, server, {.url = server.url("ws")}), 300);
}

CAF_TEST(a socket wanders under load over TLS and loses nothing) {
  test_ca ca;
  auto files = ca.issue("IP:127.0.0.1");
  listener_options options;
  options.tls_cert_file = files.cert_file;
  options.tls_key_file = files.key_file;
  test_server server{loops, options};
  auto trust = std::make_shared<tls_trust>(ca.file());
  wander(connect_pair(loops, server,
                      {.url = server.url("wss"), .trust = trust}),
         300);
}

CAF_TEST(half a frame is no obstacle) {
  test_server server{loops};
  raw_peer peer{server.port()};
  peer.upgrade();
  auto socket = server.sockets.get().value_or(nullptr);
  CAF_REQUIRE(socket != nullptr);
  auto seen = std::make_shared<recorder>();
  seen->on_text = [&s = *socket](std::string_view) { s.pause(); };
  start(socket, seen);
  auto second = make_frame(1, std::string(500, 'y'), true, true);
  peer.send(make_frame(1, "one", true, true) + second.substr(0, 3));
  CAF_CHECK_EQUAL(seen->text().value_or(""), "one");
  socket = move(socket, 2);
  auto after = std::make_shared<recorder>();
  start(socket, after);
  peer.send(second.substr(3, 200));
  peer.send(second.substr(203));
  peer.send_frame(9, "ping");
  CAF_CHECK_EQUAL(after->text().value_or(""), std::string(500, 'y'));
  auto pong = peer.read_frame();
  CAF_CHECK(pong && pong->opcode == 10 && pong->payload == "ping");
}

CAF_TEST(what is queued goes along) {
  ws_limits limits;
  limits.max_queued_bytes = 64 * 1024 * 1024;
  test_server server{loops, {}, limits};
  raw_peer peer{server.port()};
  peer.upgrade();
  auto socket = server.sockets.get().value_or(nullptr);
  CAF_REQUIRE(socket != nullptr);
  constexpr int count = 2000;
  channel<web_socket_ptr> moved;
  run_on(socket, [&] {
    for (int i = 0; i < count; ++i)
      socket->send(std::to_string(i) + std::string(10'000, ' '),
                   frame_class::control);
    socket->move_to(loops[1], [&](web_socket_ptr x) {
      x->send("behind", frame_class::control);
      moved.put(std::move(x));
    });
    socket->send("while moving", frame_class::control);
  });
  bool in_order = true;
  for (int i = 0; i < count; ++i) {
    auto frame = peer.read_frame();
    in_order = in_order && frame && std::stoi(frame->payload) == i;
  }
  CAF_CHECK(in_order);
  auto last = peer.read_frame();
  CAF_CHECK(last && last->payload == "while moving");
  auto behind = peer.read_frame();
  CAF_CHECK(behind && behind->payload == "behind");
  CAF_CHECK(moved.get().has_value());
}

CAF_TEST(a move to the same loop gives the same socket) {
  test_server server{loops};
  auto pair = connect_pair(loops, server, {.url = server.url("ws")});
  auto same = move(pair.server, pair.server->loop().index());
  CAF_CHECK(same == pair.server);
  // A client's stays where it is.
  auto client = move(pair.client, 0);
  CAF_CHECK(client == pair.client);
  auto seen = std::make_shared<recorder>();
  start(same, seen);
  run_on(client, [&] { client->send("still there", frame_class::control); });
  CAF_CHECK_EQUAL(seen->text().value_or(""), "still there");
}

CAF_TEST(a socket that has ended is told after the move) {
  ws_limits limits;
  limits.max_queued_bytes = 64 * 1024 * 1024;
  limits.idle_timeout_ms = 50;
  test_server server{loops, {}, limits};
  raw_peer peer{server.port()};
  peer.upgrade();
  auto socket = server.sockets.get().value_or(nullptr);
  CAF_REQUIRE(socket != nullptr);
  // The peer does not read, so the write under way never ends.
  channel<web_socket_ptr> moved;
  run_on(socket, [&] {
    socket->send(std::string(32 * 1024 * 1024, 'x'), frame_class::control);
    socket->move_to(loops[1],
                    [&](web_socket_ptr x) { moved.put(std::move(x)); });
  });
  auto same = moved.get().value_or(nullptr);
  CAF_CHECK(same == socket);
  auto seen = std::make_shared<recorder>();
  start(same, seen);
  CAF_CHECK_EQUAL(summary(seen->closed()), "timeout 1006");
}

CAF_TEST(the old handle is dead after the move) {
  test_server server{loops};
  auto pair = connect_pair(loops, server, {.url = server.url("ws")});
  auto at_client = std::make_shared<recorder>();
  start(pair.client, at_client);
  auto from = pair.server->loop().index();
  auto moved = move(pair.server, (from + 1) % 3);
  CAF_CHECK(moved != pair.server);
  run_on(pair.server, [&] {
    pair.server->send("from the dead", frame_class::control);
    pair.server->close(1000, "");
    pair.server->abort();
  });
  pair.server.reset();
  run_on(moved, [&] { moved->send("alive", frame_class::control); });
  CAF_CHECK_EQUAL(at_client->text().value_or(""), "alive");
  // And nobody need hold the new one for the connection to end.
  moved.reset();
  CAF_CHECK_EQUAL(summary(at_client->closed()), "lost 1006");
}

CAF_TEST_FIXTURE_SCOPE_END()
