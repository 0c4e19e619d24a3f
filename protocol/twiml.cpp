#include "protocol/twiml.hpp"

#include "protocol/utf8.hpp"

namespace offhook::protocol::twiml {

namespace {

/// Where a text stands decides what must be escaped in it.
enum class place { text, attribute };

/// The escape of an ASCII character, or an empty view where it stands as it is.
/// White space in an attribute would come out of the parser as a blank.
std::string_view escape_of(char c, place where) {
  switch (c) {
    case '&':
      return "&amp;";
    case '<':
      return "&lt;";
    case '\r':
      return "&#xD;";
    case '>':
      return where == place::text ? "&gt;" : "";
    case '"':
      return where == place::attribute ? "&quot;" : "";
    case '\t':
      return where == place::attribute ? "&#x9;" : "";
    case '\n':
      return where == place::attribute ? "&#xA;" : "";
    default:
      return {};
  }
}

/// @see XML 1.0, production 2 (Char)
bool is_xml_char(std::string_view character) {
  if (character.size() == 1) {
    const char c = character.front();
    return c >= ' ' || c == '\t' || c == '\n' || c == '\r';
  }
  return character != "\xEF\xBF\xBE" && character != "\xEF\xBF\xBF";
}

void append_escaped(std::string& out, std::string_view text, place where) {
  for (std::size_t i = 0; i < text.size();) {
    const auto length = utf8::length_at(text, i);
    const auto character = text.substr(i, length);
    i += length == 0 ? 1 : length;
    if (length == 0 || !is_xml_char(character))
      continue;
    const auto escape = length == 1 ? escape_of(character.front(), where)
                                    : std::string_view{};
    out += escape.empty() ? character : escape;
  }
}

void append_element(std::string& out, const element& x) {
  out += '<';
  out += x.name;
  for (const auto& [name, value] : x.attrs) {
    out += ' ';
    out += name;
    out += "=\"";
    append_escaped(out, value, place::attribute);
    out += '"';
  }
  if (x.text.empty() && x.children.empty()) {
    out += "/>";
    return;
  }
  out += '>';
  append_escaped(out, x.text, place::text);
  for (const auto& child : x.children)
    append_element(out, child);
  out += "</";
  out += x.name;
  out += '>';
}

element named(std::string_view name) {
  element result;
  result.name = name;
  return result;
}

void add_unless_empty(attributes& attrs, std::string_view name,
                      std::string_view value) {
  if (!value.empty())
    attrs.emplace_back(name, value);
}

} // namespace

std::string document(const std::vector<element>& verbs) {
  auto response = named("Response");
  response.children = verbs;
  std::string result = R"(<?xml version="1.0" encoding="UTF-8"?>)";
  append_element(result, response);
  return result;
}

element say(std::string text, std::string_view language) {
  auto result = named("Say");
  add_unless_empty(result.attrs, "language", language);
  result.text = std::move(text);
  return result;
}

element hangup() {
  return named("Hangup");
}

element reject(std::string_view reason) {
  auto result = named("Reject");
  add_unless_empty(result.attrs, "reason", reason);
  return result;
}

element redirect(std::string url) {
  auto result = named("Redirect");
  result.attrs.emplace_back("method", "POST");
  result.text = std::move(url);
  return result;
}

element connect_stream(const stream_options& options) {
  auto stream = named("Stream");
  stream.attrs.emplace_back("url", options.url);
  add_unless_empty(stream.attrs, "statusCallback", options.status_callback);
  for (const auto& [name, value] : options.parameters) {
    auto parameter = named("Parameter");
    parameter.attrs = {{"name", name}, {"value", value}};
    stream.children.push_back(std::move(parameter));
  }
  auto connect = named("Connect");
  add_unless_empty(connect.attrs, "action", options.action);
  connect.children.push_back(std::move(stream));
  return connect;
}

element gather(const gather_options& options, element prompt) {
  auto result = named("Gather");
  result.attrs.emplace_back("input", options.input);
  result.attrs.emplace_back("action", options.action);
  result.attrs.emplace_back("timeout", std::to_string(options.timeout_s));
  if (options.num_digits > 0)
    result.attrs.emplace_back("numDigits", std::to_string(options.num_digits));
  if (options.input.find("speech") != std::string::npos)
    result.attrs.emplace_back("speechTimeout", "auto");
  add_unless_empty(result.attrs, "language", options.language);
  add_unless_empty(result.attrs, "hints", options.hints);
  result.children.push_back(std::move(prompt));
  return result;
}

element play_digits(std::string digits) {
  auto result = named("Play");
  result.attrs.emplace_back("digits", std::move(digits));
  return result;
}

element dial(const dial_options& options) {
  auto result = named("Dial");
  add_unless_empty(result.attrs, "action", options.action);
  result.attrs.emplace_back("timeout", std::to_string(options.timeout_s));
  add_unless_empty(result.attrs, "callerId", options.caller_id);
  auto whom = named(options.target.starts_with("sip") ? "Sip" : "Number");
  whom.text = options.target;
  result.children.push_back(std::move(whom));
  return result;
}

} // namespace offhook::protocol::twiml
