#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "actors/agent_profile.hpp"
#include "actors/call_record.hpp"
#include "protocol/fleet_document.hpp"

namespace offhook::actors {

struct opening_texts;

/// Where a call comes from that did not begin in this process.
struct call_past {
  enum class kind : std::uint8_t {
    kept, ///< another instance has told what was said
    lost, ///< one gave it away, and what was said could not be had
    cut,  ///< one is gone, and Twilio asks us in its place
  };

  kind what = kind::cut;
  protocol::fleet::document document; ///< as far as it is known
};

using call_past_ptr = std::shared_ptr<const call_past>;

/// What is to be told of a call that another instance goes on with: the
/// conversation as it was heard, and what it has used. Its SID, its agent and
/// its times are the caller's to fill in.
protocol::fleet::document past_of(const call_record& record);

/// Writes a call's past into its new record, and what became of it for the
/// model to read. @pre the record is new
void restore(call_record& record, const call_past& past);

/// The agent as it opens such a call: it goes on, or apologises, where it would
/// greet.
agent_ptr reopened(const agent_ptr& agent, const call_past& past,
                   const opening_texts& texts);

} // namespace offhook::actors
