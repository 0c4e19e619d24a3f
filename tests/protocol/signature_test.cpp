#define CAF_SUITE protocol.signature

#include "protocol/signature.hpp"

#include "protocol/crypto.hpp"

#include "caf/test/dsl.hpp"

#include <string>
#include <vector>

using namespace offhook::protocol;

namespace {

const std::string token = "0123456789abcdef0123456789abcdef";

const form::fields call_params{
  {"AccountSid", "AC0123456789abcdef0123456789abcdef"},
  {"ApiVersion", "2010-04-01"},
  {"CallSid", "CA00112233445566778899aabbccddeeff"},
  {"CallStatus", "ringing"},
  {"Called", "+15558675310"},
  {"Caller", "+15017122661"},
  {"Direction", "inbound"},
  {"From", "+15017122661"},
  {"To", "+15558675310"},
};

/// A signature that npm's `twilio` 6.2.0 computed.
struct vector {
  std::string name;
  std::string url;
  form::fields params;
  std::string expected;
  std::string key = token;
};

const std::vector<vector> vectors{
  {"V0",
   "https://mycompany.com/myapp.php?foo=1&bar=2",
   {{"CallSid", "CA1234567890ABCDE"},
    {"Caller", "+14158675309"},
    {"Digits", "1234"},
    {"From", "+14158675309"},
    {"To", "+18005551212"}},
   "RSOYDt4T1cUTdK1PDd93/VVr8B8=",
   "12345"},
  {"V1", "https://voice.example.com/twilio/voice", call_params,
   "tfznw5WxP4G2GHJy/glPOkw1QBg="},
  {"V2", "https://voice.example.com/twilio/voice?tenant=acme&lang=en-US",
   call_params, "H3foTCZ+hV5W9Tcygs4Dg/pnO1E="},
  {"V3",
   "https://voice.example.com/twilio/"
   "voice?CallSid=CA00112233445566778899aabbccddeeff&From=%2B15017122661"
   "&To=%2B15558675310",
   {},
   "HdkPtW3vGYePAbeo3rx4Ls2YoNY="},
  {"V4", "https://voice.example.com:443/twilio/voice", call_params,
   "mQyNJRfxV0ipCadOAlgwKipBSXE="},
  {"V5", "https://voice.example.com:8443/twilio/voice", call_params,
   "kRa2ksjHge2LLBcZSzUi+yBY5lI="},
  {"V6", "wss://voice.example.com/media", {}, "ttk+kVY3Kdi/BWVnuJguRoi2Bjs="},
  {"V7", "wss://voice.example.com/media/", {}, "xSZ25E4AoL/WAklRSBhXh8WbY9E="},
  {"V8", "https://voice.example.com/media", {}, "uokm48ntBNlk5PPDctw38CH3GGk="},
  {"V9",
   "https://voice.example.com/twilio/"
   "events?bodySHA256="
   "0e57bd8aeb246a5c0bcad4397c9d3a83f4138d4fe3e9692a3c345c14f4a1868c",
   {},
   "fm+w0mQJy5BJk3JnJrk5kd0kX2M="},
  {"V10",
   "https://voice.example.com/twilio/gather",
   {{"CallSid", "CA00112233445566778899aabbccddeeff"},
    {"CallerName", ""},
    {"Confidence", "0.91"},
    {"Digits", "12#"},
    {"SpeechResult", "Żółć + 1 & 2"}},
   "awHgRLUolCKRPUcvkbhTxRO0iD4="},
  {"V11",
   "https://voice.example.com/t",
   {{"b", "2"}, {"A", "1"}, {"a", "3"}, {"B", "4"}},
   "sdhz6+L6gN+3Io2z/V3hVpcHPNo="},
  {"V12",
   "https://voice.example.com/t",
   {{"E", "ringing"}, {"E", "answered"}, {"E", "answered"}, {"Z", "1"}},
   "9rfZ95uMs84vse9UvuhTSOGo9sg="},
  {"V13",
   "https://voice.example.com/twilio/voice",
   {},
   "Am8HzyKCyLgocJlxJ46ij2Y1WTk="},
};

const vector& named(const std::string& name) {
  for (const auto& x : vectors)
    if (x.name == name)
      return x;
  CAF_FAIL("no vector " << name);
}

std::string flipped(std::string text, std::size_t pos) {
  text[pos] ^= 1;
  return text;
}

} // namespace

CAF_TEST(each vector is signed as expected and verified) {
  CAF_CHECK_EQUAL(vectors.size(), 14u);
  for (const auto& x : vectors) {
    CAF_MESSAGE(x.name);
    CAF_CHECK_EQUAL(signature::sign(x.key, x.url, x.params), x.expected);
    CAF_CHECK(signature::verify(x.key, x.expected, x.url, x.params));
  }
}

CAF_TEST(no vector is verified by the signature of another one) {
  for (const auto& x : vectors)
    for (const auto& y : vectors)
      if (x.name != y.name) {
        // The same request, with and without the port of its scheme or its own.
        const bool same_but_port
          = (x.name == "V1" || x.name == "V4" || x.name == "V5")
            && (y.name == "V1" || (x.name == "V1" && y.name == "V4"));
        CAF_CHECK_EQUAL(signature::verify(x.key, y.expected, x.url, x.params),
                        same_but_port);
      }
}

CAF_TEST(one wrong byte of the token or the signature is refused) {
  for (const auto& x : vectors) {
    CAF_CHECK(
      !signature::verify(flipped(x.key, 3), x.expected, x.url, x.params));
    for (std::size_t i = 0; i < x.expected.size(); ++i)
      CAF_CHECK(
        !signature::verify(x.key, flipped(x.expected, i), x.url, x.params));
  }
}

CAF_TEST(one wrong byte of the URL is refused) {
  for (const auto& x : vectors)
    for (std::size_t i = 0; i < x.url.size(); ++i)
      if (x.url[i] != '#' && flipped(x.url, i)[i] != '#')
        CAF_CHECK(
          !signature::verify(x.key, x.expected, flipped(x.url, i), x.params));
}

CAF_TEST(a changed dropped or added parameter is refused) {
  for (const auto& x : vectors) {
    for (std::size_t i = 0; i < x.params.size(); ++i) {
      auto changed = x.params;
      changed[i].second += "x";
      CAF_CHECK(!signature::verify(x.key, x.expected, x.url, changed));
      auto renamed = x.params;
      renamed[i].first = flipped(renamed[i].first, 0);
      CAF_CHECK(!signature::verify(x.key, x.expected, x.url, renamed));
      auto dropped = x.params;
      dropped.erase(dropped.begin() + static_cast<std::ptrdiff_t>(i));
      // V12 says one of its values twice, which signs as once.
      const bool is_repeat = x.name == "V12"
                             && x.params[i].second == "answered";
      CAF_CHECK_EQUAL(signature::verify(x.key, x.expected, x.url, dropped),
                      is_repeat);
    }
    auto added = x.params;
    added.emplace_back("Extra", "");
    CAF_CHECK(!signature::verify(x.key, x.expected, x.url, added));
  }
}

CAF_TEST(the order of parameters does not matter but their case does) {
  auto reversed = call_params;
  std::reverse(reversed.begin(), reversed.end());
  const auto& v1 = named("V1");
  CAF_CHECK(signature::verify(token, v1.expected, v1.url, reversed));
  auto lower = call_params;
  lower[3].second = "Ringing";
  CAF_CHECK(!signature::verify(token, v1.expected, v1.url, lower));
}

CAF_TEST(a signature of another length or kind is refused) {
  const auto& x = named("V1");
  for (auto given : {std::string{}, std::string{"="}, x.expected.substr(0, 27),
                     x.expected + "=", " " + x.expected, std::string(28, '\0'),
                     std::string(100'000, 'A')})
    CAF_CHECK(!signature::verify(token, given, x.url, x.params));
}

CAF_TEST(an empty token signs nothing) {
  const auto& x = named("V1");
  const auto forged = signature::sign("", x.url, x.params);
  CAF_CHECK(!signature::verify("", forged, x.url, x.params));
  CAF_CHECK(!signature::verify_upgrade("", signature::sign("", x.url), x.url));
}

CAF_TEST(the URL counts without a port and with the explicit one) {
  struct row {
    std::string signed_as;
    std::string believed;
    bool accepted;
  };
  const row table[] = {
    {"https://h/p", "https://h/p", true},
    {"https://h/p", "https://h:443/p", true},
    {"https://h/p", "https://h:8443/p", true},
    {"https://h:443/p", "https://h/p", true},
    {"https://h:443/p", "https://h:443/p", true},
    {"https://h:443/p", "https://h:8443/p", false},
    {"https://h:8443/p", "https://h/p", false},
    {"https://h:8443/p", "https://h:443/p", false},
    {"https://h:8443/p", "https://h:8443/p", true},
    {"https://h:80/p", "https://h/p", false},
    {"http://h:80/p", "http://h/p", true},
    {"http://h/p", "http://h:5050/p", true},
    {"http://h:443/p", "http://h/p", false},
    {"wss://h:443/p", "wss://h/p", true},
    {"wss://h:80/p", "wss://h/p", false},
    {"ws://h:80/p", "ws://h/p", true},
    {"https://h/p", "http://h/p", false},
    {"https://h/p", "https://h/p/", false},
    {"https://h/p", "https://H/p", false},
    {"https://h/p?a=1&b=2", "https://h:8443/p?a=1&b=2", true},
    {"https://h/p?a=1&b=2", "https://h/p?b=2&a=1", false},
    {"https://h?t=12:30", "https://h:443?t=12:30", true},
    {"https://h/a:1", "https://h:8443/a:1", true},
    {"https://u:s@h/p", "https://u:s@h/p", true},
    {"https://u:s@h/p", "https://u:s@h:8443/p", true},
    {"https://u:s@h:443/p", "https://u:s@h/p", true},
    {"https://u@h/p", "https://u:s@h/p", false},
    {"https://[::1]/p", "https://[::1]:8443/p", true},
    {"https://[::1]:443/p", "https://[::1]/p", true},
    {"https://[:/p", "https://[::1]/p", false},
    {"no-scheme:80/p", "no-scheme:80/p", true},
    {"no-scheme/p", "no-scheme:80/p", false},
  };
  for (const auto& x : table) {
    const auto given = signature::sign(token, x.signed_as);
    CAF_MESSAGE(x.signed_as << " believed to be " << x.believed);
    CAF_CHECK_EQUAL(signature::verify(token, given, x.believed), x.accepted);
  }
}

CAF_TEST(a fragment is never signed) {
  const auto& x = named("V1");
  CAF_CHECK_EQUAL(signature::sign(token, x.url + "#rc=2&rp=all", x.params),
                  x.expected);
  CAF_CHECK(
    signature::verify(token, x.expected, x.url + "#rc=2:8443", x.params));
  CAF_CHECK(signature::verify_upgrade(token, named("V7").expected,
                                      named("V6").url + "#a"));
}

CAF_TEST(an upgrade may be signed with a slash behind it and only so) {
  const std::string url = "wss://voice.example.com/media";
  CAF_CHECK(signature::verify_upgrade(token, named("V6").expected, url));
  CAF_CHECK(signature::verify_upgrade(token, named("V7").expected, url));
  CAF_CHECK(signature::verify_upgrade(
    token, signature::sign(token, "wss://voice.example.com:443/media/"), url));
  // The wrong scheme, either way round.
  CAF_CHECK(!signature::verify_upgrade(token, named("V8").expected, url));
  CAF_CHECK(!signature::verify_upgrade(token, named("V6").expected,
                                       "https://voice.example.com/media"));
  CAF_CHECK(
    !signature::verify_upgrade(token, signature::sign(token, url + "//"), url));
  CAF_CHECK(!signature::verify_upgrade(
    token, signature::sign(token, "wss://voice.example.com"), url));
  // A slash is added for upgrades, and never taken away.
  CAF_CHECK(!signature::verify(token, named("V7").expected, url));
  CAF_CHECK(!signature::verify_upgrade(token, named("V6").expected, url + "/"));
}

CAF_TEST(the hash of a body is compared whole and in lower case) {
  const std::string body = R"({"CallSid":"CA00112233445566778899aabbccddeeff",)"
                           R"("StreamEvent":"stream-started"})";
  const std::string hash
    = "0e57bd8aeb246a5c0bcad4397c9d3a83f4138d4fe3e9692a3c345c14f4a1868c";
  CAF_CHECK(signature::verify_body(hash, body));
  CAF_CHECK(!signature::verify_body(hash, body + "\n"));
  CAF_CHECK(!signature::verify_body(hash, flipped(body, 7)));
  CAF_CHECK(!signature::verify_body(flipped(hash, 63), body));
  CAF_CHECK(!signature::verify_body(hash.substr(0, 63), body));
  CAF_CHECK(!signature::verify_body("", body));
  CAF_CHECK(!signature::verify_body("", ""));
  CAF_CHECK(signature::verify_body(crypto::to_hex(crypto::sha256("")), ""));
}
