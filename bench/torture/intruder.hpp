#pragma once

#include <cstdint>
#include <functional>

#include "app/standins/machine.hpp"
#include "app/standins/twilio_wire.hpp"

namespace offhook::torture {

/// Somebody who opens a stream of a call that has one, and says no more than
/// how a stream begins.
class intruder final : public app::standins::machine {
public:
  using time_point = app::standins::time_point;

  /// @param true_stream the one that the call has
  /// @param which 0: with its token, which is used by now; 1: with a wrong one;
  ///              2: without; 3: says nothing at all
  /// @param on_spoken_to nobody has anything to say to them
  intruder(app::standins::stream_setup true_stream, std::uint32_t which,
           std::function<void()> on_spoken_to);

  app::standins::effects on_open(time_point) override;

  app::standins::effects on_text(std::string_view, time_point) override {
    on_spoken_to_();
    return {};
  }

  void on_closed(std::uint16_t, time_point) override {
  }

  app::standins::effects on_time(time_point) override {
    return {};
  }

  std::optional<time_point> next_time() const override {
    return std::nullopt;
  }

private:
  app::standins::stream_setup stream_;
  bool speaks_;
  std::function<void()> on_spoken_to_;
};

} // namespace offhook::torture
