#define CAF_SUITE net.http_client_tls

#include "net/http_client.hpp"

#include "caf/test/dsl.hpp"

#include "certificates.hpp"
#include "harness.hpp"
#include "name_server.hpp"
#include "net/resolver.hpp"

using namespace offhook::net;
using namespace offhook::net::test;

namespace {

struct fixture {
  test_ca ca;
  running_loops loops{2};
  std::shared_ptr<tls_trust> trust = std::make_shared<tls_trust>(ca.file());

  /// `kind: text`, or `status body`.
  std::string get(const std::string& url, std::shared_ptr<tls_trust> with) {
    channel<http_client_result> results;
    loops.on(0, [&] {
      http_client_request request;
      request.url = url;
      request.trust = std::move(with);
      http_send(loops[0], std::move(request),
                [&](http_client_result x) { results.put(std::move(x)); });
    });
    auto result = results.get();
    if (!result)
      CAF_FAIL("no result");
    if (auto* error = std::get_if<http_client_error>(&*result))
      return std::string{to_string(error->what)} + ": " + error->text;
    auto& response = std::get<http_client_response>(*result);
    return std::to_string(response.status) + ' ' + response.body;
  }

  listener_options options_for(const std::string& names, int days = 1) {
    auto files = ca.issue(names, days);
    listener_options result;
    result.tls_cert_file = files.cert_file;
    result.tls_key_file = files.key_file;
    return result;
  }

  static void answer(http_request x, http_reply_ptr way) {
    way->send({200, "text/plain", x.method + (x.tls ? " secure" : ""), {}});
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(http_client_tls_tests, fixture)

CAF_TEST(a server that is trusted gets the request) {
  test_server server{loops, options_for("IP:127.0.0.1")};
  server.on_request = answer;
  CAF_CHECK_EQUAL(get(server.url("https"), trust), "200 GET secure");
}

CAF_TEST(a name is resolved and verified) {
  name_server names;
  names.set("voice.example.com", {"127.0.0.1"}, 60);
  CAF_REQUIRE(loops.on(0, [&] {
    return resolver::of(loops[0].io()).use_servers(names.address());
  }));
  test_server server{loops, options_for("DNS:voice.example.com")};
  server.on_request = answer;
  const auto port = ":" + std::to_string(server.port()) + "/";
  CAF_CHECK_EQUAL(get("https://voice.example.com" + port, trust),
                  "200 GET secure");
  CAF_CHECK(get("https://127.0.0.1" + port, trust).starts_with("tls: "));
  CAF_CHECK(get("https://other.example.com" + port, trust)
              .starts_with("resolve: other.example.com: "));
}

CAF_TEST(a server that is not trusted gets nothing) {
  test_ca another;
  const std::pair<listener_options, std::string> cases[] = {
    {options_for("DNS:voice.example.com"), "mismatch"},
    {options_for("IP:127.0.0.1", -1), "expired"},
  };
  for (const auto& [options, why] : cases) {
    test_server server{loops, options};
    auto text = get(server.url("https"), trust);
    CAF_CHECK(text.starts_with("tls: certificate: "));
    CAF_CHECK(text.find(why) != std::string::npos);
    CAF_CHECK_EQUAL(server.requests.size(), 0u);
  }
  test_server server{loops, options_for("IP:127.0.0.1")};
  CAF_CHECK(
    get(server.url("https"), std::make_shared<tls_trust>(another.file()))
      .starts_with("tls: certificate: "));
  CAF_CHECK_EQUAL(server.requests.size(), 0u);
}

CAF_TEST(a plain server is no TLS server) {
  test_server server{loops};
  CAF_CHECK(get(server.url("https"), trust).starts_with("tls: "));
}

CAF_TEST_FIXTURE_SCOPE_END()
