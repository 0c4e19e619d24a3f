#pragma once

#include <memory>

#include "app/standins/demo_agent_options.hpp"
#include "app/standins/machine.hpp"

namespace offhook::app::standins {

/// The server's end of one Realtime session, GA interface: our own reading of
/// the documents, so that the reader in `protocol/` is checked by another one.
/// It refuses what the service refuses (unknown fields, over-long truncations,
/// a second active response), finds the caller's turns by loudness, and speaks
/// from a script faster than real time.
///
/// Owned by whoever carries its effects to a peer: a test, or a socket's
/// session in `demo_agent_server`. No clock, no thread, no randomness of its
/// own.
class demo_agent final : public machine {
public:
  explicit demo_agent(demo_agent_options options,
                      demo_agent_handshake handshake = {});
  demo_agent(const demo_agent&) = delete;
  demo_agent& operator=(const demo_agent&) = delete;
  ~demo_agent() override;

  effects on_open(time_point now) override;
  effects on_text(std::string_view text, time_point now) override;
  void on_closed(std::uint16_t code, time_point now) override;
  effects on_time(time_point now) override;
  std::optional<time_point> next_time() const override;

  /// Replaces all faults; delays among them count from `now`. Ask for
  /// `next_time` again afterwards.
  void set_faults(demo_agent_faults faults, time_point now);

  /// Sends an `error` event out of the blue.
  effects send_error(const agent_error& error);

  const demo_agent_stats& stats() const noexcept;

private:
  struct impl;
  std::unique_ptr<impl> impl_;
};

} // namespace offhook::app::standins
