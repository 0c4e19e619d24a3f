#include "app/call_json.hpp"

#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

namespace offhook::app {

namespace {

using writer = rapidjson::Writer<rapidjson::StringBuffer>;

void put(writer& out, const char* key, std::string_view text) {
  out.Key(key);
  out.String(text.data(), static_cast<rapidjson::SizeType>(text.size()));
}

void put(writer& out, const char* key, std::uint64_t number) {
  out.Key(key);
  out.Uint64(number);
}

void write_bridge(writer& out, const actors::bridge_report& x) {
  out.StartObject();
  put(out, "frames_in", x.frames_in);
  put(out, "bytes_in", x.bytes_in);
  put(out, "bytes_dropped", x.bytes_dropped);
  put(out, "bytes_received", x.bytes_received);
  put(out, "bytes_out", x.bytes_out);
  put(out, "barge_ins", x.barge_ins);
  put(out, "responses", x.responses);
  put(out, "last_truncated_at_ms", x.last_truncated_at_ms);
  out.EndObject();
}

void write_call(writer& out, const actors::call_info& x, bool whole) {
  out.StartObject();
  put(out, "call_sid", x.call_sid);
  put(out, "state", to_string(x.state));
  put(out, "outcome", to_string(x.outcome));
  put(out, "from", x.from);
  put(out, "to", x.to);
  put(out, "shard", std::uint64_t{x.shard});
  put(out, "started_at", static_cast<std::uint64_t>(x.started_at));
  put(out, "stream_sid", x.stream_sid);
  put(out, "session_id", x.session_id);
  out.Key("children");
  out.StartArray();
  for (const auto& child : x.children) {
    out.StartObject();
    put(out, "name", child.name);
    put(out, "state", child.state);
    put(out, "restarts", std::uint64_t{child.restarts});
    put(out, "last_reason", child.last_reason);
    out.EndObject();
  }
  out.EndArray();
  if (whole) {
    out.Key("bridge");
    write_bridge(out, x.bridge);
  }
  out.EndObject();
}

std::string text_of(const rapidjson::StringBuffer& buffer) {
  return {buffer.GetString(), buffer.GetSize()};
}

} // namespace

std::string to_json(const actors::call_info& call) {
  rapidjson::StringBuffer buffer;
  writer out{buffer};
  write_call(out, call, true);
  return text_of(buffer);
}

std::string to_json(const actors::call_list& calls) {
  rapidjson::StringBuffer buffer;
  writer out{buffer};
  out.StartObject();
  out.Key("calls");
  out.StartArray();
  for (const auto& x : calls.calls)
    write_call(out, x, false);
  out.EndArray();
  out.EndObject();
  return text_of(buffer);
}

std::string to_json(const actors::call_document& said) {
  rapidjson::StringBuffer buffer;
  writer out{buffer};
  out.StartObject();
  put(out, "call_sid", said.call_sid);
  out.Key("entries");
  out.StartArray();
  for (const auto& x : said.entries) {
    out.StartObject();
    put(out, "kind", to_string(x.kind));
    put(out, "text", x.text);
    if (!x.unheard.empty())
      put(out, "unheard", x.unheard);
    if (!x.name.empty())
      put(out, "name", x.name);
    if (!x.call_id.empty())
      put(out, "call_id", x.call_id);
    out.EndObject();
  }
  out.EndArray();
  put(out, "forgotten", said.forgotten);
  out.Key("usage");
  out.StartObject();
  put(out, "model", said.model);
  put(out, "responses", said.responses);
  put(out, "unknown", said.unknown_usage);
  put(out, "input_text", said.tokens.input_text);
  put(out, "input_audio", said.tokens.input_audio);
  put(out, "input_image", said.tokens.input_image);
  put(out, "cached_text", said.tokens.cached_text);
  put(out, "cached_audio", said.tokens.cached_audio);
  put(out, "cached_image", said.tokens.cached_image);
  put(out, "output_text", said.tokens.output_text);
  put(out, "output_audio", said.tokens.output_audio);
  put(out, "transcribed_ms", said.transcriptions.milliseconds);
  out.Key("cost_usd");
  if (said.cost_usd)
    out.Double(*said.cost_usd);
  else
    out.Null();
  put(out, "prices_as_of", said.prices_as_of);
  out.EndObject();
  out.EndObject();
  return text_of(buffer);
}

std::string error_json(std::string_view code, std::string_view message) {
  rapidjson::StringBuffer buffer;
  writer out{buffer};
  out.StartObject();
  out.Key("error");
  out.StartObject();
  put(out, "code", code);
  put(out, "message", message);
  out.EndObject();
  out.EndObject();
  return text_of(buffer);
}

} // namespace offhook::app
