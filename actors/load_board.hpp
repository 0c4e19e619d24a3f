#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include <caf/actor.hpp>
#include <caf/fwd.hpp>

#include "actors/admission.hpp"
#include "actors/metrics.hpp"

namespace offhook::actors {

/// How late loops are and how much memory there is, written by those who look
/// and read by whoever decides. Any thread.
class load_board {
public:
  using time_point = std::chrono::steady_clock::time_point;

  explicit load_board(std::size_t loops) : loops_(loops) {
  }

  /// Who looks at this loop will do so next at `when`.
  void due_at(std::size_t loop, time_point when) noexcept;

  /// ... and has done it. A lag is forgotten by halves, so that one look in
  /// between does not hide it.
  void looked(std::size_t loop, time_point now) noexcept;

  void resident(std::uint64_t bytes) noexcept {
    resident_bytes_ = bytes;
  }

  /// A loop that is stalled right now is as late as its next look is.
  process_load read(time_point now) const noexcept;

private:
  using nanoseconds = std::chrono::nanoseconds::rep;

  struct loop {
    std::atomic<nanoseconds> due = 0; ///< 0: nobody looks yet
    std::atomic<nanoseconds> lag = 0;
  };

  std::vector<loop> loops_;
  std::atomic<std::uint64_t> resident_bytes_ = 0;
};

/// Looks at one loop, four times a second, for as long as the actor lives.
/// @param unit the shard of that loop; null: wherever
caf::actor spawn_loop_probe(caf::actor_system& sys, caf::execution_unit* unit,
                            std::shared_ptr<load_board> board,
                            std::shared_ptr<metrics> counts, std::size_t loop);

/// Reads how much memory the process holds, once a second, likewise. Best not
/// on a shard of calls.
caf::actor spawn_memory_probe(caf::actor_system& sys, caf::execution_unit* unit,
                              std::shared_ptr<load_board> board,
                              std::shared_ptr<metrics> counts);

/// By /proc; 0 where that cannot be read.
std::uint64_t resident_bytes();

} // namespace offhook::actors
