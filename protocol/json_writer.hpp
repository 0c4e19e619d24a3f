#pragma once

#include "protocol/rapidjson.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

/// How this room writes JSON that is not on the media path. Internal.
namespace offhook::protocol::json {

/// A stream in RapidJSON's sense whose memory is a string of ours.
struct string_sink {
  using Ch = char;

  void Put(char c) {
    out.push_back(c);
  }

  void Flush() {
    // Nothing is held back.
  }

  std::string& out;
};

using raw_writer = rj::Writer<string_sink>;

/// Builds one document, an object, field by field in the order of the calls.
class writer {
public:
  writer() {
    writer_.StartObject();
  }

  writer(const writer&) = delete;
  writer& operator=(const writer&) = delete;

  /// Begins the object `name`, whose fields follow until `close`.
  writer& open(std::string_view name);
  writer& close();

  /// Bytes of `value` that are no UTF-8 become U+FFFD.
  writer& field(std::string_view name, std::string_view value);

  // Else a literal would become a boolean.
  writer& field(std::string_view name, const char* value) {
    return field(name, std::string_view{value});
  }

  writer& field(std::string_view name, bool value);
  writer& field(std::string_view name, std::uint64_t value);

  writer& field(std::string_view name, std::uint32_t value) {
    return field(name, std::uint64_t{value});
  }

  /// JSON has no infinity and no NaN: those become 0.
  writer& field(std::string_view name, double value);

  writer& null(std::string_view name);

  /// An array of one string.
  writer& list(std::string_view name, std::string_view value);

  /// An array of strings.
  writer& list(std::string_view name, const std::vector<std::string>& values);

  /// Begins the array `name`; `item` begins an object in it, which `close`
  /// ends.
  writer& open_list(std::string_view name);
  writer& item();
  writer& close_list();

  /// `json` as it is, which must be one whole value.
  writer& raw(std::string_view name, std::string_view json);

  /// Leaves the field out where `value` is empty.
  writer& field_unless_empty(std::string_view name, std::string_view value) {
    return value.empty() ? *this : field(name, value);
  }

  /// Ends the document. @pre each `open` has had its `close`
  std::string take() &&;

private:
  void key(std::string_view name);

  std::string out_;
  string_sink sink_{out_};
  raw_writer writer_{sink_};
};

} // namespace offhook::protocol::json
