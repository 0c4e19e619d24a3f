#define CAF_SUITE net.https_client

#include "net/https_client.hpp"

#include "caf/test/dsl.hpp"

#include "certificates.hpp"
#include "harness.hpp"
#include "name_server.hpp"
#include "net/resolver.hpp"
#include "raw_peer.hpp"

using namespace offhook::net;
using namespace offhook::net::test;

namespace {

struct fixture {
  running_loops loops{2};
  https_client_options options;
  std::unique_ptr<https_client> client;
  std::vector<std::string> origins;
  std::vector<std::string> private_hosts{"127.0.0.1"};

  ~fixture() {
    loops.on(0, [&] { client.reset(); });
  }

  void make_client() {
    options.retry_delay_ms = 1;
    CAF_REQUIRE_EQUAL(options.policy.set(origins, private_hosts), "");
    loops.on(0, [&] {
      client = std::make_unique<https_client>(loops[0], options);
    });
  }

  static std::string local(std::uint16_t port) {
    return "http://127.0.0.1:" + std::to_string(port);
  }

  std::shared_ptr<http_exchange> begin(http_client_request request,
                                       channel<http_client_result>& to) {
    return loops.on(0, [&] {
      return client->send(std::move(request), [&to](http_client_result x) {
        to.put(std::move(x));
      });
    });
  }

  http_client_result send(http_client_request request) {
    channel<http_client_result> results;
    begin(std::move(request), results);
    auto result = results.get();
    if (!result)
      CAF_FAIL("no result");
    return std::move(*result);
  }

  /// `kind: text`, or `status body`.
  std::string outcome(http_client_request request) {
    auto x = send(std::move(request));
    if (auto* error = std::get_if<http_client_error>(&x))
      return std::string{to_string(error->what)} + ": " + error->text;
    auto& response = std::get<http_client_response>(x);
    return std::to_string(response.status) + ' ' + response.body;
  }

  std::string get(const std::string& url) {
    return outcome(request_for("GET", url));
  }

  static http_client_request request_for(const std::string& method,
                                         const std::string& url) {
    http_client_request result;
    result.method = method;
    result.url = url;
    return result;
  }

  static http_client_request keyed_post(const std::string& url) {
    auto result = request_for("POST", url);
    result.headers = {{"Idempotency-Key", "k"}};
    result.body = "{}";
    return result;
  }

  std::size_t idle() {
    return loops.on(0, [&] { return client->idle(); });
  }
};

const std::string ok = "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na";

} // namespace

CAF_TEST_FIXTURE_SCOPE(https_client_tests, fixture)

CAF_TEST(a connection serves one request after the other) {
  raw_listener server;
  origins = {local(server.port())};
  make_client();
  std::string heads; // Only this thread may check anything.
  std::thread peer{[&] {
    auto x = server.accept();
    for (int i = 0; i < 3; ++i) {
      heads += x.read_until("\r\n\r\n");
      x.send(ok);
    }
  }};
  for (int i = 0; i < 3; ++i)
    CAF_CHECK_EQUAL(get(origins[0] + "/"), "200 a");
  peer.join();
  CAF_CHECK(heads.starts_with("GET "));
  CAF_CHECK(heads.find("Connection: close") == std::string::npos);
}

CAF_TEST(a connection that may not be used again is not kept) {
  for (const std::string& answer :
       {std::string{"HTTP/1.1 200 OK\r\nConnection: close\r\n"
                    "Content-Length: 1\r\n\r\na"},
        std::string{"HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\na"},
        ok + "HTTP/1.1 200 OK\r\n"}) {
    raw_listener server;
    fixture own;
    own.options.pool.max_age = std::chrono::hours{1};
    own.origins = {local(server.port())};
    own.make_client();
    auto ended = false;
    std::thread peer{[&] {
      auto x = server.accept();
      x.read_until("\r\n\r\n");
      x.send(answer);
      ended = x.ended();
    }};
    CAF_CHECK_EQUAL(own.get(own.origins[0]), "200 a");
    CAF_CHECK_EQUAL(own.idle(), 0u);
    peer.join();
    CAF_CHECK(ended);
  }
}

CAF_TEST(kept connections are bounded in number and age) {
  options.pool.max_idle = 2;
  options.pool.max_idle_per_origin = 1;
  options.pool.max_age = std::chrono::milliseconds{30};
  std::vector<std::unique_ptr<test_server>> servers;
  for (int i = 0; i < 3; ++i) {
    servers.push_back(std::make_unique<test_server>(loops));
    servers.back()->on_request = [](http_request, http_reply_ptr way) {
      way->send({200, "text/plain", "a", {}});
    };
    origins.push_back(local(servers.back()->port()));
  }
  make_client();
  channel<http_client_result> results;
  for (int i = 0; i < 4; ++i)
    begin(request_for("GET", origins[0]), results);
  for (int i = 0; i < 4; ++i)
    CAF_CHECK(results.get().has_value());
  CAF_CHECK(idle() <= 1u);
  for (auto& x : origins)
    get(x);
  CAF_CHECK(idle() <= 2u);
  while (idle() > 0) // Or the test runs into its limit.
    std::this_thread::yield();
}

CAF_TEST(a kept connection that is dead is replaced) {
  raw_listener server;
  origins = {local(server.port())};
  options.max_retries = 0; // It needs none.
  make_client();
  std::string second;
  std::thread peer{[&] {
    auto x = server.accept();
    x.read_until("\r\n\r\n");
    x.send(ok);
    // It takes the next request and dies of it, as one that was just ending.
    x.read_until("\r\n\r\n");
    x.reset();
    auto y = server.accept();
    second = y.read_until("\r\n\r\n");
    second += y.read_exactly(2);
    y.send(ok);
  }};
  CAF_CHECK_EQUAL(get(origins[0]), "200 a");
  CAF_CHECK_EQUAL(outcome(keyed_post(origins[0])), "200 a");
  peer.join();
  CAF_CHECK(second.starts_with("POST "));
  CAF_CHECK(second.ends_with("{}"));
}

CAF_TEST(what must not be sent twice gets a new connection and one attempt) {
  raw_listener server;
  origins = {local(server.port())};
  make_client();
  std::thread peer{[&] {
    auto x = server.accept();
    x.read_until("\r\n\r\n");
    x.send(ok);
    auto y = server.accept();
    y.read_until("\r\n\r\n");
    y.reset();
  }};
  CAF_CHECK_EQUAL(get(origins[0]), "200 a");
  CAF_CHECK(outcome(request_for("POST", origins[0])).starts_with("lost: "));
  peer.join();
}

CAF_TEST(a response that began is not asked for again) {
  raw_listener server;
  origins = {local(server.port())};
  make_client();
  std::thread peer{[&] {
    auto x = server.accept();
    x.read_until("\r\n\r\n");
    x.send(ok);
    x.read_until("\r\n\r\n");
    x.send("HTTP/1.1 200 OK\r\nContent-Le");
    x.reset();
  }};
  CAF_CHECK_EQUAL(get(origins[0]), "200 a");
  CAF_CHECK(outcome(keyed_post(origins[0])).starts_with("lost: "));
  peer.join();
}

CAF_TEST(a kept connection that the server ends is let go) {
  raw_listener server;
  options.pool.max_age = std::chrono::hours{1}; // It is not its age.
  origins = {local(server.port())};
  make_client();
  std::thread peer{[&] {
    auto x = server.accept();
    x.read_until("\r\n\r\n");
    x.send(ok);
  }};
  CAF_CHECK_EQUAL(get(origins[0]), "200 a");
  peer.join();
  while (idle() > 0)
    std::this_thread::yield();
}

CAF_TEST(failures that pass are tried again) {
  test_server server{loops};
  origins = {local(server.port())};
  make_client();
  std::atomic<int> seen = 0;
  std::atomic<unsigned> status = 503;
  server.on_request = [&](http_request, http_reply_ptr way) {
    auto good = ++seen > 2;
    way->send({good ? 200 : status.load(), "text/plain", "a", {}});
  };
  CAF_CHECK_EQUAL(get(origins[0]), "200 a");
  CAF_CHECK_EQUAL(seen, 3);
  seen = 0;
  CAF_CHECK_EQUAL(outcome(keyed_post(origins[0])), "200 a");
  CAF_CHECK_EQUAL(seen, 3);
  // What must not be sent twice, and what does not pass, is not.
  seen = 0;
  CAF_CHECK_EQUAL(outcome(request_for("POST", origins[0])), "503 a");
  CAF_CHECK_EQUAL(seen, 1);
  seen = 0;
  status = 500;
  CAF_CHECK_EQUAL(get(origins[0]), "500 a");
  CAF_CHECK_EQUAL(seen, 1);
  // Not for ever.
  seen = -100;
  status = 429;
  CAF_CHECK_EQUAL(get(origins[0]), "429 a");
  CAF_CHECK_EQUAL(seen, -97);
}

CAF_TEST(a server that wants more time than there is gets no other attempt) {
  test_server server{loops};
  origins = {local(server.port())};
  options.max_retry_delay_ms = 4'000;
  make_client();
  std::atomic<int> seen = 0;
  server.on_request = [&](http_request x, http_reply_ptr way) {
    ++seen;
    way->send({503, "text/plain", "a", {{"Retry-After", x.query}}});
  };
  auto request = request_for("GET", origins[0] + "/?5");
  CAF_CHECK_EQUAL(outcome(request), "503 a");
  request.url = origins[0] + "/?3";
  request.timeout_ms = 2'000;
  CAF_CHECK_EQUAL(outcome(request), "503 a");
  CAF_CHECK_EQUAL(seen, 2);
}

CAF_TEST(nobody there is tried again and then told) {
  std::uint16_t port = 0;
  {
    raw_listener server;
    port = server.port();
  }
  origins = {local(port)};
  make_client();
  CAF_CHECK(outcome(request_for("POST", origins[0])).starts_with("connect: "));
}

CAF_TEST(redirects are followed where they may go) {
  test_server server{loops};
  test_server other{loops};
  test_server forbidden{loops};
  origins = {local(server.port()), local(other.port())};
  make_client();
  auto answer = [&](http_request x, http_reply_ptr way) {
    auto to = [&](unsigned status, const std::string& where) {
      way->send({status, "text/plain", "", {{"Location", where}}});
    };
    if (x.path == "/same")
      return to(307, "/end");
    if (x.path == "/other")
      return to(308, local(other.port()) + "/end");
    if (x.path == "/see")
      return to(303, "/end");
    if (x.path == "/found")
      return to(302, "/end");
    if (x.path == "/loop")
      return to(307, "/loop");
    if (x.path == "/away")
      return to(307, local(forbidden.port()) + "/end");
    if (x.path == "/tls")
      return to(307, "https://127.0.0.1:" + std::to_string(other.port()));
    if (x.path == "/nowhere")
      return way->send({307, "text/plain", "", {}});
    way->send({200, "text/plain", x.method + x.body, {}});
  };
  server.on_request = answer;
  other.on_request = answer;
  const auto base = origins[0];
  CAF_CHECK_EQUAL(outcome(keyed_post(base + "/same")), "200 POST{}");
  CAF_CHECK_EQUAL(outcome(keyed_post(base + "/other")), "200 POST{}");
  CAF_CHECK_EQUAL(outcome(keyed_post(base + "/see")), "200 GET");
  CAF_CHECK_EQUAL(get(base + "/found"), "200 GET");
  CAF_CHECK(outcome(keyed_post(base + "/found")).starts_with("redirect: 302"));
  CAF_CHECK(get(base + "/loop").starts_with("redirect: too many"));
  CAF_CHECK(get(base + "/nowhere").starts_with("redirect: "));
  CAF_CHECK_EQUAL(get(base + "/away"),
                  "forbidden: " + local(forbidden.port()) + " is not allowed");
  CAF_CHECK(get(base + "/tls").starts_with("forbidden: https://"));
  CAF_CHECK_EQUAL(forbidden.requests.size(), 0u);
}

CAF_TEST(what is not listed is not asked) {
  test_server server{loops};
  origins = {"https://127.0.0.1:" + std::to_string(server.port())};
  make_client();
  CAF_CHECK(get(local(server.port())).starts_with("forbidden: "));
  CAF_CHECK_EQUAL(server.requests.size(), 0u);
}

CAF_TEST(the address that is dialled is the one that was checked) {
  name_server names;
  names.set("crm.example.com", {"127.0.0.1"}, 60);
  names.set("intern.example.com", {"127.0.0.1"}, 60);
  names.set("many.example.com", {"127.0.0.1", "10.0.0.1", "169.254.1.1"}, 60);
  CAF_REQUIRE(loops.on(0, [&] {
    return resolver::of(loops[0].io()).use_servers(names.address());
  }));
  test_server server{loops};
  server.on_request = [](http_request x, http_reply_ptr way) {
    way->send({200, "text/plain", std::string{x.header("Host")}, {}});
  };
  const auto port = ":" + std::to_string(server.port());
  private_hosts = {"intern.example.com"};
  for (auto host : {"crm.example.com", "many.example.com", "intern.example.com",
                    "localhost", "127.0.0.1"})
    origins.push_back("http://" + (host + port));
  make_client();
  CAF_CHECK_EQUAL(get("http://intern.example.com" + port),
                  "200 intern.example.com" + port);
  for (auto host :
       {"crm.example.com", "many.example.com", "localhost", "127.0.0.1"})
    CAF_CHECK_EQUAL(get("http://" + (host + port)),
                    "forbidden: " + std::string{host}
                      + " has no address that may be dialled");
}

CAF_TEST(over TLS the name is verified and the connection is kept) {
  test_ca ca;
  auto files = ca.issue("IP:127.0.0.1");
  listener_options with;
  with.tls_cert_file = files.cert_file;
  with.tls_key_file = files.key_file;
  test_server server{loops, with};
  server.on_request = [](http_request x, http_reply_ptr way) {
    way->send({200, "text/plain", x.tls ? "secure" : "plain", {}});
  };
  origins = {server.url("https", "")};
  options.trust = std::make_shared<tls_trust>(ca.file());
  make_client();
  CAF_CHECK_EQUAL(get(origins[0]), "200 secure");
  CAF_CHECK_EQUAL(idle(), 1u);
  CAF_CHECK_EQUAL(get(origins[0]), "200 secure");
  CAF_CHECK_EQUAL(idle(), 1u);
  fixture stranger;
  test_ca another;
  stranger.origins = origins;
  stranger.options.trust = std::make_shared<tls_trust>(another.file());
  stranger.make_client();
  CAF_CHECK(stranger.get(origins[0]).starts_with("tls: certificate: "));
}

CAF_TEST(one deadline holds for all attempts) {
  raw_listener server; // The system accepts for it.
  origins = {local(server.port())};
  make_client();
  auto request = request_for("GET", origins[0]);
  request.timeout_ms = 50;
  CAF_CHECK_EQUAL(outcome(request), "timeout: while reading the response");
}

CAF_TEST(more requests than are allowed at once are refused) {
  raw_listener server;
  origins = {local(server.port())};
  options.max_under_way = 2;
  make_client();
  channel<http_client_result> held;
  auto one = begin(request_for("GET", origins[0]), held);
  auto two = begin(request_for("GET", origins[0]), held);
  CAF_CHECK(get(origins[0]).starts_with("busy: "));
  loops.on(0, [&] { one->cancel(); });
  auto request = request_for("GET", origins[0]);
  request.timeout_ms = 20;
  CAF_CHECK(outcome(request).starts_with("timeout: "));
  loops.on(0, [&] { two->cancel(); });
  CAF_CHECK_EQUAL(held.size(), 0u);
}

CAF_TEST(a cancelled request ends its connection) {
  raw_listener server;
  origins = {local(server.port())};
  make_client();
  channel<http_client_result> results;
  auto handle = begin(request_for("GET", origins[0]), results);
  auto peer = server.accept();
  peer.read_until("\r\n\r\n");
  loops.on(0, [&] { handle->cancel(); });
  CAF_CHECK(peer.ended());
  CAF_CHECK_EQUAL(results.size(), 0u);
}

CAF_TEST(a client that goes takes its requests along) {
  raw_listener server;
  origins = {local(server.port())};
  make_client();
  channel<http_client_result> results;
  auto handle = begin(request_for("GET", origins[0]), results);
  auto peer = server.accept();
  peer.read_until("\r\n\r\n");
  loops.on(0, [&] { client.reset(); });
  CAF_CHECK(peer.ended());
  loops.on(0, [&] { handle->cancel(); });
  CAF_CHECK_EQUAL(results.size(), 0u);
}

CAF_TEST_FIXTURE_SCOPE_END()
