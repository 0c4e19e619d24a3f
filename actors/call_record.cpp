#include "actors/call_record.hpp"

namespace offhook::actors {

call_document document_of(const std::string& call_sid,
                          const call_record& record,
                          const price_table& prices) {
  call_document result;
  result.call_sid = call_sid;
  result.entries = record.log.entries();
  result.forgotten = record.log.forgotten();
  result.model = record.usage.model();
  result.tokens = record.usage.tokens();
  result.transcriptions = record.usage.transcriptions();
  result.responses = record.usage.responses();
  result.unknown_usage = record.usage.unknown();
  result.cost_usd = record.usage.cost(prices);
  if (result.cost_usd)
    result.prices_as_of = prices.as_of;
  return result;
}

} // namespace offhook::actors
