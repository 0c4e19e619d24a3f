#include "protocol/fleet_document.hpp"

#include "protocol/json.hpp"
#include "protocol/json_writer.hpp"

#include <algorithm>
#include <array>

namespace offhook::protocol::fleet {

namespace {

constexpr std::uint64_t version = 1;
constexpr std::size_t max_name = 256;
constexpr std::size_t max_models = 16;

// Those of a stream's `start`, where they come from.
constexpr json::object::list_limits parameter_limits{.entries = 64,
                                                     .name = 128,
                                                     .value = 1024};

constexpr std::array<std::string_view, 6> kinds{"caller",    "agent",
                                                "tool_call", "tool_result",
                                                "keys",      "note"};

/// The names of a usage's fields and where they go; both ways read it.
template <class Usage, class F>
void each_count(Usage& x, F f) {
  f("input_text", x.tokens.input_text);
  f("input_audio", x.tokens.input_audio);
  f("input_image", x.tokens.input_image);
  f("cached_text", x.tokens.cached_text);
  f("cached_audio", x.tokens.cached_audio);
  f("cached_image", x.tokens.cached_image);
  f("output_text", x.tokens.output_text);
  f("output_audio", x.tokens.output_audio);
  f("transcription_input", x.transcriptions.input_tokens);
  f("transcription_output", x.transcriptions.output_tokens);
  f("transcribed_ms", x.transcriptions.milliseconds);
}

std::uint64_t count(const json::object& from, std::string_view name) {
  // Sums stay below what a number can hold.
  constexpr std::uint64_t highest = 1'000'000'000'000;
  return from.number(name, highest).value_or(0);
}

entry read_entry(const json::object& from) {
  entry result;
  result.kind = from.string("kind", max_name, json::need::required);
  if (std::find(kinds.begin(), kinds.end(), result.kind) == kinds.end())
    from.fail(errc::out_of_range, "kind");
  result.text = from.string("text", max_entry_bytes);
  result.name = from.string("name", max_name);
  result.call_id = from.string("call_id", max_name);
  return result;
}

document read_root(const json::object& root) {
  document result;
  if (root.number("version", version, json::need::required).value_or(0)
      != version)
    root.fail(errc::out_of_range, "version");
  result.call_sid = root.string("call_sid", max_name, json::need::required);
  result.agent = root.string("agent", max_name);
  if (const auto parameters = root.child("parameters"); parameters.present())
    parameters.strings(parameter_limits,
                       [&result](std::string_view name, std::string_view x) {
                         result.parameters.emplace(name, x);
                       });
  root.each("entries", max_entries, [&result](const json::object& x) {
    result.entries.push_back(read_entry(x));
  });
  result.forgotten = count(root, "forgotten");
  result.answer_owed = root.hint_flag("answer_owed").value_or(false);
  result.talked_ms = count(root, "talked_ms");
  root.each("usage", max_models, [&result](const json::object& x) {
    model_usage one;
    one.model = x.string("model", max_name);
    each_count(one, [&x](std::string_view name, std::uint64_t& to) {
      to = count(x, name);
    });
    result.usage.push_back(std::move(one));
  });
  result.responses = count(root, "responses");
  result.unknown_usage = count(root, "unknown_usage");
  return result;
}

} // namespace

std::string write_document(const document& x) {
  json::writer out;
  out.field("version", version)
    .field("call_sid", x.call_sid)
    .field("agent", x.agent)
    .open("parameters");
  for (const auto& [name, value] : x.parameters)
    out.field(name, value);
  out.close().open_list("entries");
  for (const auto& one : x.entries)
    out.item()
      .field("kind", one.kind)
      .field("text", one.text)
      .field_unless_empty("name", one.name)
      .field_unless_empty("call_id", one.call_id)
      .close();
  out.close_list()
    .field("forgotten", x.forgotten)
    .field("answer_owed", x.answer_owed)
    .field("talked_ms", x.talked_ms)
    .open_list("usage");
  for (const auto& one : x.usage) {
    out.item().field("model", one.model);
    each_count(one, [&out](std::string_view name, std::uint64_t value) {
      out.field(name, value);
    });
    out.close();
  }
  out.close_list()
    .field("responses", x.responses)
    .field("unknown_usage", x.unknown_usage);
  return std::move(out).take();
}

result<document> read_document(std::string_view text) {
  if (text.size() > max_document_bytes)
    return parse_error{errc::too_long, "document"};
  return json::read(text, read_root);
}

} // namespace offhook::protocol::fleet
