#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "app/standins/call_flow.hpp"
#include "app/standins/caller_script.hpp"
#include "app/standins/demo_agent_options.hpp"

/// A scenario: one whole call as data. `docs/scenarios.md` describes the file.
namespace offhook::app {

/// Something that is said, by the caller or by the model.
struct speech {
  std::string name; ///< how expectations call it
  std::string text;
  std::vector<std::byte> audio; ///< mu-law, 8 kHz, whole frames
};

/// One response of the model and what it is the answer to. The first reply that
/// fits and is not used up answers.
struct scripted_reply {
  std::string purpose;      ///< of the request; empty: it has none
  bool results = false;     ///< whether results of functions came before it
  std::string instructions; ///< part of those in force
  std::string caller;       ///< part of what the caller said last
  std::size_t times = 1;    ///< how often it answers; 0: any number
  standins::agent_reply what;
  std::string place; ///< in the file
};

/// What the server of a function answers.
struct tool_answer {
  unsigned status = 200;
  std::string body = "{}";
  std::uint32_t delay_ms = 0;
};

/// Something that goes wrong.
struct scenario_fault {
  std::string at; ///< the caller's cue; empty: from the beginning
  std::optional<standins::demo_agent_faults> model;
  std::optional<standins::agent_error> error; ///< sent out of the blue
  bool reset = false;                         ///< of the Realtime socket
};

/// Lower and upper bound, both allowed.
using bounds = std::pair<std::int64_t, std::int64_t>;

/// Something that must be heard of the agent.
struct expected_line {
  std::string name;
  std::optional<bounds> ms;     ///< how much of it; empty: all
  std::optional<bounds> gap_ms; ///< silence before it, since the line before
};

struct expected_entry {
  std::string kind;
  std::optional<std::string> text;
  std::optional<std::string> unheard; ///< empty text: nothing was unheard
};

struct expected_function {
  std::string name;
  std::string arguments;             ///< part of them
  std::optional<std::string> result; ///< part of it
  std::optional<bounds> answer_ms;   ///< from the call to its result
};

/// What must come true. What is not set is not judged.
struct expectations {
  std::string ending; ///< `call_ending`
  std::optional<std::string> outcome;
  std::int64_t within_ms = 0; ///< the whole call
  std::optional<std::vector<expected_line>> heard;
  std::vector<std::string> not_heard;
  std::vector<std::string> interrupts; ///< utterances that stop the agent
  std::vector<std::string> unanswered; ///< utterances that get no answer
  std::optional<std::int64_t> answered_within_ms;
  std::optional<std::vector<expected_function>> called;
  std::optional<std::vector<std::string>> purposes; ///< of requested responses
  std::vector<std::string> told;                    ///< parts, in order
  std::vector<std::string> not_told;
  std::vector<expected_entry> transcript; ///< in order, others between
  std::optional<std::vector<std::string>> verbs;
  std::optional<std::int64_t> truncations;
  std::int64_t sessions = 1; ///< of the model
  std::int64_t model_errors = 0;
};

struct scenario {
  std::string name;
  std::string about;                                        ///< one line
  std::vector<std::pair<std::string, std::string>> gateway; ///< key and value
  standins::call_settings call; ///< `url` has the path only
  standins::script caller;
  std::vector<std::string> caller_texts; ///< of what the caller says, in order
  std::vector<scripted_reply> replies;
  std::vector<speech> lines; ///< all that the model can say, each name once
  standins::demo_agent_timing timing;
  std::map<std::string, std::vector<tool_answer>, std::less<>> tools;
  std::vector<scenario_fault> faults;
  expectations expect;
};

} // namespace offhook::app
