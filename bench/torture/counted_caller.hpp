#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "app/standins/machine.hpp"
#include "app/standins/playout.hpp"
#include "app/standins/twilio_wire.hpp"
#include "bench/torture/call_check.hpp"

namespace offhook::torture {

/// Twilio's end of one stream, with a caller who speaks counted audio by the
/// plan: a frame every 20 ms, loud or quiet, play-out as Twilio's, marks that
/// come back. What the gateway sends is told to the call's `call_check`, which
/// counts the frames of all streams of the call.
class counted_caller final : public app::standins::machine {
public:
  using time_point = app::standins::time_point;

  /// @param number of the next frame; goes on from stream to stream
  counted_caller(app::standins::stream_setup stream, call_check& check,
                 std::uint32_t& number);

  app::standins::effects on_open(time_point now) override;
  app::standins::effects on_text(std::string_view text,
                                 time_point now) override;
  void on_closed(std::uint16_t code, time_point now) override;
  app::standins::effects on_time(time_point now) override;
  std::optional<time_point> next_time() const override;

  /// A fault on this wire, from Twilio's end.
  app::standins::effects suffer(const fault& what, time_point now);

  /// `stop`, and the close; of a stream that is not open yet only that.
  app::standins::effects hang_up(time_point now);

  bool is_open() const noexcept {
    return open_;
  }

  /// Twilio has left this stream for another one, and keeps the socket.
  void fall_silent() noexcept {
    open_ = false;
  }

  /// Whether the gateway has taken the stream, as far as can be told here.
  bool spoken_to() const noexcept {
    return spoken_to_;
  }

  const app::standins::stream_setup& stream() const noexcept {
    return stream_;
  }

  /// Audio that the gateway sent ahead of play-out, at most, in milliseconds.
  std::uint64_t longest_lead_ms() const noexcept {
    return longest_lead_ms_;
  }

private:
  void run_to(time_point now, app::standins::effects& out);
  void tick(app::standins::effects& out);
  void collect(app::standins::effects& out);
  bool speaks(time_point at) const;

  const app::standins::stream_setup stream_;
  call_check& check_;
  std::uint32_t& number_;
  app::standins::playout playout_;
  time_point opened_{};
  time_point now_{};
  time_point next_tick_{};
  std::optional<time_point> silent_until_;
  std::uint64_t sequence_ = 0;
  std::uint64_t chunk_ = 0;
  std::uint64_t longest_lead_ms_ = 0;
  bool open_ = false;
  bool hung_up_ = false;
  bool spoken_to_ = false;
};

} // namespace offhook::torture
