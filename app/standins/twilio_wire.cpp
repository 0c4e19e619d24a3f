#include "app/standins/twilio_wire.hpp"

#include <initializer_list>
#include <optional>

#include <rapidjson/document.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include "protocol/base64.hpp"
#include "protocol/json.hpp"

namespace offhook::app::standins::wire {

namespace {

namespace base64 = protocol::base64;

/// A JSON object under construction; every number that Twilio writes is a
/// string, but for two of them.
class object_writer {
public:
  object_writer() {
    out_.StartObject();
  }

  object_writer& text(const char* key, std::string_view value) {
    out_.Key(key);
    put(value);
    return *this;
  }

  object_writer& digits(const char* key, std::uint64_t value) {
    return text(key, std::to_string(value));
  }

  object_writer& number(const char* key, std::uint64_t value) {
    out_.Key(key);
    out_.Uint64(value);
    return *this;
  }

  object_writer& list(const char* key, std::string_view only) {
    out_.Key(key);
    out_.StartArray();
    put(only);
    out_.EndArray();
    return *this;
  }

  object_writer&
  map(const char* key,
      const std::vector<std::pair<std::string, std::string>>& xs) {
    open(key);
    for (const auto& [name, value] : xs) {
      out_.Key(name.data(), static_cast<rapidjson::SizeType>(name.size()));
      put(value);
    }
    return close();
  }

  object_writer& open(const char* key) {
    out_.Key(key);
    out_.StartObject();
    return *this;
  }

  object_writer& close() {
    out_.EndObject();
    return *this;
  }

  std::string finish() {
    out_.EndObject();
    return {buffer_.GetString(), buffer_.GetSize()};
  }

private:
  void put(std::string_view value) {
    out_.String(value.data(), static_cast<rapidjson::SizeType>(value.size()));
  }

  rapidjson::StringBuffer buffer_;
  rapidjson::Writer<rapidjson::StringBuffer> out_{buffer_};
};

std::string_view view(const rapidjson::Value& x) {
  return {x.GetString(), x.GetStringLength()};
}

server_violation bad(std::string why) {
  return {std::move(why)};
}

/// Why `x` is not an object with exactly these fields; nothing if it is.
std::optional<std::string> misfit(const rapidjson::Value& x, const char* what,
                                  std::initializer_list<const char*> fields) {
  if (!x.IsObject())
    return std::string{what} + " is not an object";
  for (const auto* field : fields)
    if (!x.HasMember(field))
      return std::string{what} + " lacks " + field;
  for (const auto& member : x.GetObject()) {
    auto name = view(member.name);
    std::size_t known = 0;
    for (const auto* field : fields)
      known += name == field;
    if (known == 0)
      return std::string{what} + " has the unknown field "
             + std::string{name.substr(0, 40)};
  }
  if (x.MemberCount() != fields.size())
    return std::string{what} + " has a field twice";
  return std::nullopt;
}

server_frame read_media(const rapidjson::Value& frame) {
  const auto& media = frame["media"];
  if (auto why = misfit(media, "media", {"payload"}))
    return bad(std::move(*why));
  const auto& payload = media["payload"];
  if (!payload.IsString())
    return bad("media.payload is not a string");
  // Our base64 forgives missing padding, Twilio's need not.
  if (payload.GetStringLength() % 4 != 0)
    return bad("media.payload is not padded base64");
  auto audio = base64::decode(view(payload));
  if (!audio)
    return bad("media.payload is not base64");
  return server_media{std::move(*audio)};
}

server_frame read_mark(const rapidjson::Value& frame) {
  const auto& mark = frame["mark"];
  if (auto why = misfit(mark, "mark", {"name"}))
    return bad(std::move(*why));
  const auto& name = mark["name"];
  // An escaped half of a surrogate pair is JSON, but could not be returned.
  rapidjson::StringBuffer buffer;
  rapidjson::Writer<rapidjson::StringBuffer, rapidjson::UTF8<>,
                    rapidjson::UTF8<>, rapidjson::CrtAllocator,
                    rapidjson::kWriteValidateEncodingFlag>
    writer{buffer};
  if (!name.IsString() || name.GetStringLength() == 0 || !name.Accept(writer))
    return bad("mark.name is not a text");
  return server_mark{std::string{view(name)}};
}

} // namespace

std::string connected() {
  return object_writer{}
    .text("event", "connected")
    .text("protocol", "Call")
    .text("version", "1.0.0")
    .finish();
}

std::string start(const stream_setup& stream, std::uint64_t sequence) {
  return object_writer{}
    .text("event", "start")
    .digits("sequenceNumber", sequence)
    .open("start")
    .text("accountSid", stream.account_sid)
    .text("streamSid", stream.stream_sid)
    .text("callSid", stream.call_sid)
    .list("tracks", "inbound")
    .open("mediaFormat")
    .text("encoding", "audio/x-mulaw")
    .number("sampleRate", 8000)
    .number("channels", 1)
    .close()
    .map("customParameters", stream.parameters)
    .close()
    .text("streamSid", stream.stream_sid)
    .finish();
}

std::string media(std::string_view stream_sid, std::uint64_t sequence,
                  std::uint64_t chunk, std::uint64_t timestamp_ms,
                  std::span<const std::byte> audio) {
  return object_writer{}
    .text("event", "media")
    .digits("sequenceNumber", sequence)
    .open("media")
    .text("track", "inbound")
    .digits("chunk", chunk)
    .digits("timestamp", timestamp_ms)
    .text("payload", base64::encode(audio))
    .close()
    .text("streamSid", stream_sid)
    .finish();
}

std::string dtmf(std::string_view stream_sid, std::uint64_t sequence,
                 char digit) {
  return object_writer{}
    .text("event", "dtmf")
    .text("streamSid", stream_sid)
    .digits("sequenceNumber", sequence)
    .open("dtmf")
    .text("track", "inbound_track")
    .text("digit", {&digit, 1})
    .close()
    .finish();
}

std::string mark(std::string_view stream_sid, std::uint64_t sequence,
                 std::string_view name) {
  return object_writer{}
    .text("event", "mark")
    .digits("sequenceNumber", sequence)
    .text("streamSid", stream_sid)
    .open("mark")
    .text("name", name)
    .close()
    .finish();
}

std::string stop(const stream_setup& stream, std::uint64_t sequence) {
  return object_writer{}
    .text("event", "stop")
    .digits("sequenceNumber", sequence)
    .open("stop")
    .text("accountSid", stream.account_sid)
    .text("callSid", stream.call_sid)
    .close()
    .text("streamSid", stream.stream_sid)
    .finish();
}

server_frame read(std::string_view text, std::string_view stream_sid) {
  rapidjson::Document doc;
  // Iterative: a recursive reader could be made to exhaust the stack.
  constexpr unsigned flags = rapidjson::kParseIterativeFlag
                             | rapidjson::kParseValidateEncodingFlag;
  if (!protocol::json::has_safe_numbers(text)
      || doc.Parse<flags>(text.data(), text.size()).HasParseError())
    return bad("not JSON");
  if (!doc.IsObject() || !doc.HasMember("event") || !doc["event"].IsString())
    return bad("no event");
  auto event = view(doc["event"]);
  std::optional<std::string> why;
  if (event == "media")
    why = misfit(doc, "the frame", {"event", "streamSid", "media"});
  else if (event == "mark")
    why = misfit(doc, "the frame", {"event", "streamSid", "mark"});
  else if (event == "clear")
    why = misfit(doc, "the frame", {"event", "streamSid"});
  else
    why = "unknown event " + std::string{event.substr(0, 40)};
  if (why)
    return bad(std::move(*why));
  if (!doc["streamSid"].IsString() || view(doc["streamSid"]) != stream_sid)
    return bad("wrong streamSid");
  if (event == "media")
    return read_media(doc);
  if (event == "mark")
    return read_mark(doc);
  return server_clear{};
}

} // namespace offhook::app::standins::wire
