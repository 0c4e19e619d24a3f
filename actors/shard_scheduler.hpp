#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <thread>
#include <vector>

#include <caf/actor_clock.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/detail/type_list.hpp>
#include <caf/scheduler/abstract_coordinator.hpp>

#include "actors/shard.hpp"

namespace offhook::actors {

/// Time for actors, kept by the shards' own loops: a delayed message of an
/// actor is a timer of its shard.
class shard_clock : public caf::actor_clock {
public:
  using caf::actor_clock::schedule_periodically;

  explicit shard_clock(const std::vector<std::unique_ptr<shard>>& shards)
    : shards_(shards) {
  }

  caf::disposable schedule_periodically(time_point first_run, caf::action f,
                                        duration_type period) override;

private:
  const std::vector<std::unique_ptr<shard>>& shards_;
};

/// CAF's scheduler, replaced: its workers are the threads that run the sockets,
/// one per shard. There is no other.
/// Loaded with `cfg.load<shard_scheduler>()`; the number of shards is the key
/// `shards` (0: one per core).
class shard_scheduler : public caf::scheduler::abstract_coordinator {
public:
  explicit shard_scheduler(caf::actor_system& sys);
  ~shard_scheduler() override;

  /// The scheduler of `sys`. @pre the module is loaded
  static shard_scheduler& of(caf::actor_system& sys);

  /// Where call number `index` lives.
  shard* call_shard(std::size_t index) const {
    return shards_[index % count_].get();
  }

  /// A thread beside those of the calls, for what may be slow or block; each
  /// time the next one. Null where there is none. Any thread.
  caf::execution_unit* helper();

  /// The loops of calls, in the order of their shards.
  std::vector<net::shard_loop*> loops() const;

  // What CAF asks of a scheduler and of a module.
  static void add_module_options(caf::actor_system_config& cfg);
  static caf::actor_system::module* make(caf::actor_system& sys,
                                         caf::detail::type_list<>);
  void init(caf::actor_system_config& cfg) override;
  void start() override;
  void stop() override;
  void enqueue(caf::resumable* job) override;
  caf::actor_clock& clock() noexcept override;

private:
  std::size_t count_ = 0;   // Shards of calls, which come first ...
  std::size_t helpers_ = 0; // ... and threads for what may block.
  std::atomic<std::size_t> next_helper_ = 0;
  std::atomic<bool> stopped_ = false; // No shard takes a job any more.
  std::vector<std::unique_ptr<shard>> shards_;
  std::vector<std::thread> threads_;
  shard_clock clock_;
};

} // namespace offhook::actors
