#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "net/asio_types.hpp"
#include "net/shard_loop.hpp"

namespace offhook::torture {

/// A TCP proxy at 127.0.0.1 that does to connections what networks do. It reads
/// the first line of a connection's request for `slot` and a number, which says
/// whose it is. Everything on one loop, which outlives it.
class fault_proxy {
public:
  /// What the next connections of a slot meet.
  struct reception {
    std::uint32_t refuse = 0;      ///< so many are reset at once
    std::uint32_t unavailable = 0; ///< so many are answered with 503
    std::uint32_t delay_ms = 0;    ///< the next one waits so long
  };

  /// @param upstream the port at 127.0.0.1 that it stands for
  fault_proxy(net::shard_loop& loop, std::uint16_t upstream);
  ~fault_proxy();
  fault_proxy(const fault_proxy&) = delete;
  fault_proxy& operator=(const fault_proxy&) = delete;

  std::uint16_t port() const;

  /// Accepts no more, and ends what there is.
  void stop();

  reception& next_of(std::uint32_t slot);

  // Faults of the newest open connection of a slot. They return false where
  // there is none.

  /// Resets both ends after so many more bytes, either way.
  bool reset_after(std::uint32_t slot, std::uint32_t bytes);

  /// Nothing passes for so long; then all of it.
  bool stall(std::uint32_t slot, std::uint32_t ms);

  /// What comes is taken and goes nowhere.
  bool go_half_open(std::uint32_t slot);

  /// Bytes that are no frame, into the side that dialled.
  bool inject_noise(std::uint32_t slot);

  std::size_t open_connections() const;

private:
  class connection;
  struct impl;
  std::shared_ptr<impl> impl_;
};

} // namespace offhook::torture
