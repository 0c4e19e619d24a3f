#define CAF_SUITE net.http_client

#include "net/http_client.hpp"

#include "harness.hpp"
#include "raw_peer.hpp"

#include "caf/test/dsl.hpp"

#include <set>

using namespace offhook::net;
using namespace offhook::net::test;

namespace {

struct fixture {
  running_loops loops{2};

  http_client_result send(http_client_request request) {
    channel<http_client_result> results;
    std::shared_ptr<http_exchange> handle;
    loops.on(0, [&] {
      handle = http_send(loops[0], std::move(request),
                         [&](http_client_result x) {
                           if (shard_loop::current() != &loops[0])
                             x = http_client_error{{}, "on another loop"};
                           results.put(std::move(x));
                         });
    });
    auto result = results.get();
    if (!result)
      CAF_FAIL("no result");
    return std::move(*result);
  }

  http_client_result get(const std::string& url) {
    http_client_request request;
    request.url = url;
    return send(std::move(request));
  }

  /// What comes of a server that answers any request with these bytes and
  /// closes.
  http_client_result answered_with(const std::string& bytes,
                                   http_client_request request = {}) {
    raw_listener server;
    request.url = "http://127.0.0.1:" + std::to_string(server.port())
                  + "/a?b=c";
    std::thread peer{[&] {
      auto x = server.accept();
      received = x.read_until("\r\n\r\n");
      x.send(bytes);
    }};
    auto result = send(std::move(request));
    peer.join();
    return result;
  }

  std::string received;
};

/// `kind: text`, or `status body`.
std::string summary(const http_client_result& x) {
  if (auto* error = std::get_if<http_client_error>(&x))
    return std::string{to_string(error->what)} + ": " + error->text;
  auto& response = std::get<http_client_response>(x);
  return std::to_string(response.status) + ' ' + response.body;
}

std::string kind_of(const http_client_result& x) {
  auto text = summary(x);
  return text.substr(0, text.find(':'));
}

} // namespace

CAF_TEST_FIXTURE_SCOPE(http_client_tests, fixture)

CAF_TEST(a request arrives as it was given) {
  test_server server{loops};
  server.on_request = [&](http_request x, http_reply_ptr way) {
    std::string text = x.method + ' ' + x.target + '\n' + x.body + '\n';
    for (auto name : {"Host", "Content-Length", "Connection", "X-A", "x-b"})
      text += std::string{x.header(name)} + '\n';
    way->send({201, "text/plain", text, {{"X-C", "d"}}});
  };
  http_client_request request;
  request.method = "POST";
  request.url = server.url("http", "/x/y?z=%20");
  // What belongs to the connection is ours.
  request.headers = {
    {"X-A", "1"}, {"X-B", ""}, {"content-length", "7"}, {"Host", "elsewhere"}};
  request.body = "a=b";
  auto result = send(std::move(request));
  CAF_CHECK_EQUAL(summary(result), "201 POST /x/y?z=%20\na=b\n127.0.0.1:"
                                     + std::to_string(server.port())
                                     + "\n3\nclose\n1\n\n");
  auto& response = std::get<http_client_response>(result);
  CAF_CHECK_EQUAL(response.header("x-c"), "d");
  CAF_CHECK_EQUAL(response.header("x-d"), "");
}

CAF_TEST(an empty body with POST has a length of zero) {
  http_client_request request;
  request.method = "POST";
  answered_with("HTTP/1.1 204 No Content\r\n\r\n", std::move(request));
  CAF_CHECK(received.starts_with("POST /a?b=c HTTP/1.1\r\n"));
  CAF_CHECK(received.find("Content-Length: 0\r\n") != std::string::npos);
}

CAF_TEST(bodies end by length and by chunks and by the end) {
  CAF_CHECK_EQUAL(summary(answered_with(
                    "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabcdef")),
                  "200 abc");
  CAF_CHECK_EQUAL(summary(answered_with(
                    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n"
                    "\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n")),
                  "200 abc");
  CAF_CHECK_EQUAL(summary(answered_with("HTTP/1.1 200 OK\r\n\r\nabc")),
                  "200 abc");
  CAF_CHECK_EQUAL(summary(answered_with("HTTP/1.0 500 No\r\n\r\n")), "500 ");
}

CAF_TEST(the response to HEAD has no body) {
  http_client_request request;
  request.method = "HEAD";
  CAF_CHECK_EQUAL(
    summary(answered_with("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n",
                          std::move(request))),
    "200 ");
}

CAF_TEST(interim responses are passed over) {
  CAF_CHECK_EQUAL(summary(answered_with(
                    "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"
                    "HTTP/1.1 100 Continue\r\n\r\n"
                    "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na")),
                  "200 a");
  std::string many;
  for (int i = 0; i < 20; ++i)
    many += "HTTP/1.1 103 Early Hints\r\n\r\n";
  CAF_CHECK_EQUAL(kind_of(answered_with(many)), "malformed");
}

CAF_TEST(a redirect is an answer) {
  CAF_CHECK_EQUAL(summary(answered_with(
                    "HTTP/1.1 302 Found\r\nLocation: http://x.invalid/"
                    "\r\nContent-Length: 0\r\n\r\n")),
                  "302 ");
}

CAF_TEST(a connection that ends early is lost) {
  for (auto bytes : {"", "HTTP/1.1 200", "HTTP/1.1 200 OK\r\nContent-Len",
                     "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nab",
                     "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                     "2\r\nab\r\n"})
    CAF_CHECK_EQUAL(kind_of(answered_with(bytes)), "lost");
}

CAF_TEST(what is not HTTP is malformed) {
  for (auto bytes :
       {"hello\r\n\r\n", "HTTP/2 200\r\n\r\n", "HTTP/1.1 2x0 OK\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n",
        "HTTP/1.1 200 OK\r\n: a\r\n\r\n"})
    CAF_CHECK_EQUAL(kind_of(answered_with(bytes)), "malformed");
}

CAF_TEST(headers and bodies are bounded) {
  auto limited = [] {
    http_client_request request;
    request.max_header_bytes = 1000;
    request.max_body_bytes = 1000;
    return request;
  };
  const std::string much(1001, 'a');
  CAF_CHECK_EQUAL(kind_of(answered_with(
                    "HTTP/1.1 200 OK\r\nX: " + much + "\r\n\r\n", limited())),
                  "too_large");
  CAF_CHECK_EQUAL(
    kind_of(answered_with("HTTP/1.1 200 OK\r\nContent-Length: 1001\r\n\r\n",
                          limited())),
    "too_large");
  CAF_CHECK_EQUAL(kind_of(
                    answered_with("HTTP/1.1 200 OK\r\n\r\n" + much, limited())),
                  "too_large");
  CAF_CHECK_EQUAL(
    kind_of(answered_with("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n"
                          "\r\n3e9\r\n"
                            + much + "\r\n0\r\n\r\n",
                          limited())),
    "too_large");
  CAF_CHECK_EQUAL(kind_of(answered_with(
                    "HTTP/1.1 200 OK\r\n\r\n" + much.substr(1), limited())),
                  "200 " + much.substr(1));
}

CAF_TEST(a server that says nothing runs into the timeout) {
  raw_listener server; // The system accepts for it.
  http_client_request request;
  request.url = "http://127.0.0.1:" + std::to_string(server.port());
  request.timeout_ms = 50;
  CAF_CHECK_EQUAL(summary(send(std::move(request))),
                  "timeout: while reading the response");
}

CAF_TEST(nobody there is a failed connect) {
  std::uint16_t port = 0;
  {
    raw_listener server;
    port = server.port();
  }
  CAF_CHECK_EQUAL(kind_of(get("http://127.0.0.1:" + std::to_string(port))),
                  "connect");
}

CAF_TEST(what cannot be sent is refused) {
  for (auto url : {"", "127.0.0.1", "ftp://127.0.0.1/", "ws://127.0.0.1/",
                   "http://", "http://a b/", "http://u:p@127.0.0.1/",
                   "http://127.0.0.1:99999/", "http://127.0.0.1/\r\nX: y"})
    CAF_CHECK_EQUAL(kind_of(get(url)), "bad_request");
  auto with = [&](auto change) {
    http_client_request request;
    request.url = "http://127.0.0.1:1/";
    change(request);
    return kind_of(send(std::move(request)));
  };
  CAF_CHECK_EQUAL(with([](auto& x) { x.method = ""; }), "bad_request");
  CAF_CHECK_EQUAL(with([](auto& x) { x.method = "GET /"; }), "bad_request");
  const std::pair<std::string, std::string> headers[]
    = {{"", "a"},
       {"a b", "c"},
       {"a:", "c"},
       {"a", "b\r\nc: d"},
       {"a", std::string(100'000, 'b')},
       {std::string(100'000, 'a'), "b"}};
  for (const auto& header : headers)
    CAF_CHECK_EQUAL(with([&](auto& x) { x.headers = {header}; }),
                    "bad_request");
}

CAF_TEST(https needs somebody to trust) {
  CAF_CHECK_EQUAL(summary(get("https://127.0.0.1:1/")), "tls: no trust given");
}

CAF_TEST(a cancelled exchange tells nothing) {
  raw_listener server;
  channel<http_client_result> results;
  std::weak_ptr<http_exchange> alive;
  loops.on(0, [&] {
    http_client_request request;
    request.url = "http://127.0.0.1:" + std::to_string(server.port());
    request.timeout_ms = 10'000;
    auto handle = http_send(loops[0], std::move(request),
                            [&](http_client_result x) { results.put(x); });
    handle->cancel();
    handle->cancel();
  });
  // One that was begun later is over, and with it all that was posted before.
  CAF_CHECK_EQUAL(kind_of(get("nonsense")), "bad_request");
  CAF_CHECK_EQUAL(results.size(), 0u);
}

CAF_TEST(a cancelled read ends the connection) {
  raw_listener server;
  channel<http_client_result> results;
  std::shared_ptr<http_exchange> handle;
  loops.on(0, [&] {
    http_client_request request;
    request.url = "http://127.0.0.1:" + std::to_string(server.port());
    handle = http_send(loops[0], std::move(request),
                       [&](http_client_result x) { results.put(x); });
  });
  auto peer = server.accept();
  peer.read_until("\r\n\r\n");
  loops.on(0, [&] { handle->cancel(); });
  CAF_CHECK(peer.ended());
  CAF_CHECK_EQUAL(results.size(), 0u);
}

CAF_TEST(a loop that ends takes its exchanges along) {
  raw_listener server;
  channel<http_client_result> results;
  loops.on(0, [&] {
    http_client_request request;
    request.url = "http://127.0.0.1:" + std::to_string(server.port());
    http_send(loops[0], std::move(request),
              [&](http_client_result x) { results.put(x); });
  });
  auto peer = server.accept();
  loops.destroy();
  CAF_CHECK_EQUAL(results.size(), 0u);
}

CAF_TEST(every kind of error has its spelling) {
  using kind = http_client_error::kind;
  std::set<std::string_view> names;
  for (int i = 0; i <= static_cast<int>(kind::busy); ++i)
    names.insert(to_string(static_cast<kind>(i)));
  CAF_CHECK_EQUAL(names.size(), 11u);
  CAF_CHECK_EQUAL(names.count("unknown"), 0u);
}

CAF_TEST_FIXTURE_SCOPE_END()
