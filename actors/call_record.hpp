#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "actors/conversation_log.hpp"
#include "actors/usage_ledger.hpp"

namespace offhook::actors {

struct bridge_legacy;

/// What is kept of a call whatever becomes of its actors: what was said and
/// what it cost. Owned by the call's supervisor; written by its bridge, on the
/// shard of both; read by others only once the call is over.
struct call_record {
  std::string call_sid;
  conversation_log log;
  usage_ledger usage;
  std::shared_ptr<bridge_legacy> legacy; ///< of a bridge that is gone; or null
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
