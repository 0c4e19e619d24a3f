#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <random>
#include <string>
#include <variant>

#include "app/standins/machine.hpp"

namespace offhook::app::standins {

/// A machine behind a slow network: what it sends and what it is sent arrives
/// later, in its order. The close of the transport itself is not delayed; what
/// was on its way then arrives at once.
class delayed : public machine {
public:
  struct options {
    std::uint32_t to_peer_ms = 0;
    std::uint32_t from_peer_ms = 0;

    /// At most so much more, evenly distributed, for each message either way.
    std::uint32_t jitter_ms = 0;

    std::uint32_t seed = 1;
  };

  /// @param inner must outlive this
  delayed(machine& inner, options opts);

  effects on_open(time_point now) override;
  effects on_text(std::string_view text, time_point now) override;
  void on_closed(std::uint16_t code, time_point now) override;
  effects on_time(time_point now) override;
  std::optional<time_point> next_time() const override;

  /// Puts what the inner machine did at `now` on its way.
  void dispatch(effects what, time_point now);

private:
  template <class T>
  struct on_its_way {
    time_point due;
    T what;
  };

  template <class T>
  void enqueue(std::deque<on_its_way<T>>& queue, T what, time_point now,
               std::uint32_t latency_ms);

  machine& inner_;
  const options options_;
  std::minstd_rand random_;
  std::deque<on_its_way<std::string>> incoming_;
  std::deque<on_its_way<effect>> outgoing_;
};

} // namespace offhook::app::standins
