#define CAF_SUITE net.listener

#include "net/listener.hpp"

#include "caf/test/dsl.hpp"

#include <stdexcept>

#include "harness.hpp"
#include "http_text.hpp"
#include "raw_peer.hpp"
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

CAF_TEST_FIXTURE_SCOPE(listener_tests, fixture)

CAF_TEST(a request arrives whole and its response goes back) {
  test_server server{loops};
  raw_peer peer{server.port()};
  peer.send("POST /some%20path?a=1&b=%32 HTTP/1.1\r\nhost: me\r\n"
            "X-Thing:  spaced \r\nContent-Length: 5\r\n\r\nhe");
  peer.send("llo");
  auto request = server.requests.get();
  CAF_REQUIRE(request.has_value());
  auto& head = request->head;
  CAF_CHECK_EQUAL(head.method, "POST");
  CAF_CHECK_EQUAL(head.target, "/some%20path?a=1&b=%32");
  CAF_CHECK_EQUAL(head.path, "/some%20path");
  CAF_CHECK_EQUAL(head.query, "a=1&b=%32");
  CAF_CHECK_EQUAL(head.body, "hello");
  CAF_CHECK_EQUAL(head.header("HOST"), "me"sv);
  CAF_CHECK_EQUAL(head.header("x-thing"), "spaced"sv);
  CAF_CHECK_EQUAL(head.header("x-other"), ""sv);
  CAF_CHECK_EQUAL(head.peer_address, "127.0.0.1");
  CAF_CHECK(!head.tls);
  http_response response;
  response.status = 404;
  response.content_type = "application/json";
  response.body = "{}";
  response.headers = {{"X-A", "b"}, {"X-Split", "a\r\nX-Bad: b"}};
  request->reply->send(response);
  auto text = peer.read_response();
  CAF_CHECK(text.starts_with("HTTP/1.1 404 Not Found\r\n"));
  CAF_CHECK(has(text, "\r\nContent-Type: application/json\r\n"));
  CAF_CHECK(has(text, "\r\nContent-Length: 2\r\n"));
  CAF_CHECK(has(text, "\r\nX-A: b\r\n"));
  CAF_CHECK(has(text, "\r\nServer: offhook\r\n"));
  CAF_CHECK(has(text, " GMT\r\n"));
  CAF_CHECK(!has(text, "X-Bad"));
  CAF_CHECK_EQUAL(body_of(text), "{}");
}

CAF_TEST(a connection serves one request after the other) {
  test_server server{loops};
  server.on_request = echo;
  raw_peer peer{server.port()};
  for (int i = 0; i < 50; ++i) {
    peer.send("GET /" + std::to_string(i) + " HTTP/1.1\r\nHost: x\r\n\r\n");
    auto response = peer.read_response();
    CAF_CHECK_EQUAL(body_of(response), "GET /" + std::to_string(i) + " [] ");
  }
}

CAF_TEST(pipelined requests are answered one at a time and in order) {
  test_server server{loops};
  raw_peer peer{server.port()};
  std::string all;
  for (int i = 0; i < 20; ++i)
    all += "POST /" + std::to_string(i)
           + " HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc";
  peer.send(all);
  bool one_at_a_time = true;
  for (int i = 0; i < 20; ++i) {
    auto request = server.requests.get();
    CAF_REQUIRE(request.has_value());
    one_at_a_time = one_at_a_time && server.requests.size() == 0;
    http_response response;
    response.body = request->head.path + request->head.body;
    request->reply->send(response);
    CAF_CHECK_EQUAL(body_of(peer.read_response()),
                    "/" + std::to_string(i) + "abc");
  }
  CAF_CHECK(one_at_a_time);
}

CAF_TEST(the peer says whether a connection stays) {
  test_server server{loops};
  server.on_request = echo;
  raw_peer old{server.port()};
  old.send("GET / HTTP/1.0\r\n\r\n");
  auto response = old.read_all();
  CAF_CHECK_EQUAL(status_of(response), "200");
  raw_peer leaving{server.port()};
  leaving.send("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  CAF_CHECK(has(leaving.read_all(), "\r\nConnection: close\r\n"));
  raw_peer half{server.port()};
  half.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  half.shutdown_send();
  CAF_CHECK_EQUAL(status_of(half.read_all()), "200");
}

CAF_TEST(chunked bodies and those that wait for a word are read) {
  test_server server{loops};
  server.on_request = echo;
  raw_peer peer{server.port()};
  peer.send("POST /c HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
            "3\r\nabc\r\n2\r\nde\r\n");
  peer.send("0\r\n\r\n");
  CAF_CHECK_EQUAL(body_of(peer.read_response()), "POST /c [] abcde");
  peer.send("POST /e HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n"
            "Expect: 100-continue\r\n\r\n");
  CAF_CHECK_EQUAL(peer.read_until("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
  peer.send("ok");
  CAF_CHECK_EQUAL(body_of(peer.read_response()), "POST /e [] ok");
}

CAF_TEST(HEAD gets the header only and 204 no body) {
  test_server server{loops};
  server.on_request = [](http_request head, http_reply_ptr reply) {
    http_response response;
    response.body = "text";
    if (head.path == "/none")
      response.status = 204;
    reply->send(response);
  };
  raw_peer peer{server.port()};
  peer.send("HEAD / HTTP/1.1\r\nHost: x\r\n\r\n");
  auto head = peer.read_until("\r\n\r\n");
  CAF_CHECK(has(head, "\r\nContent-Length: 4\r\n"));
  peer.send("GET /none HTTP/1.1\r\nHost: x\r\n\r\n");
  auto none = peer.read_until("\r\n\r\n");
  CAF_CHECK_EQUAL(status_of(none), "204");
  CAF_CHECK(!has(none, "Content-Length"));
  peer.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  CAF_CHECK_EQUAL(body_of(peer.read_response()), "text");
}

CAF_TEST(stopping closes what is idle and lets requests finish) {
  test_server server{loops};
  raw_peer idle{server.port()};
  idle.send("GET /1 HTTP/1.1\r\nHost: x\r\n\r\n");
  auto first = server.requests.get();
  CAF_REQUIRE(first.has_value());
  first->reply->send({});
  CAF_CHECK_EQUAL(status_of(idle.read_response()), "200");
  raw_peer busy{server.port()};
  busy.send("GET /2 HTTP/1.1\r\nHost: x\r\n\r\n");
  auto second = server.requests.get();
  CAF_REQUIRE(second.has_value());
  channel<bool> stopped;
  server.get().stop([&] { stopped.put(shard_loop::current() != nullptr); });
  server.get().stop([&] { stopped.put(true); });
  CAF_CHECK(idle.ended());
  CAF_CHECK_EQUAL(stopped.size(), 0u);
  second->reply->send({});
  auto response = busy.read_all();
  CAF_CHECK_EQUAL(status_of(response), "200");
  CAF_CHECK(has(response, "\r\nConnection: close\r\n"));
  CAF_CHECK(stopped.get() == true);
  CAF_CHECK(stopped.get() == true);
  CAF_CHECK_THROWS_AS(raw_peer{server.port()}, std::runtime_error);
  server.get().stop([&] { stopped.put(true); });
  CAF_CHECK(stopped.get() == true);
}

CAF_TEST(a port or a file that cannot be used is named) {
  test_server server{loops};
  auto what = [&](listener_options options) {
    try {
      listener x{loops.all(), options, {}};
      return "no error"s;
    } catch (const std::runtime_error& e) {
      return std::string{e.what()};
    }
  };
  listener_options taken;
  taken.port = server.port();
  CAF_CHECK(has(what(taken), "127.0.0.1 port " + std::to_string(server.port())
                               + ": Address already in use"));
  listener_options name;
  name.address = "no address";
  CAF_CHECK(has(what(name), "no address"));
  listener_options tls;
  tls.tls_cert_file = "no-such-file.pem";
  CAF_CHECK(has(what(tls), "no-such-file.pem"));
}

CAF_TEST(connections are dealt out to all loops) {
  test_server server{loops};
  std::vector<std::size_t> seen;
  std::vector<raw_peer> peers;
  for (int i = 0; i < 4; ++i) {
    peers.emplace_back(server.port());
    peers.back().send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    auto request = server.requests.get();
    CAF_REQUIRE(request.has_value());
    seen.push_back(request->reply->loop().index());
  }
  CAF_CHECK_EQUAL(seen, (std::vector<std::size_t>{0, 1, 0, 1}));
}

CAF_TEST(a loop that ends takes its connections along) {
  auto server = std::make_unique<test_server>(loops);
  raw_peer idle{server->port()};
  raw_peer busy{server->port()};
  busy.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  auto request = server->requests.get();
  CAF_REQUIRE(request.has_value());
  raw_peer socket{server->port()};
  socket.upgrade();
  auto accepted = server->sockets.get();
  CAF_REQUIRE(accepted.has_value());
  loops.destroy();
  CAF_CHECK(idle.ended());
  CAF_CHECK(busy.ended());
  CAF_CHECK(socket.ended());
  // Both know that there is nobody left.
  request->reply->send({});
  (*accepted)->send("text", frame_class::control);
  (*accepted)->close(1000, "");
  accepted.reset();
  server->forget();
}

CAF_TEST_FIXTURE_SCOPE_END()
