#define CAF_SUITE app.access_policy

#include "app/access_policy.hpp"

#include <caf/test/dsl.hpp>

#include "protocol/signature.hpp"

using namespace offhook;
using policy = app::access_policy;

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

policy::options tunnelled() {
  policy::options result;
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

bool allowed(const policy& line, const net::http_request& x) {
  std::string why;
  auto result = line.allows_webhook(x, params, why);
  CAF_CHECK_EQUAL(result, why.empty());
  return result;
}

} // namespace

CAF_TEST(local means loopback and nothing between) {
  policy line{{}};
  CAF_CHECK(line.is_local(request_to("/")));
  CAF_CHECK(line.is_local(request_to("/", "localhost:5050")));
  CAF_CHECK(line.is_local(request_to("/", "[::1]:5050", "::1")));
  CAF_CHECK(!line.is_local(request_to("/", "evil.example")));
  CAF_CHECK(!line.is_local(request_to("/", "127.0.0.1.evil.example")));
  CAF_CHECK(!line.is_local(request_to("/", "127.evil.example.org")));
  CAF_CHECK(!line.is_local(request_to("/", "")));
  CAF_CHECK(!line.is_local(request_to("/", "127.0.0.1", "10.0.0.7")));
  for (const auto* name : {"X-Forwarded-For", "forwarded", "Via", "X-Real-IP",
                           "x-forwarded-proto", "CF-Connecting-IP"}) {
    auto x = request_to("/");
    x.headers.emplace_back(name, "x");
    CAF_CHECK(!line.is_local(x));
  }
  policy::options open;
  open.bind_address = "0.0.0.0";
  CAF_CHECK(!policy{open}.is_local(request_to("/")));
  CAF_CHECK(!policy{tunnelled()}.is_local(request_to("/")));
}

CAF_TEST(an open line does not start) {
  CAF_CHECK(policy{{}}.refusal().empty());
  policy::options open;
  open.bind_address = "0.0.0.0";
  CAF_CHECK(policy{open}.refusal().find("TWILIO_AUTH_TOKEN")
            != std::string::npos);
  open.signatures = "off"; // Written out: the operator knows.
  CAF_CHECK(policy{open}.refusal().empty());
  policy::options behind_tunnel = tunnelled();
  CAF_CHECK(policy{behind_tunnel}.refusal().empty());
  behind_tunnel.auth_token.clear();
  CAF_CHECK(!policy{behind_tunnel}.refusal().empty());
  policy::options must;
  must.signatures = "on";
  CAF_CHECK(!policy{must}.refusal().empty());
}

CAF_TEST(webhooks are signed or local) {
  policy::options plain;
  CAF_CHECK(allowed(policy{plain}, request_to("/incoming-call")));
  CAF_CHECK(!allowed(policy{plain}, request_to("/incoming-call", "x.example")));
  policy line{tunnelled()};
  auto bare = request_to("/incoming-call", "voice.example.com");
  CAF_CHECK(!allowed(line, bare));
  auto genuine = bare;
  sign(genuine, "https://voice.example.com/incoming-call");
  CAF_CHECK(allowed(line, genuine));
  auto with_port = bare;
  sign(with_port, "https://voice.example.com:443/incoming-call");
  CAF_CHECK(allowed(line, with_port));
  for (const auto* url : {"https://other.example.com/incoming-call",
                          "http://voice.example.com/incoming-call",
                          "https://voice.example.com/incoming-call/",
                          "https://voice.example.com:8443/incoming-call"}) {
    auto forged = bare;
    sign(forged, url);
    CAF_CHECK(!allowed(line, forged));
  }
  auto other_params = bare;
  sign(other_params, "https://voice.example.com/incoming-call",
       {{"CallSid", "CA2"}});
  CAF_CHECK(!allowed(line, other_params));
  // The token is checked for local requests too, once there is one.
  plain.auth_token = token;
  CAF_CHECK(!allowed(policy{plain}, request_to("/incoming-call")));
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
  policy enforcing{opts};
  CAF_CHECK(enforcing.check_stream(genuine).allowed);
  // One URL for all calls: a signature that somebody saw begins none.
  CAF_CHECK(enforcing.check_stream(genuine).needs_token);
  CAF_CHECK(enforcing.check_stream(slash).allowed);
  CAF_CHECK(!enforcing.check_stream(forged).allowed);
  CAF_CHECK(!enforcing.check_stream(bare).allowed);
  opts.upgrade = policy::upgrade_check::log;
  auto logged = policy{opts}.check_stream(bare);
  CAF_CHECK(logged.allowed);
  CAF_CHECK(logged.needs_token);
  CAF_CHECK(!logged.why.empty());
  opts.upgrade = policy::upgrade_check::off;
  CAF_CHECK(policy{opts}.check_stream(bare).why.empty());
  CAF_CHECK(policy{opts}.check_stream(bare).needs_token);
  CAF_CHECK(!policy{{}}.check_stream(request_to("/ai-stream")).needs_token);
  CAF_CHECK(
    !policy{{}}.check_stream(request_to("/ai-stream", "x.example")).allowed);
}

CAF_TEST(web pages cannot place calls) {
  policy line{{}};
  auto x = request_to("/ai-stream");
  CAF_CHECK(line.allows_origin(x));
  x.headers.emplace_back("Origin", "http://127.0.0.1:5050");
  CAF_CHECK(line.allows_origin(x));
  x.headers.back().second = "https://evil.example";
  CAF_CHECK(!line.allows_origin(x));
  x.headers.back().second = "null";
  CAF_CHECK(!line.allows_origin(x));
  // A name that resolves to us is not ours.
  auto rebound = request_to("/ai-stream", "evil.example");
  rebound.headers.emplace_back("Origin", "http://evil.example");
  CAF_CHECK(!line.allows_origin(rebound));
  policy behind_tunnel{tunnelled()};
  auto own = request_to("/ai-stream", "voice.example.com");
  own.headers.emplace_back("Origin", "https://voice.example.com");
  CAF_CHECK(behind_tunnel.allows_origin(own));
}

CAF_TEST(the control API is local or has its token) {
  policy::options opts;
  opts.api_token = "let me in";
  opts.bind_address = "0.0.0.0";
  policy line{opts};
  auto x = request_to("/v1/calls");
  CAF_CHECK(!line.allows_control(x));
  x.headers.emplace_back("Authorization", "Bearer wrong one");
  CAF_CHECK(!line.allows_control(x));
  x.headers.back().second = "bearer let me in";
  CAF_CHECK(line.allows_control(x));
  CAF_CHECK(policy{{}}.allows_control(request_to("/v1/calls")));
  opts.api_token.clear();
  x.headers.back().second = "Bearer ";
  CAF_CHECK(!policy{opts}.allows_control(x));
}

CAF_TEST(our origin is the public one) {
  policy local{{}};
  CAF_CHECK_EQUAL(local.origin_for(request_to("/"), true),
                  "ws://127.0.0.1:5050");
  CAF_CHECK_EQUAL(local.origin_for(request_to("/", "x.example"), true),
                  "wss://x.example");
  CAF_CHECK_EQUAL(local.origin_for(request_to("/", "x.example"), false),
                  "https://x.example");
  policy behind_tunnel{tunnelled()};
  CAF_CHECK_EQUAL(behind_tunnel.origin_for(request_to("/", "a"), true),
                  "wss://voice.example.com");
  CAF_CHECK_EQUAL(behind_tunnel.origin_for(request_to("/", "a"), false),
                  "https://voice.example.com");
}
