#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include <caf/typed_actor.hpp>

#include "protocol/media.hpp"
#include "protocol/openai.hpp"

/// What a behaviour sees of a call, and what it may order: everything that a
/// call does beyond bridging is done by actors behind this one interface.
namespace offhook::actors {

namespace events {

/// A stream is attached: somebody is on the line.
struct call_began {
  std::string call_sid;
  std::string from;
  std::string to;
  std::uint64_t ago_ms = 0; ///< when: who is new to the call hears of it later
};

/// The caller begins or ends to speak, by the server's voice activity
/// detection.
struct caller_speech {
  bool begins = false;
};

/// The agent begins or ends to be heard: times are those at the caller's ear.
struct agent_speech {
  bool begins = false;
};

/// The agent was cut short by the caller.
struct interrupted {};

/// What the caller said, by the transcription; it may come late, or not at all.
struct caller_turn {
  std::string text;
};

/// What the agent said in one item, as far as it was heard, and the rest.
struct agent_turn {
  std::string heard;
  std::string unheard;
};

/// What the call has used so far, over all responses.
struct usage_counted {
  std::uint64_t tokens = 0; ///< of the model, both ways
  double cost_usd = 0;      ///< of the models whose prices are known
};

/// Audio of the caller, as it came: 20 ms of mu-law. Only for those who asked
/// for it by `orders::listen`.
struct caller_audio {
  std::uint64_t timestamp_ms = 0; ///< stream clock
  protocol::audio_bytes payload;
};

/// Audio of the agent, before it is sent; on the same condition.
struct agent_audio {
  std::string item_id;
  std::uint64_t offset = 0; ///< in bytes, within the item
  protocol::audio_bytes payload;
};

/// The caller pressed a key: one of 0-9 * # A-D.
struct key_pressed {
  char key = '0';
};

/// The model calls a function, in a response that came to its end. Each has to
/// be answered by `orders::answer_tool`, with an error text if need be.
struct tool_called {
  protocol::openai::function_call call;
};

/// The caller is with somebody else for a while, or the stream was lost, and no
/// stream is there: what is said now nobody hears.
struct line_left {};

/// ... and is back.
struct line_back {};

} // namespace events

/// One event, in the order of the call.
struct call_event {
  std::variant<events::call_began, events::caller_speech, events::agent_speech,
               events::interrupted, events::caller_turn, events::agent_turn,
               events::usage_counted, events::caller_audio, events::agent_audio,
               events::key_pressed, events::tool_called, events::line_left,
               events::line_back>
    what;
};

namespace orders {

/// The agent speaks, by instructions of its own. What the caller has said
/// meanwhile comes first: an interruption takes the order back.
struct speak {
  std::string instructions; ///< empty: the conversation as it stands
  std::string purpose;      ///< a word for it, such as `silence`
  bool aside = false; ///< words beside the conversation while functions run:
                      ///< not kept in it, and dropped where none runs any more
};

/// The model is told something, as the caller (keys) or as nobody (a note).
struct tell {
  std::string text;
  bool by_caller = false; ///< as pressed on the telephone
};

/// The result of a function, for the model; it speaks when all calls of the
/// response are answered.
struct answer_tool {
  std::string call_id;
  std::string output; ///< JSON or text
  bool speak = true;  ///< whether the model is to go on by it
};

/// The one who gives it wants to have audio from now on.
struct listen {
  bool caller = false;
  bool agent = false;
  std::uint32_t hold_ms = 0; ///< how long the first audio of an answer may wait
                             ///< for a `replace_audio`
};

/// Other bytes for audio of the agent. What was sent by then stays as it was.
struct replace_audio {
  std::string item_id;
  std::uint64_t offset = 0; ///< as in the `agent_audio`
  protocol::audio_bytes payload;
};

/// Sound over what the agent says, or alone where it says nothing, from now on
/// and behind that which was ordered before: mu-law. An interruption ends it.
struct mix_audio {
  protocol::audio_bytes payload;
};

/// Whoever ran the functions is gone: each call without a result gets this one.
struct answer_all_tools {
  std::string output;
};

/// Another agent takes over: a second session is opened, told what was said,
/// and swapped in at a silence. Where it cannot be had, `call_id` is answered
/// with the reason and the call goes on as it is.
struct set_agent {
  std::string call_id;          ///< of the tool that asked for it; empty: none
  std::string agent;            ///< by name
  std::string note;             ///< for the new agent; may be empty
  std::uint32_t generation = 0; ///< of its session; the supervisor's to say
};

/// The call ends as soon as what the agent says has been heard, at the latest
/// after `deadline_ms`; an interruption takes that back.
struct hang_up {
  std::string call_id; ///< of the tool that asked for it; empty: none
  std::uint32_t deadline_ms = 10'000;
  bool final = false; ///< whatever the caller says to it
};

/// The caller is connected with somebody else, when what the agent says has
/// been heard as for `hang_up`. Where nobody can be had the caller comes back,
/// and the agent is told why.
struct transfer {
  std::string call_id; ///< of the tool that asked for it; empty: none
  std::string target;  ///< a name of `agent_profile::transfer`
  std::uint32_t deadline_ms = 10'000;
};

/// Tones are sent to the caller's side, likewise, and the agent goes on.
struct send_digits {
  std::string call_id; ///< of the tool that asked for it; empty: none
  std::string digits;  ///< 0-9 * # and `w`, half a second of silence
  std::uint32_t deadline_ms = 10'000;
};

/// The call goes on in another instance, as soon as what is being said was
/// heard and answered; whatever the caller says to it.
struct hand_over {
  std::string call_id; ///< empty: no tool can ask for it
  std::uint32_t deadline_ms = 5'000;
};

} // namespace orders

/// Orders that wait until nothing is left to be heard.
using departure = std::variant<orders::hang_up, orders::transfer,
                               orders::send_digits, orders::hand_over>;

/// One order, from a behaviour.
struct call_order {
  std::variant<orders::speak, orders::tell, orders::answer_tool,
               orders::answer_all_tools, orders::listen, orders::replace_audio,
               orders::mix_audio, orders::set_agent, orders::hang_up,
               orders::transfer, orders::send_digits, orders::hand_over>
    what;
};

/// A BEHAVIOUR of one call. It runs off the shards: it may be slow, block or
/// fail, and media goes on.
using behaviour_actor = caf::typed_actor<caf::result<void>(call_event)>;

/// Who takes the orders of a call's behaviours: its supervisor.
using director_actor = caf::typed_actor<caf::result<void>(call_order)>;

} // namespace offhook::actors
