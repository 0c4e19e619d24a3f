#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "actors/webhook_tool.hpp"
#include "protocol/openai_commands.hpp"

namespace offhook::actors {

/// When a caller's sound stops the agent.
struct interruption_rules {
  std::uint32_t min_speech_ms = 0; ///< 0: at once, as the server hears speech
  double echo_loss_db = 0;         ///< 0: no comparison with our own voice
  bool by_keys = true;             ///< a pressed key interrupts too
};

/// What a key does without the model.
enum class key_action : std::uint8_t {
  end,    ///< the call ends, as soon as what is being said was heard
  repeat, ///< the agent says its last answer again
};

/// How keys are put together, and what they mean.
struct key_rules {
  std::string terminator = "#";   ///< any of these ends an entry; empty: none
  std::uint32_t pause_ms = 2'000; ///< as long a pause does, too
  std::uint32_t max_length = 20;
  bool mask = false; ///< the model learns how many keys there were, and no more
  std::map<std::string, key_action> actions; ///< by entry
};

/// What becomes of a silence, and of somebody who never stops talking.
struct silence_rules {
  std::uint32_t after_ms = 0; ///< of silence the caller is asked; 0: never
  std::uint32_t asks = 2;     ///< so often, then the call ends
  std::uint32_t longest_talk_ms
    = 0; ///< without a pause; 0: as long as it takes
  std::string ask = "The caller has said nothing. Ask whether they are still "
                    "there, in one short sentence.";
  std::string farewell = "Nobody answers. Say goodbye in one short sentence.";
};

/// What a call may cost and how long it may last; 0: there is no such limit.
struct limit_rules {
  std::uint32_t duration_ms = 0;
  std::uint32_t warning_ms = 60'000; ///< so long before the end
  std::uint64_t tokens = 0;
  double cost_usd = 0;
  std::string warning = "Tell the caller in one short sentence that this call "
                        "will have to end in about a minute.";
  std::string wrap_up = "This call has to end now. Say so and say goodbye, in "
                        "two short sentences.";

  bool any() const noexcept {
    return duration_ms > 0 || tokens > 0 || cost_usd > 0;
  }
};

/// Whom a caller may be connected with.
struct transfer_rules {
  std::map<std::string, std::string> targets; ///< name to number or `sip:` URI
  std::uint32_t timeout_s = 20;               ///< of ringing
  std::string caller_id; ///< empty: the caller's own number
};

/// A named profile that calls are answered with.
struct agent_profile {
  std::string name = "default";
  std::string model; ///< empty: the server's
  protocol::openai::session_config session;
  std::string greeting; ///< instructions for the first words; empty: none
  bool greeting_protected = false; ///< the greeting is heard to its end
  interruption_rules interruption;
  std::vector<std::string> numbers;    ///< called numbers that it answers
  std::vector<std::string> behaviours; ///< what a call does beyond bridging
  silence_rules silence;
  limit_rules limits;
  std::uint32_t dead_air_ms = 0; ///< without a sound while a reply is due,
                                 ///< until something is done; 0: nothing is
  key_rules keys;
  std::map<std::string, webhook_tool_ptr, std::less<>>
    webhooks; ///< functions that servers of the operator's run
  std::map<std::string, std::string>
    colleagues; ///< agents that may take over, and what each is for
  transfer_rules transfer;
  std::string fallback; ///< a target of `transfer`, where no model can be had;
                        ///< empty: the call ends
  std::uint32_t farewell_deadline_ms = 10'000; ///< for a goodbye to be heard

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
