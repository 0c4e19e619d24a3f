#pragma once

#include <sys/types.h>

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace offhook::bench {

/// A process of ours, its output read as it comes; ended by its pid. It runs in
/// a directory of its own and without the caller's secrets, so that no
/// configuration file and no `.env` changes what is measured.
class child_process {
public:
  static constexpr std::size_t usual_output = 64 * 1024;

  /// @param kept_output so many bytes of its output, at least
  /// @throws std::runtime_error where it cannot be started
  explicit child_process(std::vector<std::string> command,
                         std::size_t kept_output = usual_output);
  child_process(const child_process&) = delete;
  child_process& operator=(const child_process&) = delete;
  ~child_process();

  /// Waits until its output has `key`, and returns what follows there up to the
  /// next blank. @throws std::runtime_error where it ends before
  std::string wait_for(const std::string& key);

  /// User and system time so far, in seconds.
  double cpu_seconds() const;

  /// Resident memory, in bytes.
  std::uint64_t resident_bytes() const;

  /// How many files, sockets and the like it has open.
  std::size_t open_files() const;

  /// Takes the processor away from all its threads (SIGSTOP) until `resume`.
  /// Returns when they have stopped. @throws std::runtime_error where it ended
  void suspend();

  void resume();

  /// Waits for its own end. @returns the exit status; 128 where a signal did it
  int wait();

  /// SIGTERM, and waits. @returns the same
  int stop();

  /// The newest of its output. After `wait`: to its end.
  std::string output();

  /// The last `count` lines of that which have `part`.
  std::string lines_with(std::string_view part, std::size_t count);

  /// The number behind `key` in its output; 0 where there is none.
  std::uint64_t number_after(const std::string& key);

private:
  void read_all();

  const std::size_t kept_output_;
  pid_t pid_ = -1;
  int pipe_ = -1;
  std::string directory_;
  std::mutex mutex_;
  std::condition_variable grown_;
  std::string text_;
  bool over_ = false;
  std::thread reader_;
};

} // namespace offhook::bench
