#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <caf/fwd.hpp>

#include "actors/messages.hpp"
#include "actors/metrics.hpp"
#include "actors/restart_budget.hpp"
#include "net/ws_client.hpp"
#include "protocol/openai_commands.hpp"

namespace offhook::actors {

/// When a caller's sound stops the agent.
struct interruption_rules {
  std::uint32_t min_speech_ms = 0; ///< 0: at once, as the server hears speech
  double echo_loss_db = 0;         ///< 0: no comparison with our own voice
  bool by_keys = true;             ///< a pressed key interrupts too
};

/// A named profile that calls are answered with.
struct agent_profile {
  std::string instructions;
  std::string voice = "marin";
  double speed = 1.0;
  std::string greeting; ///< instructions for the first words; empty: none
  std::string transcription_model;
  protocol::openai::server_vad turn_detection;
  interruption_rules interruption;
  bool greeting_protected = false; ///< the greeting is heard to its end

  /// Whether the server may cancel a response by itself when it hears speech:
  /// not where it takes us to tell an interruption from noise.
  bool server_interrupts() const noexcept {
    return interruption.min_speech_ms == 0 && !greeting_protected;
  }
};

/// Times and bounds of a call; all configurable.
struct call_limits {
  std::uint32_t lead_ms = 300; ///< agent audio that Twilio may hold unplayed
  std::uint32_t tick_ms = 20;  ///< how often the pacer looks
  std::uint32_t caller_buffer_ms = 10'000; ///< kept while no session is ready
  std::uint32_t agent_buffer_ms = 600'000; ///< received and not yet sent
  std::uint32_t mark_interval_ms = 200;    ///< of audio between two marks
  std::chrono::milliseconds stream_grace{60'000};    ///< webhook to stream
  std::chrono::milliseconds start_timeout{10'000};   ///< socket to `start`
  std::chrono::milliseconds session_timeout{10'000}; ///< open to confirmed
  std::chrono::milliseconds max_session_gap{20'000}; ///< then the call fails
  std::chrono::milliseconds close_grace{5'000}; ///< then children are killed
  std::chrono::milliseconds last_words{2'000};  ///< for Twilio's last questions
  std::chrono::milliseconds max_duration{4 * 3600 * 1000}; ///< of a call
};

/// What the actors of calls are given: configuration, and ports to the world,
/// so that tests can put their own in place. Shared, never changed after
/// start-up, any thread.
struct environment {
  agent_profile agent;
  call_limits limits;
  restart_budget::limits budget;

  /// URL, key, trust and bounds of the Realtime socket.
  net::ws_client_options realtime;

  /// Signs the stream tokens: the same on all instances of an account.
  std::string token_key;

  std::shared_ptr<actors::metrics> metrics;

  /// Dials; called on the shard where the socket is to live.
  std::function<std::shared_ptr<net::ws_dial>(
    net::ws_client_options, std::function<void(net::connect_result)>)>
    dial;

  /// 0.0 to 1.0, for jitter.
  std::function<double()> random;

  /// Seconds since 1970.
  std::function<std::int64_t()> wall_clock;

  /// The pacers, one per shard; a call uses its own shard's.
  std::vector<pacer_actor> pacers;

  /// Where a new supervisor is to live: the execution unit of a shard, null in
  /// tests on virtual time.
  std::function<caf::execution_unit*(std::uint32_t shard)> unit;
};

using environment_ptr = std::shared_ptr<const environment>;

} // namespace offhook::actors
