#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "net/asio_types.hpp"
#include "net/shard_loop.hpp"

namespace offhook::torture {

/// A TCP proxy at 127.0.0.1 that does to connections what networks do. It reads
/// the first line of a connection's request for `slot` and a number, which says
/// whose it is. It has a thread of its own, so that hundreds of calls do not
/// wait for each other here; its members wait for that thread.
class fault_proxy {
public:
  /// What the next connections of a slot meet.
  struct reception {
    std::uint32_t refuse = 0;      ///< so many are reset at once
    std::uint32_t unavailable = 0; ///< so many are answered with 503
    std::uint32_t delay_ms = 0;    ///< the next one waits so long
  };

  /// @param upstream the port at 127.0.0.1 that it stands for
  explicit fault_proxy(std::uint16_t upstream);
  ~fault_proxy();
  fault_proxy(const fault_proxy&) = delete;
  fault_proxy& operator=(const fault_proxy&) = delete;

  std::uint16_t port() const noexcept {
    return port_;
  }

  /// Accepts no more, ends what there is, and the thread.
  void stop();

  /// Changes what the next connections of a slot meet.
  void change(std::uint32_t slot, std::function<void(reception&)> how);

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

private:
  class connection;
  struct impl;

  /// Does it on the proxy's thread. @returns what `what` returned
  bool run(std::function<bool()> what);

  /// With the newest connection of the slot.
  bool with_newest(std::uint32_t slot, std::function<void(connection&)> what);

  net::shard_loop loop_{0};
  std::shared_ptr<impl> impl_;
  std::uint16_t port_ = 0;
  std::thread thread_;
};

} // namespace offhook::torture
