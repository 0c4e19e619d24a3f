#define CAF_SUITE net.host_policy

#include "net/host_policy.hpp"
#include "net/http_url.hpp"

#include "caf/test/dsl.hpp"

using namespace offhook::net;

namespace {

boost::asio::ip::address address(const char* text) {
  return boost::asio::ip::make_address(text);
}

bool asks(const host_policy& policy, const std::string& url) {
  return policy.may_ask(std::get<ws_url>(parse_http_url(url)));
}

} // namespace

CAF_TEST(addresses of the public Internet) {
  for (auto x : {"1.1.1.1",          "9.255.255.255",   "11.0.0.0",
                 "100.63.255.255",   "100.128.0.0",     "126.255.255.255",
                 "128.0.0.1",        "169.253.255.255", "172.15.255.255",
                 "172.32.0.0",       "192.0.1.0",       "192.167.255.255",
                 "192.169.0.0",      "198.17.255.255",  "198.20.0.0",
                 "223.255.255.255",  "2606:4700::1111", "2001:200::1",
                 "2a00::1",          "2001:db7::1",     "::ffff:8.8.8.8",
                 "64:ff9b::8.8.8.8", "2002:808:808::1"}) {
    CAF_MESSAGE(x);
    CAF_CHECK(is_public(address(x)));
  }
}

CAF_TEST(addresses of everything else) {
  for (auto x : {"0.0.0.0",
                 "0.1.2.3",
                 "10.0.0.1",
                 "10.255.255.255",
                 "100.64.0.1",
                 "100.127.255.255",
                 "127.0.0.1",
                 "127.255.255.254",
                 "169.254.169.254",
                 "172.16.0.1",
                 "172.31.255.255",
                 "192.0.0.8",
                 "192.0.2.1",
                 "192.88.99.1",
                 "192.168.1.1",
                 "198.18.0.1",
                 "198.19.255.255",
                 "198.51.100.7",
                 "203.0.113.7",
                 "224.0.0.1",
                 "239.255.255.250",
                 "240.0.0.1",
                 "255.255.255.255",
                 "::",
                 "::1",
                 "::127.0.0.1",
                 "::ffff:127.0.0.1",
                 "::ffff:10.0.0.1",
                 "::ffff:169.254.169.254",
                 "64:ff9b::10.0.0.1",
                 "64:ff9b:1::8.8.8.8",
                 "100::1",
                 "2001::1",
                 "2001:1ff::1",
                 "2001:db8::1",
                 "2002:7f00:1::1",
                 "2002:a00:1::1",
                 "3fff:fff::1",
                 "fc00::1",
                 "fd12:3456::1",
                 "fe80::1",
                 "fec0::1",
                 "ff02::1"}) {
    CAF_MESSAGE(x);
    CAF_CHECK(!is_public(address(x)));
  }
}

CAF_TEST(only the origins that are listed are asked) {
  host_policy policy;
  CAF_CHECK(!asks(policy, "https://crm.example.com/"));
  CAF_CHECK_EQUAL(policy.set({"https://crm.example.com",
                              "http://10.0.0.7:8080/", "https://[::1]:8443"},
                             {}),
                  "");
  for (auto x : {"https://crm.example.com/a?b", "https://CRM.Example.COM:443/",
                 "http://10.0.0.7:8080/x", "https://[0:0:0:0:0:0:0:1]:8443/"})
    CAF_CHECK(asks(policy, x));
  for (auto x :
       {"http://crm.example.com/", "https://crm.example.com:8443/",
        "https://a.crm.example.com/", "https://example.com/",
        "https://crm.example.com.evil.example/", "https://crm.example.com./",
        "http://10.0.0.7/", "https://10.0.0.7:8080/"})
    CAF_CHECK(!asks(policy, x));
}

CAF_TEST(only hosts that are listed may be private) {
  host_policy policy;
  CAF_CHECK_EQUAL(policy.set({}, {"Intern.example.com", "[::1]", "10.0.0.7"}),
                  "");
  CAF_CHECK(policy.may_dial("crm.example.com", address("1.1.1.1")));
  CAF_CHECK(!policy.may_dial("crm.example.com", address("10.0.0.7")));
  CAF_CHECK(policy.may_dial("intern.EXAMPLE.com", address("10.0.0.7")));
  CAF_CHECK(policy.may_dial("::1", address("::1")));
  CAF_CHECK(policy.may_dial("10.0.0.7", address("10.0.0.7")));
  CAF_CHECK(!policy.may_dial("10.0.0.8", address("10.0.0.8")));
}

CAF_TEST(what is no origin is named) {
  for (auto x : {"crm.example.com", "https://", "ftp://crm.example.com",
                 "https://crm.example.com/path", "https://a b",
                 "https://u:p@crm.example.com", "*"}) {
    host_policy policy;
    CAF_CHECK(policy.set({x}, {}).find(x) != std::string::npos);
  }
  for (auto x : {"https://crm.example.com", "a b", "*.example.com", ""}) {
    host_policy policy;
    CAF_CHECK(!policy.set({}, {x}).empty());
  }
}

CAF_TEST(a location is read as seen from where it came from) {
  const std::string base = "https://crm.example.com/a/b?c";
  CAF_CHECK_EQUAL(resolve_location(base, "/x"), "https://crm.example.com/x");
  CAF_CHECK_EQUAL(resolve_location(base, "x?y#z"),
                  "https://crm.example.com/a/x?y");
  CAF_CHECK_EQUAL(resolve_location(base, "//evil.example/x"),
                  "https://evil.example/x");
  CAF_CHECK_EQUAL(resolve_location(base, "http://a.example"),
                  "http://a.example");
  CAF_CHECK_EQUAL(resolve_location(base, "http://a b/"), "");
}
