#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

/// Media Streams frames from Twilio's side: written as Twilio writes them, read
/// as strictly as Twilio reads them. Deliberately a second reading of the
/// documents: nothing is shared with the gateway's own `protocol/twilio`, so
/// that a misunderstanding there shows here.
/// @see https://www.twilio.com/docs/voice/media-streams/websocket-messages
namespace offhook::app::standins {

/// Who a stream is, and what its `start` tells.
struct stream_setup {
  std::string stream_sid;
  std::string call_sid;
  std::string account_sid;
  std::vector<std::pair<std::string, std::string>> parameters;
};

namespace wire {

std::string connected();
std::string start(const stream_setup& stream, std::uint64_t sequence);

/// @param timestamp_ms where the chunk begins on the stream's clock
std::string media(std::string_view stream_sid, std::uint64_t sequence,
                  std::uint64_t chunk, std::uint64_t timestamp_ms,
                  std::span<const std::byte> audio);
std::string dtmf(std::string_view stream_sid, std::uint64_t sequence,
                 char digit);
std::string mark(std::string_view stream_sid, std::uint64_t sequence,
                 std::string_view name);
std::string stop(const stream_setup& stream, std::uint64_t sequence);

/// What a server may send.
struct server_media {
  std::vector<std::byte> audio;
};

struct server_mark {
  std::string name;
};

struct server_clear {};

/// What Twilio would drop with warning 31951, and why.
struct server_violation {
  std::string why;
};

using server_frame
  = std::variant<server_media, server_mark, server_clear, server_violation>;

/// Reads one text message of the server. Only the documented fields may be
/// there, each once, with the documented type, for this stream, and a payload
/// must be canonical base64 with its padding. Never throws.
server_frame read(std::string_view text, std::string_view stream_sid);

} // namespace wire

} // namespace offhook::app::standins
