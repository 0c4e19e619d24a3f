#pragma once

#include <cstdint>
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

/// @param language such as `de-DE`; empty: the account's
element say(std::string text, std::string_view language = {});
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

/// What `<Gather>` needs. Empty optional strings and zeros are left out.
struct gather_options {
  std::string input;            ///< `dtmf`, `speech` or `dtmf speech`
  std::string action;           ///< gets what was entered
  std::uint32_t timeout_s = 5;  ///< of silence after which nothing was entered
  std::uint32_t num_digits = 0; ///< that end an entry by themselves
  std::string language;         ///< of the speech
  std::string hints;            ///< likely words, with commas between them
};

/// Waits for keys or speech while `prompt` is said. Where nothing comes, the
/// document goes on behind it.
element gather(const gather_options& options, element prompt);

/// Sends the tones of `digits`: 0-9 * # and `w`, half a second of silence.
element play_digits(std::string digits);

/// What `<Dial>` needs. Empty optional strings are left out.
struct dial_options {
  std::string target; ///< a number, or an address that begins with `sip:`
  std::string action; ///< asked what comes next, however it went
  std::uint32_t timeout_s = 20; ///< of ringing
  std::string caller_id;
};

element dial(const dial_options& options);

} // namespace offhook::protocol::twiml
