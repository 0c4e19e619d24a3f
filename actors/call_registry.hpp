#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include <caf/disposable.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>

#include "actors/admission.hpp"
#include "actors/environment.hpp"
#include "actors/messages.hpp"

namespace offhook::actors {

/// CallSid to supervisor; one per process, off the media path. It decides on
/// which shard a call lives, and remembers for a while how calls ended, since
/// Twilio asks for the next step only after the stream is closed.
struct call_registry_state {
  static inline const char* name = "call-registry";

  call_registry_state(call_registry_actor::pointer self, environment_ptr env);

  call_registry_actor::behavior_type make_behavior();

  struct live_call {
    call_supervisor_actor supervisor;
    std::uint32_t shard = 0;
    call_info info;
    call_record_ptr record;
    std::string retry_token; ///< of the webhook that began it; may be empty
  };

  struct past_call {
    call_info info;
    std::optional<call_document> said; // of the newest only
    std::string retry_token = {};      // of the webhook that began it
  };

  caf::result<call_home> admit(admit_call& call);
  caf::result<call_home> home_of(admit_call call, std::uint32_t shard);
  std::uint32_t least_loaded() const;
  std::optional<refusal> refusal_of(const admit_call& call);
  void on_down(const caf::down_msg& msg);
  void remember(past_call call);
  void read_late(const std::string& call_sid, const call_record& record);
  caf::result<next_step> step_of(const ask_next_step& asked);
  next_step step_after_end(const ask_next_step& asked) const;
  void settle(); // answers who waits when nothing is left to wait for

  // -- the process drains (call_drain.cpp) ------------------------------------

  caf::result<void> drain();
  void on_drain_deadline();
  void stop_waiting();
  void owe_last_word(const call_info& info);
  caf::result<claimed_call> claim(const claim_call& x);

  // ---------------------------------------------------------------------------

  caf::result<call_info> find(const std::string& call_sid);
  caf::result<call_document> document(const std::string& call_sid);
  std::optional<call_info> last_known(const std::string& call_sid) const;
  std::optional<call_document> kept_document(const std::string& call_sid) const;

  /// The same of one that may live. @param gone whether its actor does not
  std::optional<call_document> left_document(const std::string& call_sid,
                                             bool gone) const;

  call_registry_actor::pointer self;
  environment_ptr env;
  std::unordered_map<std::string, live_call> calls;
  std::map<caf::actor_addr, std::string> sids; // Of living supervisors.
  std::vector<std::uint64_t> per_shard;

  // How calls ended; bounded, oldest forgotten.
  std::unordered_map<std::string, past_call> ended;
  std::deque<std::string> ended_order;

  admission entry;
  bool closed = false;         // Not even calls of other instances are taken.
  bool hands_over = false;     // The deadline of a drain is over.
  caf::disposable drain_timer; // the deadline, then the hand-over's bound

  // Calls of ours that have just ended, until Twilio asked what comes next.
  std::set<std::string> owed;
  caf::disposable last_words;

  std::vector<caf::typed_response_promise<void>> waiting; // for the last call
};

using call_registry_impl
  = call_registry_actor::stateful_impl<call_registry_state>;

} // namespace offhook::actors
