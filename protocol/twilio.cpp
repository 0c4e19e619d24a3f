#include "protocol/twilio.hpp"

#include "protocol/base64.hpp"
#include "protocol/json.hpp"

#include <algorithm>

namespace offhook::protocol::twilio {

namespace {

using json::need;

// Twilio's ids have 34 characters; the rest is what its documentation allows,
// with room to spare.
constexpr std::size_t max_sid = 64;
constexpr std::size_t max_event_name = 64;
constexpr std::size_t max_track_name = 32;
constexpr std::size_t max_mark_name = 128;
constexpr json::object::list_limits parameter_limits{.entries = 64,
                                                     .name = 128,
                                                     .value = 1024};

event read_start(const json::object& root) {
  stream_start result;
  const auto start = root.child("start", need::required);
  result.stream_sid = start.string("streamSid", max_sid);
  const auto outer = root.string("streamSid", max_sid);
  if (result.stream_sid.empty())
    result.stream_sid = outer;
  // Every later frame carries the outer one: were it another, all of them
  // would be of a stream that nobody knows.
  if (!outer.empty() && outer != result.stream_sid)
    start.fail(errc::inconsistent, "streamSid");
  result.account_sid = start.string("accountSid", max_sid);
  result.call_sid = start.string("callSid", max_sid, need::required);
  start.child("customParameters")
    .strings(parameter_limits,
             [&result](std::string_view name, std::string_view value) {
               result.custom_parameters.emplace(name, value);
             });
  const auto format = start.child("mediaFormat");
  if (!format.present())
    return result;
  // A format that is announced in part is not one that we know.
  if (format.view("encoding").value_or("") != "audio/x-mulaw")
    format.fail(errc::unsupported_format, "encoding");
  if (format.number("sampleRate").value_or(0) != 8000)
    format.fail(errc::unsupported_format, "sampleRate");
  if (format.number("channels").value_or(0) != 1)
    format.fail(errc::unsupported_format, "channels");
  return result;
}

event read_media(const json::object& root) {
  const auto media = root.child("media", need::required);
  const auto track = media.prefix("track", max_track_name);
  // `dtmf` and TwiML spell the same tracks with a suffix.
  if (!track.empty() && track != "inbound" && track != "inbound_track")
    return stream_unknown{"media/"
                          + (track == "outbound_track" ? "outbound" : track)};
  stream_media result;
  result.sequence_number = root.number("sequenceNumber").value_or(0);
  result.timestamp_ms
    = media.number("timestamp", json::max_safe_integer, need::required)
        .value_or(0);
  const auto payload = media.view("payload", need::required);
  if (auto bytes = base64::decode(payload.value_or("")))
    result.payload = std::move(*bytes);
  else
    media.fail(errc::not_base64, "payload");
  return result;
}

event read_dtmf(const json::object& root) {
  constexpr std::string_view keys = "0123456789*#ABCD";
  const auto dtmf = root.child("dtmf", need::required);
  const auto digit = dtmf.string("digit", 1, need::required);
  if (digit.empty() || keys.find(digit.front()) == std::string_view::npos) {
    dtmf.fail(errc::out_of_range, "digit");
    return stream_dtmf{};
  }
  return stream_dtmf{digit.front()};
}

event read_mark(const json::object& root) {
  return stream_mark{root.child("mark", need::required)
                       .string("name", max_mark_name, need::required)};
}

event read_stop(const json::object& root) {
  // That the stream is over is worth knowing even if nothing else is said.
  return stream_stop{root.child("stop").string("callSid", max_sid)};
}

using reader = event (*)(const json::object&);

reader reader_of(std::string_view name) {
  if (name == "media")
    return read_media;
  if (name == "mark")
    return read_mark;
  if (name == "dtmf")
    return read_dtmf;
  if (name == "start")
    return read_start;
  if (name == "stop")
    return read_stop;
  return nullptr;
}

frame read_frame(const json::object& root) {
  frame result;
  auto name = root.prefix("event", max_event_name, need::required);
  if (name == "connected") {
    result.body = stream_connected{};
    return result;
  }
  const auto read = reader_of(name);
  if (read == nullptr) {
    // No more is asked of an event that nobody knows.
    result.stream_sid = root.prefix("streamSid", max_sid);
    result.body = stream_unknown{std::move(name)};
    return result;
  }
  result.stream_sid = root.string("streamSid", max_sid);
  result.body = read(root);
  if (auto* start = std::get_if<stream_start>(&result.body);
      start != nullptr && result.stream_sid.empty())
    result.stream_sid = start->stream_sid;
  if (result.stream_sid.empty())
    root.fail(errc::missing_field, "streamSid");
  return result;
}

/// `{"event":"NAME","streamSid":"SID"`, open for more.
std::string begin(std::string_view name, std::string_view stream_sid,
                  std::size_t more) {
  std::string result;
  result.reserve(more + name.size() + stream_sid.size() + 64);
  result += R"({"event":")";
  result += name;
  result += R"(","streamSid":)";
  json::append_quoted(result, stream_sid);
  return result;
}

} // namespace

result<frame> parse(std::string_view text) {
  return json::read(text, read_frame);
}

bool is_start(std::string_view text) {
  const auto name = json::read(text, [](const json::object& root) {
    return root.hint("event", max_event_name);
  });
  return name && *name == "start";
}

std::string media(std::string_view stream_sid,
                  std::span<const std::byte> payload) {
  auto result = begin("media", stream_sid, payload.size() / 3 * 4);
  result += R"(,"media":{"payload":")";
  base64::append(result, payload);
  result += R"("}})";
  return result;
}

std::string mark(std::string_view stream_sid, std::string_view name) {
  auto result = begin("mark", stream_sid, name.size());
  result += R"(,"mark":{"name":)";
  json::append_quoted(result, name);
  result += "}}";
  return result;
}

std::string clear(std::string_view stream_sid) {
  auto result = begin("clear", stream_sid, 0);
  result += '}';
  return result;
}

} // namespace offhook::protocol::twilio
