#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

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
  std::string name = "default";
  std::string model; ///< empty: the server's
  protocol::openai::session_config session;
  std::string greeting; ///< instructions for the first words; empty: none
  bool greeting_protected = false; ///< the greeting is heard to its end
  interruption_rules interruption;
  std::vector<std::string> numbers; ///< called numbers that it answers

  /// Whether the server may cancel a response by itself when it hears speech:
  /// not where it takes us to tell an interruption from noise.
  bool server_interrupts() const noexcept {
    return interruption.min_speech_ms == 0 && !greeting_protected;
  }
};

using agent_ptr = std::shared_ptr<const agent_profile>;

/// Puts values into the `{{names}}` of a text; a name that is not known is left
/// as it stands, and so is what a value itself has in braces.
std::string fill_in(std::string_view text,
                    const std::map<std::string, std::string>& values);

/// The profile as one call has it: its texts filled in.
agent_ptr for_call(const agent_ptr& agent,
                   const std::map<std::string, std::string>& values);

} // namespace offhook::actors
