#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "bench/torture/plan.hpp"

namespace offhook::torture {

struct virtual_options {
  plan_options plan;
  std::uint32_t first_call = 1;
  std::uint32_t calls = 100;     ///< in all
  std::uint32_t concurrent = 20; ///< at once
  std::uint64_t max_faults = 0;  ///< begin no more calls after so many; 0: all

  /// Where plans come from; null: `plan_call`.
  std::function<call_plan(std::uint32_t call)> plan_source;

  std::ostream* trace = nullptr; ///< gets what passes to models; null: none

  /// Told now and then how far it is; null: nobody.
  std::function<void(const struct virtual_result&)> progress;
};

/// What is there of what a call needs. Nothing of it may be left over.
struct resources {
  std::size_t calls = 0;   ///< in the registry
  std::size_t leases = 0;  ///< places that calls take on shards
  std::size_t actors = 0;  ///< running ones
  std::size_t sockets = 0; ///< that have not ended
  std::size_t timers = 0;  ///< pending ones
  std::size_t marks = 0;   ///< that have not come back, of all bridges

  bool operator==(const resources&) const = default;
};

std::string describe(const resources& x);

struct virtual_result {
  std::uint32_t calls = 0;
  std::uint64_t faults = 0;
  std::uint64_t sessions = 0;
  std::uint64_t caller_frames = 0; ///< that reached a session
  std::uint64_t given_again = 0;   ///< ... and another one, later
  std::uint64_t agent_frames = 0;  ///< that were heard
  std::uint64_t checks = 0;
  double virtual_seconds = 0;
  double call_seconds = 0;
  resources before;
  resources after;
  std::vector<std::string> broken; ///< each with the plan of its call

  bool passed() const noexcept {
    return broken.empty() && before == after;
  }
};

/// Plays calls on virtual time: the gateway's routes, registry, supervisors,
/// sockets' actors, bridges and behaviours as they are, between the stand-ins'
/// machines, on one thread, without a socket or a sleep. Every 100 ms of
/// virtual time the insides of every call are held against their bounds.
class virtual_stage {
public:
  explicit virtual_stage(virtual_options options);
  virtual_stage(const virtual_stage&) = delete;
  virtual_stage& operator=(const virtual_stage&) = delete;
  ~virtual_stage();

  /// All calls from beginning to end.
  virtual_result run();

  // Or step by step:

  /// Ten milliseconds pass.
  void step();

  /// Whether no call is left, and none is to come.
  bool over() const;

  /// Whether no caller is left; the gateway may still be busy with ends.
  bool callers_gone() const;

  resources count() const;
  const virtual_result& result() const;

private:
  struct impl;
  std::unique_ptr<impl> impl_;
};

} // namespace offhook::torture
