#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "bench/torture/call_check.hpp"
#include "bench/torture/counted_audio.hpp"
#include "protocol/base64.hpp"

namespace offhook::torture {

// Frames of a session's wire.

inline std::string append(const std::vector<std::byte>& audio) {
  return R"({"type":"input_audio_buffer.append","audio":")"
         + protocol::base64::encode(audio) + "\"}";
}

inline std::string put(std::string_view role, std::string_view text) {
  return R"({"type":"conversation.item.create","item":{"id":"offhook_2_1",)"
         R"("type":"message","role":")"
         + std::string{role} + R"(","content":[{"type":"input_text","text":")"
         + std::string{text} + R"("}]}})";
}

inline std::string added(std::string_view id) {
  return R"({"type":"conversation.item.added","item":{"id":")" + std::string{id}
         + R"("}})";
}

inline std::string transcribed(std::string_view id, std::string_view text) {
  return R"({"type":"conversation.item.input_audio_transcription.completed",)"
         R"("item_id":")"
         + std::string{id} + R"(","transcript":")" + std::string{text} + "\"}";
}

inline std::string says(std::string_view id, std::string_view text) {
  return R"({"type":"response.output_audio_transcript.delta","item_id":")"
         + std::string{id} + R"(","delta":")" + std::string{text} + "\"}";
}

inline constexpr std::string_view updated = R"({"type":"session.updated"})";

/// A call of which the test tells what passes.
struct told_call : call_check {
  explicit told_call(call_plan plan = {.call = 7},
                     place watched = place::at_the_gateway)
    : call_check(std::move(plan), watched) {
    at(clock);
    stream_opened();
    open(1);
  }

  void open(std::uint32_t session) {
    dialled(session);
    to_gateway(session, updated);
  }

  std::vector<std::byte> send(std::uint32_t number) {
    caller_sent(number);
    return counted_frame(salt(), number, false);
  }

  /// The caller's turns 1 to `n`, in session 1.
  void converse(int n) {
    for (int i = 1; i <= n; ++i) {
      auto id = "item_" + std::to_string(i);
      to_gateway(1, added(id));
      to_gateway(1, transcribed(id, caller_words()));
    }
  }

  /// Time passes.
  void later(std::chrono::milliseconds by) {
    clock += by;
    at(clock);
  }

  /// Frames of the caller that reach a session, from one number to another.
  void hear(std::uint32_t session, std::uint32_t from, std::uint32_t to) {
    for (auto i = from; i <= to; ++i)
      to_model(session, append(counted_frame(salt(), i, false)));
  }

  /// Frames of the caller that reach nobody yet.
  void speak(std::uint32_t from, std::uint32_t to) {
    for (auto i = from; i <= to; ++i) {
      later(std::chrono::milliseconds{20});
      caller_sent(i);
    }
  }

  time_point clock{std::chrono::hours{1}};

  bool found(std::string_view what) const {
    for (const auto& x : broken())
      if (x.find(what) != x.npos)
        return true;
    return false;
  }
};

} // namespace offhook::torture
