#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <thread>

namespace offhook::bench {

/// A caller whose end of the stream reads nothing at all, with room for hardly
/// anything in the socket: what the gateway sends is left with it. He speaks
/// himself, so that the line is not taken for dead. On a thread of his own,
/// until he is destroyed; then the connection is reset.
class deaf_caller {
public:
  /// @param number of the call
  /// @param agent who is to speak to him
  deaf_caller(std::uint16_t gateway_port, int number, std::string agent);
  ~deaf_caller();
  deaf_caller(const deaf_caller&) = delete;
  deaf_caller& operator=(const deaf_caller&) = delete;

private:
  void run(std::uint16_t port, int number, const std::string& agent) const;

  std::atomic<bool> over_ = false;
  std::thread thread_;
};

} // namespace offhook::bench
