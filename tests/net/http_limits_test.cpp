#define CAF_SUITE net.http_limits

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

  /// The status of the one response to `bytes`, after which the connection must
  /// end.
  std::string refused(test_server& server, std::string_view bytes) {
    raw_peer peer{server.port()};
    peer.send(bytes);
    auto response = peer.read_all();
    CAF_CHECK(has(response, "\r\nConnection: close\r\n"));
    return status_of(response);
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(http_limits_tests, fixture)

CAF_TEST(what is no request is refused with 400) {
  test_server server{loops};
  server.on_request = echo;
  CAF_CHECK_EQUAL(refused(server, "nonsense\r\n\r\n"), "400");
  CAF_CHECK_EQUAL(refused(server, "GET / HTTP/1.1\r\n\r\n"), "400");
  CAF_CHECK_EQUAL(
    refused(server, "GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n"), "400");
  CAF_CHECK_EQUAL(refused(server, "GET / HTTP/1.1\r\nHost: x\r\n"
                                  "Content-Length: 1\r\n"
                                  "Transfer-Encoding: chunked\r\n\r\n"),
                  "400");
  CAF_CHECK_EQUAL(refused(server, "POST / HTTP/1.1\r\nHost: x\r\n"
                                  "Content-Length: nine\r\n\r\n"),
                  "400");
}

CAF_TEST(too much is refused with 431 and 413) {
  listener_options options;
  options.max_header_bytes = 1024;
  options.max_body_bytes = 1000;
  test_server server{loops, options};
  server.on_request = echo;
  CAF_CHECK_EQUAL(refused(server, "GET / HTTP/1.1\r\nHost: x\r\nX: "
                                    + std::string(2000, 'x')),
                  "431");
  CAF_CHECK_EQUAL(refused(server, "GET /" + std::string(5000, 'x')), "431");
  auto post = "POST / HTTP/1.1\r\nHost: x\r\n"s;
  CAF_CHECK_EQUAL(refused(server, post + "Content-Length: 1001\r\n\r\n"),
                  "413");
  // The response comes through although more is sent than anyone reads.
  CAF_CHECK_EQUAL(refused(server, post + "Content-Length: 1000000\r\n\r\n"
                                    + std::string(1'000'000, 'x')),
                  "413");
  CAF_CHECK_EQUAL(refused(server,
                          post + "Transfer-Encoding: chunked\r\n\r\n7d0\r\n"
                            + std::string(2000, 'x')),
                  "413");
  raw_peer peer{server.port()};
  peer.send(post + "Content-Length: 1000\r\n\r\n" + std::string(1000, 'x'));
  CAF_CHECK_EQUAL(status_of(peer.read_response()), "200");
}

CAF_TEST(the frame of a chunk is bounded too) {
  listener_options options;
  options.max_header_bytes = 1024;
  options.max_body_bytes = 1000;
  test_server server{loops, options};
  server.on_request = echo;
  const auto post = "POST / HTTP/1.1\r\nHost: x\r\n"
                    "Transfer-Encoding: chunked\r\n\r\n"s;
  CAF_CHECK_EQUAL(refused(server, post + "1;" + std::string(20'000, 'x')),
                  "400");
  CAF_CHECK_EQUAL(refused(server, post + "0\r\nX: " + std::string(20'000, 'x')),
                  "400");
  // A long one that ends is none of it.
  raw_peer peer{server.port()};
  peer.send(post + "5;name=" + std::string(500, 'x')
            + "\r\nhello\r\n0\r\n\r\n");
  CAF_CHECK_EQUAL(body_of(peer.read_response()), "POST / [] hello");
}

CAF_TEST(a body whose end is in doubt is none) {
  test_server server{loops};
  server.on_request = echo;
  // As one request, with another in its body.
  const auto inner
    = "\r\n\r\nGET /v1/calls HTTP/1.1\r\nHost: localhost\r\n\r\n"s;
  for (const auto* encoding :
       {"gzip", "chunked, identity", "identity", "gzip, chunked",
        "chunked\r\n"
        "Transfer-"
        "Encoding: x"})
    CAF_CHECK_EQUAL(refused(server, "POST / HTTP/1.1\r\nHost: x\r\n"
                                    "Transfer-Encoding: "s
                                      + encoding + inner),
                    "400");
  raw_peer old{server.port()};
  old.send("POST / HTTP/1.0\r\nHost: x\r\nTransfer-Encoding: chunked" + inner);
  auto response = old.read_all(); // Closed, as that version does untold.
  CAF_CHECK_EQUAL(status_of(response), "400");
  CAF_CHECK(!has(response, "200"));
}

CAF_TEST(a request that does not come whole is refused with 408) {
  listener_options options;
  options.header_timeout_ms = 50;
  options.keep_alive_timeout_ms = 50;
  test_server server{loops, options};
  server.on_request = echo;
  CAF_CHECK_EQUAL(refused(server, "GET / HT"), "408");
  CAF_CHECK_EQUAL(refused(server, "POST / HTTP/1.1\r\nHost: x\r\n"
                                  "Content-Length: 5\r\n\r\nabc"),
                  "408");
  raw_peer silent{server.port()};
  CAF_CHECK(silent.ended());
  raw_peer idle{server.port()};
  idle.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  CAF_CHECK_EQUAL(status_of(idle.read_response()), "200");
  CAF_CHECK(idle.ended());
}

CAF_TEST(a handler that says nothing is answered for) {
  listener_options options;
  options.handler_timeout_ms = 50;
  test_server server{loops, options};
  raw_peer slow{server.port()};
  slow.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  auto request = server.requests.get();
  CAF_REQUIRE(request.has_value());
  CAF_CHECK_EQUAL(status_of(slow.read_all()), "503");
  request->reply->send({}); // Too late, and no harm.
  request.reset();
  raw_peer dropped{server.port()};
  dropped.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  CAF_REQUIRE(server.requests.get().has_value());
  CAF_CHECK_EQUAL(status_of(dropped.read_response()), "500");
}

CAF_TEST(a handler that throws is answered for) {
  test_server server{loops};
  server.on_request = [](http_request, http_reply_ptr) {
    throw std::runtime_error{"oops"};
  };
  raw_peer peer{server.port()};
  peer.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  CAF_CHECK_EQUAL(status_of(peer.read_response()), "500");
  CAF_CHECK_EQUAL(loops.exceptions.get().value_or(""), "oops");
}

CAF_TEST(an answer counts once and may come from any thread) {
  test_server server{loops};
  raw_peer peer{server.port()};
  for (int i = 0; i < 2; ++i) {
    peer.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    auto request = server.requests.get();
    CAF_REQUIRE(request.has_value());
    http_response first;
    first.body = "first";
    request->reply->send(first);
    request->reply->send({});
    CAF_CHECK_EQUAL(body_of(peer.read_response()), "first");
  }
  // Not an upgrade, so there is nothing to accept.
  peer.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  auto request = server.requests.get();
  CAF_REQUIRE(request.has_value());
  channel<bool> accepted;
  request->reply->accept({},
                         [&](web_socket_ptr x) { accepted.put(x != nullptr); });
  CAF_CHECK(accepted.get() == false);
  CAF_CHECK_EQUAL(status_of(peer.read_response()), "500");
}

CAF_TEST(connections beyond the limit are closed at once) {
  listener_options options;
  options.max_connections = 2;
  test_server server{loops, options};
  server.on_request = echo;
  auto first = std::make_optional<raw_peer>(server.port());
  raw_peer second{server.port()};
  for (auto* peer : {&*first, &second}) {
    peer->send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    CAF_CHECK_EQUAL(status_of(peer->read_response()), "200");
  }
  raw_peer third{server.port()};
  CAF_CHECK(third.ended());
  // A place comes back with its connection's end.
  first->send("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  first->read_all();
  first.reset();
  std::string status;
  for (int i = 0; i < 10'000 && status != "200"; ++i) {
    raw_peer next{server.port()};
    next.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    status = status_of(next.read_response());
  }
  CAF_CHECK_EQUAL(status, "200");
}

CAF_TEST_FIXTURE_SCOPE_END()
