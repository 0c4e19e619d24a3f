#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "app/scenario.hpp"

namespace offhook::app {

/// A part of a line that was heard without a gap.
struct heard_line {
  std::string name; ///< of the line; empty: none of the scenario's
  std::int64_t at_ms = 0;
  std::int64_t ms = 0;    ///< so much of it
  std::int64_t of_ms = 0; ///< what there is of it
};

/// What was heard on a track of the tape, told by the sound itself and not by
/// what anybody says of it. Mu-law passes a gateway unchanged, so a line is
/// recognised by its bytes; where several begin alike, the one of which most is
/// there counts.
std::vector<heard_line> listen(std::span<const std::byte> track,
                               const std::vector<speech>& lines);

} // namespace offhook::app
