#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "actors/call_events.hpp"
#include "actors/conversation_log.hpp"
#include "actors/playback_ledger.hpp"
#include "actors/response_flow.hpp"
#include "actors/usage_ledger.hpp"

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
  std::vector<std::string> untold;     ///< items whose end behaviours wait for
  std::vector<std::string> open_calls; ///< of functions
  std::optional<departure> ending;
};

/// What is kept of a call whatever becomes of its actors: what was said and
/// what it cost. Owned by the call's supervisor; written by its bridge, on the
/// shard of both; read by others only once the call is over.
struct call_record {
  std::string call_sid;
  conversation_log log;
  usage_ledger usage;
  std::optional<bridge_legacy> legacy; ///< of a bridge that is gone
};

using call_record_ptr = std::shared_ptr<call_record>;

/// A call as a document: the conversation as it was heard, and its bill.
struct call_document {
  std::string call_sid;
  std::vector<log_entry> entries;
  std::uint64_t forgotten = 0; ///< older entries that were condensed away
  std::string model;           ///< the last one
  token_usage tokens;
  transcription_usage transcriptions;
  std::uint64_t responses = 0;
  std::uint64_t unknown_usage = 0; ///< responses nobody knows the cost of
  std::optional<double> cost_usd;  ///< empty: the model has no price
  std::string prices_as_of;
};

call_document document_of(const std::string& call_sid,
                          const call_record& record, const price_table& prices);

} // namespace offhook::actors
