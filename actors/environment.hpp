#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <caf/fwd.hpp>

#include "actors/admission.hpp"
#include "actors/agent_profile.hpp"
#include "actors/behaviour.hpp"
#include "actors/messages.hpp"
#include "actors/metrics.hpp"
#include "actors/outage.hpp"
#include "actors/restart_budget.hpp"
#include "actors/rollover.hpp"
#include "net/http_client.hpp"
#include "net/ws_client.hpp"
#include "protocol/openai_provider.hpp"

namespace offhook::actors {

/// Times and bounds of a call; all configurable.
struct call_limits {
  std::uint32_t lead_ms = 300; ///< agent audio that Twilio may hold unplayed
  std::uint32_t tick_ms = 20;  ///< how often the pacer looks
  std::uint32_t caller_buffer_ms = 10'000; ///< kept while no session is ready
  std::uint32_t agent_buffer_ms = 600'000; ///< received and not yet sent
  std::uint32_t mark_interval_ms = 200;    ///< of audio between two marks
  std::chrono::milliseconds stream_grace{60'000};   ///< webhook to stream
  std::chrono::milliseconds start_timeout{10'000};  ///< socket to `start`
  std::chrono::milliseconds media_timeout{10'000};  ///< between media frames
  std::chrono::milliseconds reattach_grace{15'000}; ///< stream lost to the next
  std::uint32_t reattach_attempts = 5; ///< streams in a row that did not last
  std::chrono::milliseconds session_timeout{10'000}; ///< open to confirmed
  std::chrono::milliseconds max_session_gap{20'000}; ///< then the call fails
  std::chrono::milliseconds close_grace{5'000};   ///< then children are killed
  std::chrono::milliseconds action_grace{15'000}; ///< stream closed to question
  std::chrono::milliseconds transfer_grace{15'000}; ///< beyond the ringing
  std::chrono::milliseconds drain_deadline{60'000}; ///< then calls are ended
  std::chrono::milliseconds handover_words{5'000};  ///< for what is being said
  std::chrono::milliseconds handover_grace{15'000}; ///< redirected to fetched
  std::chrono::milliseconds last_words{2'000}; ///< for Twilio's last questions
  std::chrono::milliseconds max_duration{4 * 3600 * 1000}; ///< of a call
};

/// What is said where no model can: mu-law, 8 kHz. Empty: nothing is.
struct spoken_lines {
  protocol::audio_bytes please_wait;     ///< in an outage
  protocol::audio_bytes goodbye;         ///< before the call ends by one
  protocol::audio_bytes before_transfer; ///< ... or goes to somebody else
};

/// Where the calls go that a drain cannot wait for; all empty: nowhere.
struct handover_rules {
  std::string key;  ///< of the fleet, signs the references
  std::string heir; ///< origin of the instance that takes over
  std::function<std::string()> own_origin; ///< where that one finds us

  bool possible() const {
    return !key.empty() && !heir.empty() && own_origin;
  }
};

/// Instructions for the first words of a call that began elsewhere.
struct opening_texts {
  std::string resume;  ///< what was said is known
  std::string apology; ///< it is not
};

/// What the actors of calls are given: configuration, and ports to the world,
/// so that tests can put their own in place. Shared, never changed after
/// start-up, any thread.
struct environment {
  /// Answers where no other is chosen.
  agent_profile agent;

  /// The others, by name.
  std::map<std::string, agent_ptr> agents;

  /// The agent of that name, or the one for all others. Keeps `*this` alive.
  static agent_ptr find_agent(const std::shared_ptr<const environment>& self,
                              const std::string& name) {
    auto at = self->agents.find(name);
    return at != self->agents.end() ? at->second
                                    : agent_ptr{self, &self->agent};
  }
  call_limits limits;

  /// When no further call is taken.
  admission::limits admission_limits;

  /// What the process carries right now; null: nobody measures.
  std::function<process_load()> load;

  handover_rules handover;
  opening_texts openings;
  restart_budget::limits budget;
  rollover_rules rollover;
  actors::outage::limits outage;
  spoken_lines sounds;

  /// The model that `realtime` names.
  std::string model;

  /// What its server can do.
  protocol::openai::provider_features features;

  /// URL, key, trust and bounds of the Realtime socket.
  net::ws_client_options realtime;

  /// What models cost, for the bill of a call.
  price_table prices;

  /// Signs the stream tokens: the same on all instances of an account.
  std::string token_key;

  std::shared_ptr<actors::metrics> metrics;

  /// Dials; called on the shard where the socket is to live.
  std::function<std::shared_ptr<net::ws_dial>(
    net::ws_client_options, std::function<void(net::connect_result)>)>
    dial;

  /// Asks a server of the operator's: within the policy and the deadline of the
  /// request. From any thread; `done` is called on any, or never after
  /// `cancel`. Null where no server is to be asked.
  std::function<std::shared_ptr<net::http_exchange>(
    net::http_client_request, std::function<void(net::http_client_result)>)>
    http;

  /// Whether `raise_fault` is obeyed: by tests only, no configuration sets it.
  bool faults_allowed = false;

  /// Signs what functions are asked with.
  std::string tool_secret;

  /// 0.0 to 1.0, for jitter.
  std::function<double()> random;

  /// Seconds since 1970.
  std::function<std::int64_t()> wall_clock;

  /// The pacers, one per shard; a call uses its own shard's.
  std::vector<pacer_actor> pacers;

  /// What agents can turn on by name.
  behaviour_registry behaviours;

  /// Where a behaviour is to live: never a shard that has calls. Null: wherever
  /// its supervisor does, in tests on virtual time.
  std::function<caf::execution_unit*()> behaviour_unit;

  /// Where a new supervisor is to live: the execution unit of a shard, null in
  /// tests on virtual time.
  std::function<caf::execution_unit*(std::uint32_t shard)> unit;
};

using environment_ptr = std::shared_ptr<const environment>;

} // namespace offhook::actors
