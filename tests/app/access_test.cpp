#define CAF_SUITE app.access

#include "app/access.hpp"

#include <caf/test/dsl.hpp>

#include "protocol/signature.hpp"

using namespace offhook;
using app::access;

namespace {

constexpr const char* token = "0123456789abcdef0123456789abcdef";

net::http_request request_to(std::string path,
                             std::string host = "127.0.0.1:5050",
                             std::string peer = "127.0.0.1") {
  net::http_request result;
  result.method = "POST";
  result.target = result.path = std::move(path);
  result.headers = {{"Host", std::move(host)}};
  result.peer_address = std::move(peer);
  return result;
}

access::options tunnelled() {
  access::options result;
  result.public_url = "https://voice.example.com";
  result.auth_token = token;
  return result;
}

const protocol::form::fields params{{"CallSid", "CA1"}, {"From", "+1501"}};

void sign(net::http_request& x, const std::string& url,
          const protocol::form::fields& fields = params) {
  x.headers.emplace_back("X-Twilio-Signature",
                         protocol::signature::sign(token, url, fields));
}

bool allowed(const access& policy, const net::http_request& x) {
  std::string why;
  auto result = policy.allows_webhook(x, params, why);
  CAF_CHECK_EQUAL(result, why.empty());
  return result;
}

} // namespace

CAF_TEST(local means loopback and nothing between) {
  access policy{{}};
  CAF_CHECK(policy.is_local(request_to("/")));
  CAF_CHECK(policy.is_local(request_to("/", "localhost:5050")));
  CAF_CHECK(policy.is_local(request_to("/", "[::1]:5050", "::1")));
  CAF_CHECK(!policy.is_local(request_to("/", "evil.example")));
  CAF_CHECK(!policy.is_local(request_to("/", "127.0.0.1.evil.example")));
  CAF_CHECK(!policy.is_local(request_to("/", "127.evil.example.org")));
  CAF_CHECK(!policy.is_local(request_to("/", "")));
  CAF_CHECK(!policy.is_local(request_to("/", "127.0.0.1", "10.0.0.7")));
  for (const auto* name : {"X-Forwarded-For", "forwarded", "Via", "X-Real-IP",
                           "x-forwarded-proto", "CF-Connecting-IP"}) {
    auto x = request_to("/");
    x.headers.emplace_back(name, "x");
    CAF_CHECK(!policy.is_local(x));
  }
  access::options open;
  open.bind_address = "0.0.0.0";
  CAF_CHECK(!access{open}.is_local(request_to("/")));
  CAF_CHECK(!access{tunnelled()}.is_local(request_to("/")));
}

CAF_TEST(an open line does not start) {
  CAF_CHECK(access{{}}.refusal().empty());
  access::options open;
  open.bind_address = "0.0.0.0";
  CAF_CHECK(access{open}.refusal().find("TWILIO_AUTH_TOKEN")
            != std::string::npos);
  open.signatures = "off"; // Written out: the operator knows.
  CAF_CHECK(access{open}.refusal().empty());
  access::options behind_tunnel = tunnelled();
  CAF_CHECK(access{behind_tunnel}.refusal().empty());
  behind_tunnel.auth_token.clear();
  CAF_CHECK(!access{behind_tunnel}.refusal().empty());
  access::options must;
  must.signatures = "on";
  CAF_CHECK(!access{must}.refusal().empty());
}

CAF_TEST(webhooks are signed or local) {
  access::options plain;
  CAF_CHECK(allowed(access{plain}, request_to("/incoming-call")));
  CAF_CHECK(!allowed(access{plain}, request_to("/incoming-call", "x.example")));
  access policy{tunnelled()};
  auto bare = request_to("/incoming-call", "voice.example.com");
  CAF_CHECK(!allowed(policy, bare));
  auto genuine = bare;
  sign(genuine, "https://voice.example.com/incoming-call");
  CAF_CHECK(allowed(policy, genuine));
  auto with_port = bare;
  sign(with_port, "https://voice.example.com:443/incoming-call");
  CAF_CHECK(allowed(policy, with_port));
  for (const auto* url : {"https://other.example.com/incoming-call",
                          "http://voice.example.com/incoming-call",
                          "https://voice.example.com/incoming-call/",
                          "https://voice.example.com:8443/incoming-call"}) {
    auto forged = bare;
    sign(forged, url);
    CAF_CHECK(!allowed(policy, forged));
  }
  auto other_params = bare;
  sign(other_params, "https://voice.example.com/incoming-call",
       {{"CallSid", "CA2"}});
  CAF_CHECK(!allowed(policy, other_params));
  // The token is checked for local requests too, once there is one.
  plain.auth_token = token;
  CAF_CHECK(!allowed(access{plain}, request_to("/incoming-call")));
}

CAF_TEST(upgrades are checked as configured) {
  auto opts = tunnelled();
  auto bare = request_to("/ai-stream", "voice.example.com");
  auto genuine = bare;
  sign(genuine, "wss://voice.example.com/ai-stream", {});
  auto slash = bare;
  sign(slash, "wss://voice.example.com/ai-stream/", {});
  auto forged = bare;
  sign(forged, "https://voice.example.com/ai-stream", {});
  access enforcing{opts};
  CAF_CHECK(enforcing.check_stream(genuine).allowed);
  CAF_CHECK(enforcing.check_stream(genuine).authenticated);
  CAF_CHECK(enforcing.check_stream(slash).allowed);
  CAF_CHECK(!enforcing.check_stream(forged).allowed);
  CAF_CHECK(!enforcing.check_stream(bare).allowed);
  opts.upgrade = access::upgrade_check::log;
  auto logged = access{opts}.check_stream(bare);
  CAF_CHECK(logged.allowed);
  CAF_CHECK(!logged.authenticated); // A token is needed then.
  CAF_CHECK(!logged.why.empty());
  opts.upgrade = access::upgrade_check::off;
  CAF_CHECK(access{opts}.check_stream(bare).why.empty());
  CAF_CHECK(!access{opts}.check_stream(bare).authenticated);
  CAF_CHECK(access{{}}.check_stream(request_to("/ai-stream")).authenticated);
  CAF_CHECK(
    !access{{}}.check_stream(request_to("/ai-stream", "x.example")).allowed);
}

CAF_TEST(web pages cannot place calls) {
  access policy{{}};
  auto x = request_to("/ai-stream");
  CAF_CHECK(policy.allows_origin(x));
  x.headers.emplace_back("Origin", "http://127.0.0.1:5050");
  CAF_CHECK(policy.allows_origin(x));
  x.headers.back().second = "https://evil.example";
  CAF_CHECK(!policy.allows_origin(x));
  x.headers.back().second = "null";
  CAF_CHECK(!policy.allows_origin(x));
  // A name that resolves to us is not ours.
  auto rebound = request_to("/ai-stream", "evil.example");
  rebound.headers.emplace_back("Origin", "http://evil.example");
  CAF_CHECK(!policy.allows_origin(rebound));
  access behind_tunnel{tunnelled()};
  auto own = request_to("/ai-stream", "voice.example.com");
  own.headers.emplace_back("Origin", "https://voice.example.com");
  CAF_CHECK(behind_tunnel.allows_origin(own));
}

CAF_TEST(the control API is local or has its token) {
  access::options opts;
  opts.api_token = "let me in";
  opts.bind_address = "0.0.0.0";
  access policy{opts};
  auto x = request_to("/v1/calls");
  CAF_CHECK(!policy.allows_control(x));
  x.headers.emplace_back("Authorization", "Bearer wrong one");
  CAF_CHECK(!policy.allows_control(x));
  x.headers.back().second = "bearer let me in";
  CAF_CHECK(policy.allows_control(x));
  CAF_CHECK(access{{}}.allows_control(request_to("/v1/calls")));
  opts.api_token.clear();
  x.headers.back().second = "Bearer ";
  CAF_CHECK(!access{opts}.allows_control(x));
}

CAF_TEST(our origin is the public one) {
  access local{{}};
  CAF_CHECK_EQUAL(local.origin_for(request_to("/"), true),
                  "ws://127.0.0.1:5050");
  CAF_CHECK_EQUAL(local.origin_for(request_to("/", "x.example"), true),
                  "wss://x.example");
  CAF_CHECK_EQUAL(local.origin_for(request_to("/", "x.example"), false),
                  "https://x.example");
  access behind_tunnel{tunnelled()};
  CAF_CHECK_EQUAL(behind_tunnel.origin_for(request_to("/", "a"), true),
                  "wss://voice.example.com");
  CAF_CHECK_EQUAL(behind_tunnel.origin_for(request_to("/", "a"), false),
                  "https://voice.example.com");
}
