// Writes documents of ours and their elements, for the comparison with those
// that npm's `twilio` builds (the test `peers.twiml`).
#define CAF_SUITE app.twiml

#include "protocol/twiml.hpp"

#include <filesystem>
#include <fstream>

#include <caf/test/dsl.hpp>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

namespace twiml = offhook::protocol::twiml;

namespace {

using writer = rapidjson::Writer<rapidjson::StringBuffer>;

void write(writer& out, const twiml::element& x) {
  out.StartObject();
  out.Key("name");
  out.String(x.name.c_str());
  out.Key("attrs");
  out.StartArray();
  for (const auto& [name, value] : x.attrs) {
    out.StartArray();
    out.String(name.c_str());
    out.String(value.c_str());
    out.EndArray();
  }
  out.EndArray();
  out.Key("text");
  out.String(x.text.c_str());
  out.Key("children");
  out.StartArray();
  for (const auto& child : x.children)
    write(out, child);
  out.EndArray();
  out.EndObject();
}

std::string json_of(const std::vector<twiml::element>& verbs) {
  rapidjson::StringBuffer buffer;
  writer out{buffer};
  out.StartObject();
  out.Key("verbs");
  out.StartArray();
  for (const auto& x : verbs)
    write(out, x);
  out.EndArray();
  out.EndObject();
  return buffer.GetString();
}

std::string quoted(const std::string& text) {
  rapidjson::StringBuffer buffer;
  writer out{buffer};
  out.String(text.c_str());
  return buffer.GetString();
}

} // namespace

CAF_TEST(all documents that we send) {
  twiml::stream_options stream{
    "wss://voice.example.com/ai-stream",
    "https://voice.example.com/stream-ended?a=1&b=2",
    "https://voice.example.com/stream-status",
    {{"token", "a<b>&\"c'"}, {"from", "+15017122661"}, {"to", "Zażółć"}}};
  std::vector<std::vector<twiml::element>> documents{
    {twiml::connect_stream(stream)},
    {twiml::say("One moment, please: 1 < 2 & \"so on\"."),
     twiml::connect_stream(stream)},
    {twiml::say("I am sorry."), twiml::hangup()},
    {twiml::hangup()},
    {twiml::reject("busy")},
    {twiml::redirect("https://voice.example.com/incoming-call?x=1&y=2")},
    {twiml::gather({"dtmf speech", "https://voice.example.com/menu?attempt=1",
                    7, 1, "de-DE", "sales,billing & more"},
                   twiml::say("Press 1 < 2.", "de-DE")),
     twiml::redirect("https://voice.example.com/menu?attempt=1")},
    {twiml::gather({"dtmf", "/menu?attempt=2", 5, 0, "", ""},
                   twiml::say("Which one?"))},
    {twiml::dial({"+15551230001", "https://voice.example.com/transfer-ended",
                  20, "+15558675310"})},
    {twiml::dial({"sip:desk@pbx.example.com;transport=tls", "/a", 5, ""})},
    {twiml::play_digits("ww12#"), twiml::connect_stream(stream)},
  };
  auto dir = std::filesystem::path{OFFHOOK_BINARY_DIR} / "twiml";
  std::filesystem::create_directories(dir);
  std::ofstream elements{dir / "documents.jsonl"};
  std::ofstream ours{dir / "ours.jsonl"};
  for (const auto& x : documents) {
    elements << json_of(x) << "\n";
    ours << quoted(twiml::document(x)) << "\n";
  }
  CAF_CHECK(elements.good());
  CAF_CHECK(ours.good());
}
