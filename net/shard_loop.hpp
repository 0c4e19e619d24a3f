#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>

#include <boost/asio/io_context.hpp>

namespace offhook::net {

/// Posts to a `shard_loop` for as long as that exists, and may outlive it. From
/// any thread.
class loop_handle {
public:
  /// Runs `f` on the loop.
  /// @returns false where the loop is gone; `f` is destroyed without a call
  /// then
  bool post(std::function<void()> f) const;

private:
  friend class shard_loop;
  struct target;
  explicit loop_handle(std::shared_ptr<target> to);
  std::shared_ptr<target> target_;
};

/// One thread's event loop, and the only place that runs one: a turn harvests
/// what is ready, runs its handlers, runs what these woke (the turn hook: the
/// actors of this shard), and then waits. The thread itself belongs to whoever
/// calls `run`. Members may be called on the loop's own thread only, but for
/// those that say otherwise.
class shard_loop {
public:
  using clock = std::chrono::steady_clock;

  explicit shard_loop(std::size_t index);
  shard_loop(const shard_loop&) = delete;
  shard_loop& operator=(const shard_loop&) = delete;
  ~shard_loop();

  std::size_t index() const noexcept;

  /// Any thread may read it; sockets of this shard are made on it.
  boost::asio::io_context& io() noexcept;

  /// The loop that the calling thread runs right now, or null.
  static shard_loop* current() noexcept;

  /// Runs `f` on the loop. From any thread.
  void post(std::function<void()> f);

  /// For whoever may outlive this loop. From any thread.
  loop_handle handle() const;

  /// Called after the handlers of every turn. It returns true where work is
  /// left, and the loop then looks at its sockets without waiting. Set it
  /// before `run`.
  void on_turn(std::function<bool()> hook);

  /// Called when the time armed last has come. Set it before `run`.
  void on_timer(std::function<void()> f);

  /// Replaces the time for which `on_timer` waits. `time_point::max()` disarms.
  void arm(clock::time_point when);

  /// What to do with an exception that left a handler (it is caught, told here
  /// and the loop goes on). Set it before `run`.
  void on_exception(std::function<void(std::exception_ptr)> f);

  /// Runs turns on this thread until `stop`. Also without any work.
  void run();

  /// Ends `run` after the turn under way. From any thread.
  void stop();

private:
  struct impl;
  std::unique_ptr<impl> impl_;
};

} // namespace offhook::net
