#pragma once

#include <chrono>
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
/// wait for each other here. What it is told is done there, in order; nobody
/// waits for that.
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

  /// Faults that met no connection, until now.
  std::uint64_t missed() const noexcept;

  /// Accepts no more, ends what there is, and the thread.
  void stop();

  /// By how much its thread was late at most since this was asked last: what
  /// passes waits as long, and no fault of the plan is to blame.
  std::chrono::microseconds take_lateness() noexcept;

  /// Changes what the next connections of a slot meet.
  void change(std::uint32_t slot, std::function<void(reception&)> how);

  // Faults of the newest open connection of a slot. Where there is none they
  // are counted as `missed`.

  /// Resets both ends after so many more bytes, either way.
  void reset_after(std::uint32_t slot, std::uint32_t bytes);

  /// Nothing passes for so long; then all of it.
  void stall(std::uint32_t slot, std::uint32_t ms);

  /// What comes is taken and goes nowhere.
  void go_half_open(std::uint32_t slot);

  /// Bytes that are no frame, into the side that dialled.
  void inject_noise(std::uint32_t slot);

private:
  class connection;
  struct impl;

  /// With the newest connection of the slot, on the proxy's thread.
  void with_newest(std::uint32_t slot, std::function<void(connection&)> what);

  net::shard_loop loop_{0};
  std::shared_ptr<impl> impl_;
  std::uint16_t port_ = 0;
  std::thread thread_;
};

} // namespace offhook::torture
