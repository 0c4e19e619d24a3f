#pragma once

#include <string>
#include <vector>

/// The two servers that the neighbours share, each a process of its own: this
/// program, started once more.
namespace offhook::bench {

/// Agents of the gateway, and models of theirs.
namespace neighbour {

inline constexpr const char* talker = "talker";   ///< has ten minutes to say
inline constexpr const char* blocker = "blocker"; ///< calls one function after
                                                  ///< the other

} // namespace neighbour

/// `offhook serve` with a behaviour `tools` of its own: it answers a function
/// after a second in which it does nothing but keep its thread. Says at its end
/// how often it did (`blocks=`).
/// @returns the exit status
int neighbour_gateway(const std::vector<std::string>& args);

/// The demo agent in counter mode, but for the two models above. Says at its
/// end how many bytes of the callers were wrong (`mismatches=`).
int neighbour_agent();

} // namespace offhook::bench
