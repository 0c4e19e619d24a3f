#define CAF_SUITE protocol.twilio

#include "protocol/twilio.hpp"

#include "caf/test/dsl.hpp"

#include <string>

using namespace offhook::protocol;

namespace {

const std::string sid = "MZ89abcdef0123456789abcdef01234567";

std::string media(std::string_view body) {
  return R"({"event":"media","sequenceNumber":"4","media":{)"
         + std::string{body} + R"(},"streamSid":")" + sid + R"("})";
}

std::string start(std::string_view rest) {
  return R"({"event":"start","streamSid":"MZ1","start":{"streamSid":"MZ1",)"
         R"("callSid":"CA1")"
         + std::string{rest} + "}}";
}

/// The event of a frame that is one, as `T`.
template <class T>
T read(std::string_view text) {
  auto got = twilio::parse(text);
  if (!got)
    CAF_FAIL(to_string(got.error()) << " in " << std::string{text});
  if (!std::holds_alternative<T>(got->body))
    CAF_FAIL("another event: " << std::string{text});
  return std::get<T>(std::move(got->body));
}

std::string error_of(std::string_view text) {
  const auto got = twilio::parse(text);
  return got ? "read" : to_string(got.error());
}

std::vector<std::byte> bytes(std::initializer_list<int> xs) {
  std::vector<std::byte> result;
  for (int x : xs)
    result.push_back(static_cast<std::byte>(x));
  return result;
}

} // namespace

CAF_TEST(connected names no stream) {
  const auto got = twilio::parse(
    R"({"event":"connected","protocol":"Call","version":"1.0.0"})");
  CAF_REQUIRE(got);
  CAF_CHECK(*got == (twilio::frame{"", stream_connected{}}));
}

CAF_TEST(start carries ids and parameters) {
  const auto got = twilio::parse(
    R"({"event":"start","sequenceNumber":"1","start":{"streamSid":"MZ1",)"
    R"("accountSid":"AC1","callSid":"CA1","tracks":["inbound"],)"
    R"("mediaFormat":{"encoding":"audio/x-mulaw","sampleRate":8000,)"
    R"("channels":1},"customParameters":{"token":"t\u00e9","attempt":"1",)"
    R"("nothing":null}},"streamSid":"MZ1"})");
  CAF_REQUIRE(got);
  CAF_CHECK(*got
            == (twilio::frame{"MZ1", stream_start{"MZ1",
                                                  "AC1",
                                                  "CA1",
                                                  {{"token", "t\xC3\xA9"},
                                                   {"attempt", "1"}}}}));
}

CAF_TEST(one of the two places of the stream id is enough) {
  const stream_start expected{"MZ1", "", "CA1", {}};
  for (auto text :
       {R"({"event":"start","start":{"streamSid":"MZ1","callSid":"CA1"}})",
        R"({"event":"start","streamSid":"MZ1","start":{"callSid":"CA1"}})"})
    CAF_CHECK(*twilio::parse(text) == (twilio::frame{"MZ1", expected}));
  CAF_CHECK_EQUAL(error_of(R"({"event":"start","streamSid":"MZ1","start":{)"
                           R"("streamSid":"MZ2","callSid":"CA1"}})"),
                  "inconsistent at start.streamSid");
  CAF_CHECK_EQUAL(error_of(R"({"event":"start","start":{"callSid":"CA1"}})"),
                  "missing_field at streamSid");
}

CAF_TEST(parameters may be missing empty or null) {
  for (auto rest :
       {"", R"(,"customParameters":{})", R"(,"customParameters":null)"})
    CAF_CHECK(read<stream_start>(start(rest)).custom_parameters.empty());
}

CAF_TEST(parameters have their bounds) {
  auto parameters = [](std::size_t count, std::size_t name, std::size_t value) {
    std::string text = R"(,"customParameters":{)";
    for (std::size_t i = 0; i < count; ++i) {
      const auto number = std::to_string(i);
      text += (i == 0 ? "\"" : ",\"") + number
              + std::string(name - number.size(), 'n') + "\":\""
              + std::string(value, 'v') + '"';
    }
    return error_of(start(text + '}'));
  };
  CAF_CHECK_EQUAL(parameters(64, 128, 1024), "read");
  CAF_CHECK_EQUAL(parameters(65, 128, 1024),
                  "too_long at start.customParameters");
  CAF_CHECK_EQUAL(parameters(1, 129, 1), "too_long at start.customParameters");
  CAF_CHECK_EQUAL(parameters(1, 1, 1025), "too_long at start.customParameters");
}

CAF_TEST(only one audio format is supported) {
  auto format = [](std::string_view body) {
    return error_of(start(R"(,"mediaFormat":{)" + std::string{body} + "}"));
  };
  CAF_CHECK_EQUAL(
    format(R"("encoding":"audio/x-mulaw","sampleRate":8000,"channels":1)"),
    "read");
  CAF_CHECK_EQUAL(
    format(R"("encoding":"audio/x-mulaw","sampleRate":"8000","channels":"1")"),
    "read");
  CAF_CHECK_EQUAL(
    format(R"("encoding":"audio/x-l16","sampleRate":8000,"channels":1)"),
    "unsupported_format at start.mediaFormat.encoding");
  CAF_CHECK_EQUAL(
    format(R"("encoding":"audio/x-mulaw","sampleRate":16000,"channels":1)"),
    "unsupported_format at start.mediaFormat.sampleRate");
  CAF_CHECK_EQUAL(
    format(R"("encoding":"audio/x-mulaw","sampleRate":8000,"channels":2)"),
    "unsupported_format at start.mediaFormat.channels");
  CAF_CHECK_EQUAL(format(""),
                  "unsupported_format at start.mediaFormat.encoding");
  // Nothing said is nothing wrong.
  CAF_CHECK_EQUAL(error_of(start(R"(,"mediaFormat":null)")), "read");
}

CAF_TEST(numbers come as strings or as numbers) {
  const stream_media expected{4, 20, bytes({0xFF, 0xFF})};
  for (auto timestamp : {R"("20")", "20", "20.0", "2e1", R"("0020")"})
    CAF_CHECK(
      read<stream_media>(media(R"("timestamp":)" + std::string{timestamp}
                               + R"(,"payload":"//8=")"))
      == expected);
}

CAF_TEST(what is no number is told from what is a bad one) {
  auto timestamp = [](std::string_view value) {
    return error_of(media(R"("payload":"","timestamp":)" + std::string{value}));
  };
  for (auto value : {R"("")", R"("x")", R"("0x10")", R"(" 1")", R"("1 ")",
                     R"("+1")", R"("-")", R"("inf")", "true"})
    CAF_CHECK_EQUAL(timestamp(value), "wrong_type at media.timestamp");
  for (auto value : {"-1", "0.5", R"("-1")", R"("0.5")", "9007199254740992",
                     R"("9007199254740992")", "1e300", R"("1e999")"})
    CAF_CHECK_EQUAL(timestamp(value), "out_of_range at media.timestamp");
  CAF_CHECK_EQUAL(timestamp("9007199254740991"), "read");
  CAF_CHECK_EQUAL(timestamp("1e999"), "out_of_range");
}

CAF_TEST(payloads of odd sizes) {
  for (std::size_t size : {0u, 1u, 159u, 160u, 3200u, 65'536u}) {
    const std::vector payload(size, std::byte{0x5A});
    auto text = twilio::media(sid, payload);
    text.insert(text.find(R"("payload")"), R"("timestamp":"0",)");
    CAF_CHECK(read<stream_media>(text).payload == payload);
  }
}

CAF_TEST(a payload must be base64) {
  auto payload = [](std::string_view value) {
    return error_of(
      media(R"("timestamp":"1","payload":)" + std::string{value}));
  };
  CAF_CHECK_EQUAL(payload(R"("//8=")"), "read");
  CAF_CHECK_EQUAL(payload(R"("\/\/8=")"), "read");
  for (auto value :
       {R"("//8==")", R"("/")", R"("!!!!")", R"("//8=\n")", R"("AAAA\u0000")"})
    CAF_CHECK_EQUAL(payload(value), "not_base64 at media.payload");
  CAF_CHECK_EQUAL(payload("null"), "missing_field at media.payload");
}

CAF_TEST(media of another track is an unknown event) {
  auto track = [](std::string_view name) {
    return read<stream_unknown>(media(R"("track":")" + std::string{name}
                                      + R"(","timestamp":"1","payload":"")"))
      .event;
  };
  CAF_CHECK_EQUAL(track("outbound"), "media/outbound");
  CAF_CHECK_EQUAL(track("outbound_track"), "media/outbound");
  CAF_CHECK_EQUAL(track(std::string(500, 't')),
                  "media/" + std::string(32, 't'));
  for (auto name : {R"("inbound")", R"("inbound_track")", "null", R"("")"})
    read<stream_media>(
      media(R"("timestamp":"1","payload":"","track":)" + std::string{name}));
}

CAF_TEST(sixteen keys and no others) {
  auto digit = [](char c) {
    return R"({"event":"dtmf","streamSid":"MZ1","dtmf":{"digit":")"
           + std::string(1, c) + "\"}}";
  };
  std::string keys;
  for (int c = 0x20; c < 0x7F; ++c)
    if (c != '"' && c != '\\') {
      const auto text = digit(static_cast<char>(c));
      if (error_of(text) == "read")
        keys += read<stream_dtmf>(text).digit;
      else
        CAF_CHECK_EQUAL(error_of(text), "out_of_range at dtmf.digit");
    }
  CAF_CHECK_EQUAL(keys, "#*0123456789ABCD");
  CAF_CHECK_EQUAL(
    error_of(R"({"event":"dtmf","streamSid":"MZ1","dtmf":{"digit":"12"}})"),
    "too_long at dtmf.digit");
}

CAF_TEST(a mark has a name of up to 128 bytes) {
  auto mark = [](std::size_t size) {
    return twilio::mark("MZ1", std::string(size, 'm'));
  };
  CAF_CHECK_EQUAL(read<stream_mark>(mark(128)).name, std::string(128, 'm'));
  CAF_CHECK_EQUAL(error_of(mark(129)), "too_long at mark.name");
}

CAF_TEST(stop says that it is over even if it says no more) {
  CAF_CHECK(read<stream_stop>(
              R"({"event":"stop","streamSid":"MZ1","stop":{"callSid":"CA1"}})")
            == stream_stop{"CA1"});
  CAF_CHECK(read<stream_stop>(R"({"event":"stop","streamSid":"MZ1"})")
            == stream_stop{});
}

CAF_TEST(unknown events are named and cut) {
  CAF_CHECK(*twilio::parse(R"({"event":"speech"})")
            == (twilio::frame{"", stream_unknown{"speech"}}));
  CAF_CHECK(*twilio::parse(R"({"event":"speech","streamSid":"MZ1"})")
            == (twilio::frame{"MZ1", stream_unknown{"speech"}}));
  // Event names are case-sensitive.
  CAF_CHECK_EQUAL(read<stream_unknown>(R"({"event":"Media"})").event, "Media");
  // 63 bytes and a character of two: the cut falls before that.
  const auto name = std::string(63, 'e') + "\xC3\xA9";
  CAF_CHECK_EQUAL(read<stream_unknown>(R"({"event":")" + name + "\"}").event,
                  std::string(63, 'e'));
}

CAF_TEST(ids have at most 64 bytes) {
  auto with_sid = [](std::size_t size) {
    return error_of(R"({"event":"stop","streamSid":")" + std::string(size, 'M')
                    + "\"}");
  };
  CAF_CHECK_EQUAL(with_sid(64), "read");
  CAF_CHECK_EQUAL(with_sid(65), "too_long at streamSid");
}

CAF_TEST(what is no frame at all) {
  for (auto text : {"", " ", "{", "}", "nul", "{]", "\xFF", "{\"event\"}"})
    CAF_CHECK_EQUAL(error_of(text), "not_json");
  for (auto text : {"null", "true", "1", "\"event\"", "[]", "[{}]"})
    CAF_CHECK_EQUAL(error_of(text), "not_an_object");
  CAF_CHECK_EQUAL(error_of("{}"), "missing_field at event");
}

CAF_TEST(our frames have the documented fields and no others) {
  CAF_CHECK_EQUAL(twilio::media(sid, bytes({0xFF, 0x7F})),
                  R"({"event":"media","streamSid":")" + sid
                    + R"(","media":{"payload":"/38="}})");
  CAF_CHECK_EQUAL(twilio::mark(sid, "g2:item_a:400"),
                  R"({"event":"mark","streamSid":")" + sid
                    + R"(","mark":{"name":"g2:item_a:400"}})");
  CAF_CHECK_EQUAL(twilio::clear(sid),
                  R"({"event":"clear","streamSid":")" + sid + "\"}");
}

CAF_TEST(names are escaped on their way out) {
  const std::string name = "a\"b\\c\nd\x01\x7F\xC3\xA9";
  CAF_CHECK_EQUAL(read<stream_mark>(twilio::mark("MZ1", name)).name, name);
  // Bytes that are no UTF-8 would end the connection.
  CAF_CHECK_EQUAL(read<stream_mark>(twilio::mark("MZ1", "a\xFF")).name,
                  "a\xEF\xBF\xBD");
  CAF_CHECK_EQUAL(read<stream_mark>(twilio::mark("MZ1", "")).name, "");
}
