#define CAF_SUITE net.tls

#include "net/ws_client.hpp"

#include "caf/test/dsl.hpp"

#include <algorithm>
#include <fstream>
#include <stdexcept>

#include <boost/asio/connect.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/write.hpp>

#include "certificates.hpp"
#include "harness.hpp"
#include "name_server.hpp"
#include "net/resolver.hpp"
#include "raw_peer.hpp"

using namespace offhook::net;
using namespace offhook::net::test;
using namespace std::literals;

namespace {

namespace ssl = boost::asio::ssl;
using boost::asio::ip::tcp;

struct fixture {
  test_ca ca;
  running_loops loops{2};
  std::shared_ptr<tls_trust> trust = std::make_shared<tls_trust>(ca.file());

  listener_options options_for(const std::string& names, int days = 1) {
    auto files = ca.issue(names, days);
    listener_options result;
    result.tls_cert_file = files.cert_file;
    result.tls_key_file = files.key_file;
    return result;
  }

  connect_result secure_dial(test_server& server,
                             std::shared_ptr<tls_trust> with) {
    return dial(loops, 1, {.url = server.url("wss"), .trust = std::move(with)});
  }

  /// A blocking TLS client on the test's own thread.
  struct blocking_client {
    boost::asio::io_context io;
    ssl::context context{ssl::context::tls_client};
    ssl::stream<tcp::socket> stream{io, context};

    explicit blocking_client(std::uint16_t port) {
      stream.next_layer().connect(
        {boost::asio::ip::address_v4::loopback(), port});
      stream.handshake(ssl::stream_base::client);
    }

    void send(std::string_view text) {
      boost::asio::write(stream, boost::asio::buffer(text));
    }

    /// Until the end, or until `mark`.
    std::string read(std::string_view mark) {
      std::string result;
      boost::system::error_code ec;
      while (!ec && (mark.empty() || result.find(mark) == result.npos)) {
        char buffer[4096];
        auto n = stream.read_some(boost::asio::buffer(buffer), ec);
        result.append(buffer, n);
      }
      return result;
    }
  };
};

std::string error_text(const connect_result& x) {
  auto* error = std::get_if<connect_error>(&x);
  return error ? error->text : "open";
}

} // namespace

CAF_TEST_FIXTURE_SCOPE(tls_tests, fixture)

CAF_TEST(requests and responses pass over TLS) {
  test_server server{loops, options_for("IP:127.0.0.1")};
  blocking_client client{server.port()};
  for (int i = 0; i < 3; ++i) {
    client.send("GET /x HTTP/1.1\r\nHost: x\r\n\r\n");
    auto request = server.requests.get();
    CAF_REQUIRE(request.has_value());
    CAF_CHECK(request->head.tls);
    http_response response;
    response.body = "the end";
    request->reply->send(response);
    CAF_CHECK(client.read("the end").starts_with("HTTP/1.1 200 OK\r\n"));
  }
  client.send("GET /x HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  auto request = server.requests.get();
  CAF_REQUIRE(request.has_value());
  http_response big;
  big.body = std::string(1'000'000, 'x');
  request->reply->send(big);
  CAF_CHECK_GREATER(client.read("").size(), 1'000'000u);
}

CAF_TEST(a plain request to a TLS port is not answered) {
  auto options = options_for("IP:127.0.0.1");
  options.header_timeout_ms = 100;
  test_server server{loops, options};
  raw_peer plain{server.port()};
  plain.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  CAF_CHECK_EQUAL(plain.read_all().find("HTTP"), std::string::npos);
  raw_peer silent{server.port()};
  CAF_CHECK(silent.ended());
}

CAF_TEST(messages of all sizes pass over TLS in both directions) {
  constexpr std::size_t size = 16 * 1024 * 1024;
  ws_limits limits;
  limits.max_message_bytes = size;
  limits.max_queued_bytes = 2 * size;
  test_server server{loops, options_for("IP:127.0.0.1"), limits};
  auto pair = connect_pair(
    loops, server,
    {.url = server.url("wss"), .trust = trust, .limits = limits});
  auto at_server = std::make_shared<recorder>();
  auto at_client = std::make_shared<recorder>();
  start(pair.server, at_server);
  start(pair.client, at_client);
  for (std::size_t n : {std::size_t{0}, std::size_t{1}, std::size_t{1000},
                        std::size_t{100'000}, size}) {
    std::string text(n, 'x');
    for (std::size_t i = 0; i < n; i += 1000)
      text[i] = static_cast<char>('a' + i / 1000 % 26);
    run_on(pair.client, [&] { pair.client->send(text, frame_class::control); });
    CAF_CHECK(at_server->text() == text);
    run_on(pair.server, [&] { pair.server->send(text, frame_class::control); });
    CAF_CHECK(at_client->text() == text);
  }
  // A burst, gathered into few records.
  run_on(pair.server, [&] {
    for (int i = 0; i < 1000; ++i)
      pair.server->send(std::to_string(i), frame_class::control);
  });
  bool in_order = true;
  for (int i = 0; i < 1000; ++i)
    in_order = in_order && at_client->text() == std::to_string(i);
  CAF_CHECK(in_order);
  run_on(pair.client, [&] { pair.client->close(1000, "bye"); });
  CAF_CHECK_EQUAL(summary(at_server->closed()), "peer_closed 1000 bye");
  CAF_CHECK_EQUAL(summary(at_client->closed()), "closed_by_us 1000");
}

CAF_TEST(an end without close_notify is no error) {
  test_server server{loops, options_for("IP:127.0.0.1")};
  auto client = std::make_unique<blocking_client>(server.port());
  client->send("GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\n"
               "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
               "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
  auto socket = server.sockets.get();
  CAF_REQUIRE(socket && *socket);
  CAF_CHECK(client->read("\r\n\r\n").starts_with("HTTP/1.1 101 "));
  auto seen = std::make_shared<recorder>();
  start(*socket, seen);
  client.reset();
  auto end = seen->closed();
  CAF_CHECK_EQUAL(summary(end), "lost 1006");
  CAF_CHECK(end && end->error.empty());
}

CAF_TEST(a certificate for another host fails) {
  test_server server{loops, options_for("DNS:other.test,IP:127.0.0.9")};
  auto result = secure_dial(server, trust);
  CAF_CHECK_EQUAL(summary(result), "tls");
  CAF_CHECK_EQUAL(error_text(result), "certificate: IP address mismatch");
}

CAF_TEST(names are verified and go out as SNI) {
  name_server names;
  names.set("model.test", {"127.0.0.1"}, 600);
  names.set("other.test", {"127.0.0.1"}, 600);
  loops.on(1,
           [&] { resolver::of(loops[1].io()).use_servers(names.address()); });
  test_server server{loops, options_for("DNS:model.test")};
  auto port = ":" + std::to_string(server.port());
  CAF_CHECK_EQUAL(
    summary(dial(loops, 1, {.url = "wss://model.test" + port, .trust = trust})),
    "open");
  auto wrong = dial(loops, 1,
                    {.url = "wss://other.test" + port, .trust = trust});
  CAF_CHECK_EQUAL(summary(wrong), "tls");
  CAF_CHECK_EQUAL(error_text(wrong), "certificate: hostname mismatch");
  // The name is in the clear in what a client says first.
  raw_listener listener;
  loops.on(1, [&] {
    ws_connect(loops[1],
               {.url = "wss://model.test:" + std::to_string(listener.port()),
                .trust = trust},
               [](auto) {});
  });
  auto hello = listener.accept().read_until("model.test");
  CAF_CHECK(hello.ends_with("model.test"));
}

CAF_TEST(an unknown authority fails) {
  test_ca other;
  test_server server{loops, options_for("IP:127.0.0.1")};
  auto unknown = secure_dial(server, std::make_shared<tls_trust>(other.file()));
  CAF_CHECK_EQUAL(summary(unknown), "tls");
  auto system = secure_dial(server, std::make_shared<tls_trust>(""));
  CAF_CHECK_EQUAL(summary(system), "tls");
  CAF_CHECK(error_text(system).starts_with("certificate: "));
}

CAF_TEST(an expired certificate fails) {
  test_server server{loops, options_for("IP:127.0.0.1", -1)};
  auto result = secure_dial(server, trust);
  CAF_CHECK_EQUAL(summary(result), "tls");
  CAF_CHECK_EQUAL(error_text(result), "certificate: certificate has expired");
}

CAF_TEST(a peer without TLS fails) {
  test_server server{loops};
  auto result = secure_dial(server, trust);
  CAF_CHECK_EQUAL(summary(result), "tls");
  raw_listener silent;
  ws_limits limits;
  limits.handshake_timeout_ms = 50;
  auto late = dial(loops, 1,
                   {.url = "wss://127.0.0.1:" + std::to_string(silent.port()),
                    .trust = trust,
                    .limits = limits});
  CAF_CHECK_EQUAL(summary(late), "timeout");
}

CAF_TEST(files that cannot be used are named) {
  auto what = [](auto f) {
    try {
      f();
      return "no error"s;
    } catch (const std::runtime_error& e) {
      return std::string{e.what()};
    }
  };
  auto missing = what([] { tls_trust{"no-such-ca.pem"}; });
  CAF_CHECK(missing.find("no-such-ca.pem") != missing.npos);
  // A key that is not the certificate's.
  auto options = options_for("IP:127.0.0.1");
  options.tls_key_file = ca.issue("IP:127.0.0.1").key_file;
  auto wrong = what([&] { listener{loops.all(), options, {}}; });
  CAF_CHECK(wrong.find(options.tls_key_file) != wrong.npos);
}

CAF_TEST_FIXTURE_SCOPE_END()
