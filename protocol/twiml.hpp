#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// TwiML documents, byte for byte as npm's `twilio` VoiceResponse builds them.
/// @see https://www.twilio.com/docs/voice/twiml
namespace offhook::protocol::twiml {

/// Attributes in the order in which they are to stand in the document.
using attributes = std::vector<std::pair<std::string, std::string>>;

/// One verb or noun with its attributes, text and children.
struct element {
  std::string name;
  attributes attrs;
  std::string text;
  std::vector<element> children;
};

/// A document of `verbs`, with the XML declaration, on one line. Text and
/// attribute values are escaped; bytes that XML 1.0 cannot carry are dropped.
std::string document(const std::vector<element>& verbs);

element say(std::string text);
element hangup();
element reject(std::string_view reason);
element redirect(std::string url);

/// What `<Connect><Stream>` needs. Empty optional strings are left out.
struct stream_options {
  std::string url;             ///< wss://, no query
  std::string action;          ///< of `<Connect>`
  std::string status_callback; ///< of `<Stream>`
  attributes parameters;       ///< `<Parameter name value>` in this order
};

element connect_stream(const stream_options& options);

} // namespace offhook::protocol::twiml
