#define CAF_SUITE net.http_rules

#include "net/http_rules.hpp"

#include "caf/test/dsl.hpp"

using namespace offhook::net;
using namespace std::chrono_literals;

namespace {

http_client_request post() {
  http_client_request result;
  result.method = "POST";
  result.url = "https://a.example/x";
  result.headers = {{"Content-Type", "application/json"},
                    {"authorization", "Bearer x"},
                    {"X-A", "1"}};
  result.body = "{}";
  return result;
}

std::optional<std::chrono::milliseconds> after(std::string value) {
  http_client_response x;
  x.headers = {{"retry-after", std::move(value)}};
  return retry_after(x);
}

} // namespace

CAF_TEST(what may be sent twice) {
  http_client_request x;
  for (auto method : {"GET", "HEAD", "PUT", "DELETE", "OPTIONS"}) {
    x.method = method;
    CAF_CHECK(is_repeatable(x));
  }
  for (auto method : {"POST", "PATCH"}) {
    x.method = method;
    CAF_CHECK(!is_repeatable(x));
  }
  x.headers = {{"idempotency-key", ""}};
  CAF_CHECK(!is_repeatable(x));
  x.headers = {{"idempotency-key", "CA1:call_1"}};
  CAF_CHECK(is_repeatable(x));
}

CAF_TEST(what passes) {
  for (auto status : {429u, 502u, 503u, 504u})
    CAF_CHECK(is_passing(status));
  for (auto status : {200u, 301u, 400u, 401u, 404u, 500u, 501u, 505u})
    CAF_CHECK(!is_passing(status));
  CAF_CHECK(after("2") == 2000ms);
  CAF_CHECK(after("0") == 0ms);
  for (auto text :
       {"", "-1", "1.5", "9999999999999", "Fri, 31 Dec 1999 23:59:59 GMT"})
    CAF_CHECK(!after(text));
}

CAF_TEST(307 and 308 repeat a request) {
  for (auto status : {307u, 308u}) {
    auto x = post();
    CAF_CHECK_EQUAL(redirect(x, status, "https://a.example/y"), "");
    CAF_CHECK_EQUAL(x.method, "POST");
    CAF_CHECK_EQUAL(x.url, "https://a.example/y");
    CAF_CHECK_EQUAL(x.body, "{}");
    CAF_CHECK_EQUAL(x.headers.size(), 3u);
  }
}

CAF_TEST(credentials do not go elsewhere) {
  for (auto url : {"https://b.example/x", "http://a.example/x",
                   "https://a.example:8443/x"}) {
    auto x = post();
    CAF_CHECK_EQUAL(redirect(x, 307, url), "");
    CAF_CHECK_EQUAL(x.headers.size(), 2u);
  }
}

CAF_TEST(303 asks for the result) {
  auto x = post();
  CAF_CHECK_EQUAL(redirect(x, 303, "https://a.example/y"), "");
  CAF_CHECK_EQUAL(x.method, "GET");
  CAF_CHECK_EQUAL(x.body, "");
  CAF_CHECK_EQUAL(x.headers.size(), 2u);
}

CAF_TEST(301 and 302 are for those who only read) {
  for (auto status : {301u, 302u}) {
    auto x = post();
    CAF_CHECK(!redirect(x, status, "https://a.example/y").empty());
    CAF_CHECK_EQUAL(x.url, "https://a.example/x");
    x.method = "GET";
    CAF_CHECK_EQUAL(redirect(x, status, "https://a.example/y"), "");
    CAF_CHECK_EQUAL(x.url, "https://a.example/y");
  }
  for (auto status : {300u, 304u, 305u, 306u, 200u})
    CAF_CHECK(!is_redirect(status));
}
