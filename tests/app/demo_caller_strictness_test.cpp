#define CAF_SUITE app.demo_caller_strictness

#include "demo_caller_fixture.hpp"

#include "tests/protocol/broken.hpp"

using namespace offhook;
using namespace offhook::tests;

namespace {

const std::string stream = "MZ89abcdef0123456789abcdef01234567";

std::string why(const std::string& text) {
  auto frame = wire::read(text, stream);
  if (auto* x = std::get_if<wire::server_violation>(&frame))
    return x->why;
  return "";
}

std::string frame(const std::string& event, const std::string& rest) {
  return R"({"event":")" + event + R"(","streamSid":")" + stream + '"' + rest
         + '}';
}

} // namespace

CAF_TEST(the documented frames pass) {
  CAF_CHECK_EQUAL(why(frame("clear", "")), "");
  CAF_CHECK_EQUAL(why(frame("mark", R"(,"mark":{"name":"a"})")), "");
  CAF_CHECK_EQUAL(why(frame("media", R"(,"media":{"payload":"/w=="})")), "");
  CAF_CHECK_EQUAL(why(frame("media", R"(,"media":{"payload":""})")), "");
}

CAF_TEST(everything else is a violation) {
  const std::pair<std::string, std::string> cases[] = {
    {"", "not JSON"},
    {"[]", "no event"},
    {R"({"Event":"clear"})", "no event"},
    {R"({"event":1})", "no event"},
    {frame("Clear", ""), "unknown event Clear"},
    {frame("start", ""), "unknown event start"},
    {R"({"event":"clear"})", "the frame lacks streamSid"},
    {R"({"event":"clear","streamSid":"MZ1"})", "wrong streamSid"},
    {R"({"event":"clear","streamSid":null})", "wrong streamSid"},
    {R"({"event":"clear","streamsid":"MZ1","streamSid":"MZ1"})",
     "the frame has the unknown field streamsid"},
    {frame("clear", R"(,"sequenceNumber":"1")"),
     "the frame has the unknown field sequenceNumber"},
    {frame("clear", R"(,"event":"clear")"), "the frame has a field twice"},
    {frame("media", ""), "the frame lacks media"},
    {frame("media", R"(,"media":"/w==")"), "media is not an object"},
    {frame("media", R"(,"media":{})"), "media lacks payload"},
    {frame("media", R"(,"media":{"payload":"/w==","track":"outbound"})"),
     "media has the unknown field track"},
    {frame("media", R"(,"media":{"payload":"/w==","payload":"/w=="})"),
     "media has a field twice"},
    {frame("media", R"(,"media":{"payload":7})"),
     "media.payload is not a string"},
    {frame("media", R"(,"media":{"payload":"/w"})"),
     "media.payload is not padded base64"},
    {frame("media", R"(,"media":{"payload":"_w=="})"),
     "media.payload is not base64"},
    {frame("mark", R"(,"mark":{"name":""})"), "mark.name is not a text"},
    {frame("mark", R"(,"mark":{"name":4})"), "mark.name is not a text"},
    {frame("mark", R"(,"mark":{"Name":"a"})"), "mark lacks name"},
  };
  for (const auto& [text, expected] : cases)
    CAF_CHECK_EQUAL(why(text), expected);
}

CAF_TEST(broken variants of each recorded frame are refused and never crash) {
  std::size_t checks = 0;
  std::string failures;
  auto check = [&](bool ok, const std::string& what) {
    ++checks;
    if (!ok && failures.size() < 2000)
      failures += what.substr(0, 400) + '\n';
  };
  for (const auto& line : load_corpus("twilio-session.jsonl")) {
    if (line.in)
      continue;
    check(why(line.frame).empty(), line.frame);
    const auto stride = line.frame.size() < 1000 ? 1 : 17;
    for (std::size_t n = 0; n < line.frame.size(); n += stride)
      check(!why(line.frame.substr(0, n)).empty(), "truncated");
    const auto doc = parse_json(line.frame);
    std::vector<std::string> paths;
    collect_paths(doc, "", paths);
    for (const auto& path : paths)
      for (const auto& wrong : wrong_values()) {
        // Any text is a good name for a mark.
        if (path == "mark.name" && wrong.what == wrong_value::type::text
            && wrong.json.find("udc") == std::string::npos)
          continue;
        auto text = replaced(doc, path, wrong.json);
        check(!why(text).empty(), text);
      }
    auto more = line.frame;
    more.insert(1, R"("x":null,)");
    check(!why(more).empty(), more);
    check(!why(std::string(100'000, '[')).empty(), "nested");
    check(!why(R"({"event":)" + nested(100'000) + "}").empty(), "nested");
  }
  CAF_CHECK_EQUAL(failures, "");
  CAF_CHECK_GREATER(checks, 1000u);
}

CAF_TEST_FIXTURE_SCOPE(demo_caller_strictness_tests, demo_caller_fixture)

CAF_TEST(violations are counted and the call goes on) {
  dial({});
  receive("nonsense");
  receive(R"({"event":"clear","streamSid":"MZ00"})");
  line->on_binary(12, now);
  audio(noise(100));
  go(200);
  CAF_CHECK_EQUAL(call->stats().bytes_played, 800u);
  auto& violations = call->stats().violations;
  CAF_REQUIRE_EQUAL(violations.size(), 3u);
  CAF_CHECK_EQUAL(violations[0].code, 31951);
  CAF_CHECK_EQUAL(violations[0].text, "not JSON");
  CAF_CHECK_EQUAL(violations[1].text, "wrong streamSid");
  CAF_CHECK_EQUAL(violations[2].code, 31950);
  CAF_CHECK_EQUAL(violations[2].text, "binary frame of 12 bytes");
  CAF_CHECK_EQUAL(timeline(timeline_event::kind::violation)[1],
                  "0 31951: wrong streamSid");
}

CAF_TEST(a flood of violations is counted and not kept) {
  dial({});
  for (int i = 0; i < 1000; ++i)
    receive("{}");
  CAF_CHECK_EQUAL(call->stats().violation_count, 1000u);
  CAF_CHECK_EQUAL(call->stats().violations.size(), 100u);
  CAF_CHECK_LESS(call->timeline().size(), 200u);
}

CAF_TEST_FIXTURE_SCOPE_END()
