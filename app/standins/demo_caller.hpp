#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "app/standins/machine.hpp"
#include "app/standins/phone_call.hpp"
#include "app/standins/playout.hpp"
#include "app/standins/twilio_wire.hpp"

namespace offhook::app::standins {

/// Twilio's end of one Media Streams WebSocket, with the person of a
/// `phone_call` on the line: `connected`, `start`, 20 ms of audio every 20 ms
/// from then on (silence where nobody speaks), digits, marks returned by a real
/// play-out clock, `clear`, `stop`. What the server sends wrong is dropped and
/// counted, as Twilio does.
class demo_caller : public machine {
public:
  demo_caller(stream_setup stream, std::shared_ptr<phone_call> call);

  effects on_open(time_point now) override;
  effects on_text(std::string_view text, time_point now) override;
  void on_closed(std::uint16_t code, time_point now) override;
  effects on_time(time_point now) override;
  std::optional<time_point> next_time() const override;

  /// A binary message: none is allowed (warning 31950).
  void on_binary(std::size_t bytes, time_point now);

  /// The person hangs up, whatever the script says: `stop`, then the close.
  effects hang_up(time_point now);

  /// Whether the person, and not the server, ended the stream and the call.
  bool hung_up() const noexcept {
    return hung_up_;
  }

private:
  enum class phase : std::uint8_t { idle, open, ending, closed };

  void run_to(time_point now, effects& out);
  void collect(effects& out);
  void tick(effects& out);
  void obey(const phone_call::order& what, effects& out);
  void send(std::string text, effects& out);
  void end_stream(effects& out);

  const stream_setup stream_;
  const std::shared_ptr<phone_call> call_;
  playout playout_;
  phase phase_ = phase::idle;
  time_point opened_{};
  time_point now_{};
  time_point next_tick_{};
  std::optional<time_point> withheld_until_;
  std::uint64_t sequence_ = 0;
  std::uint64_t chunk_ = 0;
  std::uint64_t ticks_ = 0;
  bool hung_up_ = false;
  bool overflow_told_ = false;
};

} // namespace offhook::app::standins
