#include "protocol/json_writer.hpp"

#include "protocol/json.hpp"
#include "protocol/utf8.hpp"

#include <algorithm>
#include <cmath>

namespace offhook::protocol::json {

namespace {

void put(raw_writer& out, std::string_view text) {
  // Never null, which RapidJSON refuses even with a length of zero.
  out.String(text.empty() ? "" : text.data(),
             static_cast<rj::SizeType>(text.size()));
}

void put_repaired(raw_writer& out, std::string_view text) {
  if (utf8::is_valid(text))
    put(out, text);
  else
    put(out, utf8::repaired(text));
}

} // namespace

void writer::key(std::string_view name) {
  writer_.Key(name.data(), static_cast<rj::SizeType>(name.size()));
}

writer& writer::open(std::string_view name) {
  key(name);
  writer_.StartObject();
  return *this;
}

writer& writer::close() {
  writer_.EndObject();
  return *this;
}

writer& writer::field(std::string_view name, std::string_view value) {
  key(name);
  put_repaired(writer_, value);
  return *this;
}

writer& writer::field(std::string_view name, double value) {
  key(name);
  writer_.Double(std::isfinite(value) ? value : 0);
  return *this;
}

writer& writer::null(std::string_view name) {
  key(name);
  writer_.Null();
  return *this;
}

writer& writer::list(std::string_view name, std::string_view value) {
  key(name);
  writer_.StartArray();
  put_repaired(writer_, value);
  writer_.EndArray();
  return *this;
}

writer& writer::list(std::string_view name,
                     const std::vector<std::string>& values) {
  key(name);
  writer_.StartArray();
  for (const auto& x : values)
    put_repaired(writer_, x);
  writer_.EndArray();
  return *this;
}

writer& writer::open_list(std::string_view name) {
  key(name);
  writer_.StartArray();
  return *this;
}

writer& writer::item() {
  writer_.StartObject();
  return *this;
}

writer& writer::close_list() {
  writer_.EndArray();
  return *this;
}

writer& writer::raw(std::string_view name, std::string_view json) {
  key(name);
  writer_.RawValue(json.data(), json.size(), rj::kObjectType);
  return *this;
}

writer& writer::field(std::string_view name, bool value) {
  key(name);
  writer_.Bool(value);
  return *this;
}

writer& writer::field(std::string_view name, std::uint64_t value) {
  key(name);
  writer_.Uint64(value);
  return *this;
}

std::string writer::take() && {
  writer_.EndObject();
  return std::move(out_);
}

void append_quoted(std::string& out, std::string_view text) {
  // Ids, which is what stands in the frames of the media path.
  const auto is_plain = [](char c) {
    return c >= ' ' && c != '"' && c != '\\' && c != '\x7F';
  };
  if (std::ranges::all_of(text, is_plain)) {
    out += '"';
    out += text;
    out += '"';
    return;
  }
  string_sink sink{out};
  raw_writer writer{sink};
  put_repaired(writer, text);
}

} // namespace offhook::protocol::json
