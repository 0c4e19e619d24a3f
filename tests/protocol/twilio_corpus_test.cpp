#define CAF_SUITE protocol.twilio_corpus

#include "broken.hpp"

#include "protocol/base64.hpp"
#include "protocol/twilio.hpp"

#include "caf/test/dsl.hpp"

#include <map>
#include <string>

using namespace offhook;
using namespace offhook::protocol;
using namespace offhook::tests;

namespace {

/// The event that a line stands for, by a reader that trusts it.
twilio::frame expected(const json_value& x) {
  const auto name = string_at(x, "event");
  twilio::frame result{string_at(x, "streamSid"), stream_connected{}};
  if (name == "start") {
    stream_start start{string_at(x, "start", "streamSid"),
                       string_at(x, "start", "accountSid"),
                       string_at(x, "start", "callSid"),
                       {}};
    for (const auto& [key, value] : x["start"]["customParameters"].GetObject())
      start.custom_parameters.emplace(key.GetString(), value.GetString());
    result.body = start;
  } else if (name == "media") {
    const auto bytes = base64::decode(string_at(x, "media", "payload"));
    result.body = stream_media{std::stoull(string_at(x, "sequenceNumber")),
                               std::stoull(string_at(x, "media", "timestamp")),
                               bytes.value()};
  } else if (name == "dtmf") {
    result.body = stream_dtmf{string_at(x, "dtmf", "digit").front()};
  } else if (name == "mark") {
    result.body = stream_mark{string_at(x, "mark", "name")};
  } else if (name == "stop") {
    result.body = stream_stop{string_at(x, "stop", "callSid")};
  }
  return result;
}

/// What our builder makes of the data of an outgoing line.
std::string rebuilt(const json_value& x) {
  const auto name = string_at(x, "event");
  const auto sid = string_at(x, "streamSid");
  if (name == "media")
    return twilio::media(
      sid, base64::decode(string_at(x, "media", "payload")).value());
  if (name == "mark")
    return twilio::mark(sid, string_at(x, "mark", "name"));
  return twilio::clear(sid);
}

const std::map<std::string, schema> schemas{
  {"connected", {{"event", kind::cut_text, required}}},
  {"start",
   {{"event", kind::cut_text, required},
    {"streamSid", kind::same_text},
    {"start", kind::object, required},
    {"start.streamSid", kind::same_text},
    {"start.accountSid", kind::text},
    {"start.callSid", kind::text, required},
    {"start.mediaFormat", kind::object},
    {"start.mediaFormat.encoding", kind::format_text},
    {"start.mediaFormat.sampleRate", kind::format_number},
    {"start.mediaFormat.channels", kind::format_number},
    {"start.customParameters", kind::object},
    {"start.customParameters.*", kind::text, false, "start.customParameters"}}},
  {"media",
   {{"event", kind::cut_text, required},
    {"streamSid", kind::text, required},
    {"sequenceNumber", kind::number},
    {"media", kind::object, required},
    {"media.track", kind::cut_text},
    {"media.timestamp", kind::number, required},
    {"media.payload", kind::audio, required}}},
  {"dtmf",
   {{"event", kind::cut_text, required},
    {"streamSid", kind::text, required},
    {"dtmf", kind::object, required},
    {"dtmf.digit", kind::key, required}}},
  {"mark",
   {{"event", kind::cut_text, required},
    {"streamSid", kind::text, required},
    {"mark", kind::object, required},
    {"mark.name", kind::text, required}}},
  {"stop",
   {{"event", kind::cut_text, required},
    {"streamSid", kind::text, required},
    {"stop", kind::object},
    {"stop.callSid", kind::text}}},
};

struct fixture {
  fixture() {
    for (auto& line : load_corpus("twilio-session.jsonl"))
      (line.in ? in : out).push_back(std::move(line.frame));
  }

  std::vector<std::string> in;
  std::vector<std::string> out;
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(twilio_corpus_tests, fixture)

CAF_TEST(every line from Twilio is read as what it is) {
  std::map<std::string, int> seen;
  for (const auto& line : in) {
    const auto doc = parse_json(line);
    ++seen[string_at(doc, "event")];
    const auto got = twilio::parse(line);
    CAF_REQUIRE(got);
    CAF_CHECK(*got == expected(doc));
  }
  CAF_CHECK_EQUAL(seen, (std::map<std::string, int>{{"connected", 1},
                                                    {"dtmf", 2},
                                                    {"mark", 6},
                                                    {"media", 19},
                                                    {"start", 1},
                                                    {"stop", 1}}));
}

CAF_TEST(every line to Twilio is what we build from its data) {
  CAF_CHECK_EQUAL(out.size(), 14u);
  for (const auto& line : out) {
    const auto doc = parse_json(line);
    const auto ours = rebuilt(doc);
    CAF_MESSAGE(line.substr(0, 80));
    CAF_CHECK(parse_json(ours) == doc);
  }
}

CAF_TEST(a line with one broken field gets the right code) {
  tally result;
  for (const auto& line : in)
    check_fields(result, line, schemas.at(string_at(parse_json(line), "event")),
                 twilio::parse);
  CAF_CHECK_EQUAL(result.text(), "");
  CAF_CHECK_GREATER(result.checks(), 3000u);
}

CAF_TEST(a line broken as a text gets the right code) {
  tally result;
  for (const auto& line : in)
    check_text(result, line, twilio::parse);
  CAF_CHECK_EQUAL(result.text(), "");
  CAF_CHECK_GREATER(result.checks(), 8000u);
}

CAF_TEST_FIXTURE_SCOPE_END()
