#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace offhook::net::test {

/// A name server on 127.0.0.1, by UDP, on a thread of its own. It knows A
/// records only; what it does not know does not exist.
class name_server {
public:
  name_server();
  ~name_server();

  /// As c-ares takes it.
  std::string address() const {
    return "127.0.0.1:" + std::to_string(port_);
  }

  void set(const std::string& name, std::vector<std::string> addresses,
           std::uint32_t ttl);

  /// From now on it reads and says nothing.
  void fall_silent() {
    silent_ = true;
  }

  void speak_again() {
    silent_ = false;
  }

  /// Questions for A so far.
  int questions() const {
    return questions_;
  }

private:
  struct entry {
    std::vector<std::string> addresses;
    std::uint32_t ttl;
  };

  void run();
  std::string answer(const std::string& question);

  int fd_ = -1;
  std::uint16_t port_ = 0;
  std::atomic<bool> silent_ = false;
  std::atomic<int> questions_ = 0;
  std::mutex mutex_;
  std::map<std::string, entry> entries_;
  std::thread thread_;
};

} // namespace offhook::net::test
