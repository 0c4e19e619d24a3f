#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

/// Media Streams events as values, in Twilio's words. `inspect` is a template,
/// so that actors can exchange these types without this room knowing CAF.
namespace offhook::protocol {

/// Audio bytes: G.711 mu-law, 8 kHz, mono; 160 bytes are 20 ms.
using audio_bytes = std::vector<std::byte>;

/// The first frame of a stream.
struct stream_connected {
  bool operator==(const stream_connected&) const = default;
};

/// The second frame of a stream, exactly once.
struct stream_start {
  std::string stream_sid;
  std::string account_sid;
  std::string call_sid;
  std::map<std::string, std::string> custom_parameters;

  bool operator==(const stream_start&) const = default;
};

/// One frame of caller audio (a `media` event of the inbound track).
struct stream_media {
  std::uint64_t sequence_number = 0;
  std::uint64_t timestamp_ms = 0; ///< since the start of the stream; may jump
  audio_bytes payload;

  bool operator==(const stream_media&) const = default;
};

/// One key press. `digit` is one of 0-9 * # A-D.
struct stream_dtmf {
  char digit = '0';

  bool operator==(const stream_dtmf&) const = default;
};

/// Twilio played everything before the mark of this name, or cleared it.
struct stream_mark {
  std::string name;

  bool operator==(const stream_mark&) const = default;
};

/// The stream is over: the caller hung up or the TwiML moved on.
struct stream_stop {
  std::string call_sid;

  bool operator==(const stream_stop&) const = default;
};

/// An event that this version does not know; counted and ignored.
struct stream_unknown {
  std::string event; ///< its name, cut at 64 bytes

  bool operator==(const stream_unknown&) const = default;
};

} // namespace offhook::protocol
