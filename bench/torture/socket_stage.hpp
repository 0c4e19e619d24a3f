#pragma once

#include <cstdint>
#include <iosfwd>
#include <map>
#include <string>
#include <vector>

#include "bench/torture/plan.hpp"

namespace offhook::torture {

struct socket_options {
  plan_options plan;
  std::string offhook;       ///< the program
  std::uint32_t calls = 300; ///< at once; one that ends makes room for another
  std::uint32_t seconds = 300;      ///< so long new ones begin
  std::uint32_t settle_ms = 30'000; ///< for what is left over to go
  bool suspend = true; ///< the gateway's process is stopped now and then
  bool print_minutes = false;
  std::uint32_t only_call = 0;   ///< by its number in the plan; 0: all
  std::ostream* trace = nullptr; ///< gets what passes to and from the model

  /// Of a soak: between the sample after so many seconds and the last one the
  /// memory may grow by no more than this; 0: it is not looked at.
  std::uint32_t soak_from_s = 0;
  double soak_growth = 0.03;
};

/// What the gateway's process has, seen from outside.
struct sample {
  double at_s = 0; ///< since the first call
  std::uint64_t resident_bytes = 0;
  std::size_t open_files = 0;
  std::int64_t actors = 0;
  std::int64_t calls = 0;
};

struct socket_result {
  std::uint32_t calls = 0;
  std::uint32_t begun = 0;
  std::uint64_t faults = 0;
  std::uint64_t sessions = 0;
  std::uint64_t caller_frames = 0;
  std::uint64_t agent_frames = 0;
  std::uint64_t checks = 0;
  std::uint32_t most_calls = 0; ///< at once
  double latest_ms = 0;         ///< by which a tick of the rig came too late
  std::uint32_t suspensions = 0;
  std::map<std::string, std::uint32_t> outcomes;
  sample before;
  sample after;
  std::vector<sample> minutes;
  std::vector<std::string> broken; ///< each with the plan of its call
};

/// Plays calls over real sockets: `offhook serve` as a process of its own,
/// callers and model in this one, and a proxy that fails on either way. Every
/// 100 ms the gateway is asked for its metrics.
socket_result play_on_sockets(const socket_options& options);

/// A line for a person.
std::string describe(const sample& x);

} // namespace offhook::torture
