#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace offhook::bench {

struct sitting_plan {
  std::string program; ///< this one, to be started as the two servers
  int calls = 0;       ///< 0: as many as make the load
  int load = 70;       ///< of the gateway, in percent of a core
  int pairs = 5;
  int seconds = 10; ///< of one half
};

/// A half of a pair: with the two calls in trouble or without.
struct half_result {
  double load = 0; ///< of the gateway, 1: a core
  double p50_ms = 0;
  double p99_ms = 0; ///< added latency of the other calls
  double max_ms = 0;
  double lag_p99_ms = 0; ///< the generator's own
};

struct sitting_result {
  int calls = 0;
  std::vector<half_result> free;     ///< one for each pair
  std::vector<half_result> troubled; ///< one for each pair
  half_result all_free;              ///< all frames of those halves together
  half_result all_troubled;
  std::int64_t dropped_frames = 0; ///< for the peer that does not read
  std::uint64_t blocks = 0;        ///< of a second each, by the function
  std::string failure; ///< why nothing was measured, or what was lost; or empty
};

/// Calls that count every byte run all the time. In each pair's second half one
/// more call has a peer that does not read while its model has minutes to say,
/// and another one a function that blocks its thread. Added latency of a frame:
/// its way through the gateway and back, less the median of the direct sessions
/// in the same half.
/// @throws std::runtime_error where a process cannot be started
sitting_result sit(const sitting_plan& plan);

} // namespace offhook::bench
