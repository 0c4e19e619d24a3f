#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

namespace offhook::bench {

/// A process of ours with its output in a pipe; ended by its pid.
class child_process {
public:
  /// @throws std::runtime_error where it cannot be started
  explicit child_process(const std::vector<std::string>& command);
  child_process(const child_process&) = delete;
  child_process& operator=(const child_process&) = delete;
  ~child_process();

  /// Reads its output until a line has `key`, and returns what follows there up
  /// to the next blank. @throws std::runtime_error where it ends before
  std::string wait_for(const std::string& key);

  /// User and system time so far, in seconds.
  double cpu_seconds() const;

  /// Resident memory, in bytes.
  std::uint64_t resident_bytes() const;

  /// SIGTERM, and waits. @returns the exit status
  int stop();

private:
  pid_t pid_ = -1;
  int output_ = -1;
};

} // namespace offhook::bench
