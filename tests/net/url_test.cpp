#define CAF_SUITE net.url

#include "net/url.hpp"

#include "caf/test/dsl.hpp"

using namespace offhook::net;

namespace {

std::string parts(std::string_view url) {
  auto result = parse_ws_url(url);
  if (auto* why = std::get_if<std::string>(&result))
    return "error: " + *why;
  auto& x = std::get<ws_url>(result);
  return std::string{x.tls ? "tls " : "plain "} + x.host + " "
         + std::to_string(x.port) + " " + x.authority + " " + x.target;
}

} // namespace

CAF_TEST(a URL leads somewhere) {
  CAF_CHECK_EQUAL(parts("wss://api.example.com/v1/realtime?model=a%20b&x"),
                  "tls api.example.com 443 api.example.com "
                  "/v1/realtime?model=a%20b&x");
  CAF_CHECK_EQUAL(parts("ws://localhost:5050"),
                  "plain localhost 5050 localhost:5050 /");
  CAF_CHECK_EQUAL(parts("ws://localhost:80?q"),
                  "plain localhost 80 localhost /?q");
  CAF_CHECK_EQUAL(parts("wss://[::1]:443/x"), "tls ::1 443 [::1] /x");
  CAF_CHECK_EQUAL(parts("ws://[::1]:8080/x"), "plain ::1 8080 [::1]:8080 /x");
  CAF_CHECK_EQUAL(parts("ws://127.0.0.1:1/x#fragment"),
                  "plain 127.0.0.1 1 127.0.0.1:1 /x");
  CAF_CHECK_EQUAL(parts("WS://h/"), "plain h 80 h /");
}

CAF_TEST(what is no URL of ours is refused with a reason) {
  CAF_CHECK_EQUAL(parts(""), "error: not a URL");
  CAF_CHECK_EQUAL(parts("host:80/x y"), "error: not a URL");
  CAF_CHECK_EQUAL(parts("http://h/"), "error: neither ws:// nor wss://");
  CAF_CHECK_EQUAL(parts("ws:///path"), "error: no host");
  CAF_CHECK_EQUAL(parts("ws://h:99999/"), "error: no such port");
  CAF_CHECK_EQUAL(parts("ws://h:0/"), "error: no such port");
  for (auto host : {"a%0ab", "a%22b", "%C3%A4", "a%20b"})
    CAF_CHECK_EQUAL(parts("ws://" + std::string{host} + "/"),
                    "error: a host that is no name or address");
  CAF_CHECK_EQUAL(parts("ws://user:secret@h/"), "error: credentials in a URL");
}
