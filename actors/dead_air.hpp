#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace offhook::actors {

/// Watches what the caller hears while a reply is due. Bytes are no sound: a
/// model that streams silence, and one that streams nothing, are the same to
/// somebody on the phone. A plain class; the bridge asks it.
class dead_air {
public:
  using time_point = std::chrono::steady_clock::time_point;

  /// @param limit_ms of silence until something is done, and again until the
  ///        next step; 0: never
  explicit dead_air(std::uint32_t limit_ms) : limit_(limit_ms) {
  }

  /// Whether a reply is due from now on.
  void awaited(bool due, time_point now);

  /// Audio of the agent that will have sounded by `ends`.
  void sounds(std::span<const std::byte> audio, time_point ends);

  /// Sound of ours until then: the line seems alive, but it is no reply.
  void filled(time_point ends);

  /// What to do, one after the other, for as long as nothing is heard.
  enum class step : std::uint8_t {
    none,
    fill,    ///< a sound of ours, so that the line does not seem dead
    retry,   ///< the reply is asked for anew
    give_up, ///< the call has its exit
  };

  step due(time_point now);
  std::optional<time_point> next_time() const;

private:
  std::chrono::milliseconds limit_;
  std::optional<time_point> quiet_since_; ///< while a reply is due
  std::uint32_t taken_ = 0;               ///< steps of this silence
};

/// 0.4 s of a soft double tone: the sound of `dead_air::step::fill`, mu-law.
std::span<const std::byte> waiting_tone();

} // namespace offhook::actors
