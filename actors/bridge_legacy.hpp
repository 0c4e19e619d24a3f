#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "actors/call_events.hpp"
#include "actors/playback_ledger.hpp"
#include "actors/response_flow.hpp"
#include "actors/session_seed.hpp"
#include "actors/tool_board.hpp"

namespace offhook::actors {

/// What a bridge leaves to the one that takes its place: all of the
/// conversation that is not in the log, as far as it can be gone on with.
struct bridge_legacy {
  std::uint32_t session = 0;        ///< generation of its session; 0: none
  std::uint64_t appended_bytes = 0; ///< of the caller's audio, in that session
  bool greeted = false;
  bool away = false;
  bool caller_speaks = false;
  bool turn_open = false;  ///< of the caller, and nobody has answered it
  bool cut_short = false;  ///< an answer was being heard, or generated
  bool playing = false;    ///< Twilio holds audio that was not heard
  std::string response_id; ///< being generated
  std::vector<response_request> wanted; ///< responses that did not come
  std::uint64_t own_items = 0;
  std::uint64_t last_create = 0;
  std::uint32_t playback_generation = 0;
  std::vector<playback_ledger::cut> cuts; ///< the caller heard no more of these
  std::vector<playback_ledger::item_ref> silent_items; ///< to be deleted
  std::vector<std::string> untold; ///< items whose end behaviours wait for
  tool_board tools;                ///< functions that run
  session_seed seeded; ///< what the session was told of the past, or is to be
  std::optional<departure> ending;
  std::optional<orders::set_agent> switching; ///< to an agent that is to come
};

} // namespace offhook::actors
