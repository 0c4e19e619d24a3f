#pragma once

#include <cstdint>
#include <string>

#include "protocol/media.hpp"

/// What passes between a bridge and TWILIO's side of its call.
namespace offhook::actors {

using protocol::audio_bytes;

// -- from Twilio's side to the bridge -----------------------------------------

/// One frame of caller audio: G.711 mu-law, normally 160 bytes, 20 ms.
struct media_chunk {
  std::uint32_t generation = 0;
  std::uint64_t timestamp_ms = 0; ///< stream clock
  audio_bytes payload;
  bool operator==(const media_chunk&) const = default;
};

/// Twilio returned a mark: all before it was played, or cleared.
struct mark_ack {
  std::uint32_t generation = 0;
  std::string name;
  bool operator==(const mark_ack&) const = default;
};

/// The caller pressed a key: one of 0-9 * # A-D.
struct dtmf_pressed {
  std::uint32_t generation = 0;
  std::string digit;
  bool operator==(const dtmf_pressed&) const = default;
};

// -- from the bridge to Twilio's side -----------------------------------------

/// Play this behind all that was sent before: whole 20 ms frames of mu-law.
struct play_audio {
  audio_bytes payload;
  bool operator==(const play_audio&) const = default;
};

/// Tell when all that was sent before has been played.
struct play_mark {
  std::string name; ///< at most 64 bytes
  bool operator==(const play_mark&) const = default;
};

/// Drop all audio that is not played yet.
struct clear_playback {
  bool operator==(const clear_playback&) const = default;
};

} // namespace offhook::actors
