#pragma once

#include <chrono>
#include <cstddef>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

#include <caf/action.hpp>
#include <caf/execution_unit.hpp>
#include <caf/resumable.hpp>

#include "net/shard_loop.hpp"

namespace offhook::actors {

/// One thread's actors: they run between the handlers of the loop's turns, on
/// the thread that also reads and writes their sockets. An actor's home is the
/// shard that spawned it; whoever sends to it from elsewhere, it runs there.
/// Owned and ended by the `shard_scheduler`.
class shard : public caf::execution_unit {
public:
  using time_point = std::chrono::steady_clock::time_point;

  shard(caf::actor_system* sys, std::size_t index, std::size_t max_throughput);
  ~shard() override;

  /// The shard of the calling thread, or null outside of all of them (tests on
  /// virtual time, the main thread): code must live with null.
  static shard* current() noexcept;

  net::shard_loop& loop() noexcept {
    return loop_;
  }

  /// Queues a job on the shard where it is at home, else on this one. From any
  /// thread. The job carries one reference already.
  void exec_later(caf::resumable* job) override;

  /// Queues a job here. From any thread.
  void submit(caf::resumable* job);

  /// Runs `f` when `when` has come, on this shard's thread, again after each
  /// `period` where that is positive. From any thread.
  void schedule(time_point when, caf::action f, caf::timespan period);

  /// Runs the loop until `stop`; the body of the shard's thread.
  void run();

  /// Ends `run`. From any thread.
  void stop();

  /// Releases what is still queued, once the thread is gone. Jobs that come
  /// later are released too.
  void discard();

  std::size_t pending_timers() const noexcept {
    return timers_.size();
  }

  /// All shards of the system; filled in once, before the threads start.
  const std::vector<std::unique_ptr<shard>>* all = nullptr;

private:
  struct timer {
    caf::action f;
    caf::timespan period;
  };

  bool turn(); // true: work is left
  void take_remote();
  void insert(time_point when, timer x);
  void run_due();
  void purge_disposed();
  shard* home(caf::resumable* job) const;

  net::shard_loop loop_;
  std::size_t max_throughput_;

  // Of this thread only.
  std::deque<caf::resumable*> jobs_;
  std::multimap<time_point, timer> timers_;
  std::size_t purge_at_ = 1024;

  // From other threads.
  std::mutex mutex_;
  std::vector<caf::resumable*> remote_jobs_;
  std::vector<std::pair<time_point, timer>> remote_timers_;
  bool discarding_ = false;
};

} // namespace offhook::actors
