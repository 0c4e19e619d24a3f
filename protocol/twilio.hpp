#pragma once

#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "protocol/media.hpp"
#include "protocol/result.hpp"

/// Twilio Media Streams frames: JSON text to values and back.
/// @see https://www.twilio.com/docs/voice/media-streams/websocket-messages
namespace offhook::protocol::twilio {

using event
  = std::variant<stream_connected, stream_start, stream_media, stream_dtmf,
                 stream_mark, stream_stop, stream_unknown>;

/// One frame from Twilio, with the stream that it names.
struct frame {
  std::string stream_sid; ///< empty in `connected`
  event body;

  bool operator==(const frame&) const = default;
};

/// Reads one text frame. Numbers may come as strings or as numbers; unknown
/// fields are ignored; `null` counts as absent. A `media` event of the outbound
/// track is a `stream_unknown` named `media/outbound`. A `start` whose
/// `mediaFormat` is present and not audio/x-mulaw, 8000, 1 is
/// `errc::unsupported_format`.
/// @returns the frame, or why there is none; never throws on any input.
result<frame> parse(std::string_view text);

/// Whether `text`, which `parse` refused, calls itself a `start`: that comes
/// once, and what is wrong with it is wrong with the stream.
bool is_start(std::string_view text);

/// The frames that we send. None may be sent before `start` told the stream.
std::string media(std::string_view stream_sid,
                  std::span<const std::byte> payload);
std::string mark(std::string_view stream_sid, std::string_view name);
std::string clear(std::string_view stream_sid);

} // namespace offhook::protocol::twilio
