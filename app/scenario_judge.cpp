#include "app/scenario_judge.hpp"

#include <algorithm>

#include "app/demo_timeline.hpp"
#include "app/scenario_ear.hpp"
#include "app/scenario_verdict.hpp"
#include "app/standins/twiml_reader.hpp"

namespace offhook::app {

using kind = standins::timeline_event::kind;

namespace {

// A line of which no more is missing was heard whole.
constexpr std::int64_t whole_but_ms = 20;

verdict::time time_of(const standins::demo_caller_result& call, kind what) {
  for (const auto& x : call.timeline)
    if (x.what == what)
      return x.at_ms;
  return std::nullopt;
}

std::int64_t length_of(const standins::demo_caller_result& call) {
  std::int64_t result = 0;
  for (const auto& x : call.timeline)
    result = std::max(result, x.at_ms);
  return result;
}

std::vector<std::string> verbs_of(const standins::demo_caller_result& call) {
  std::vector<std::string> result;
  for (const auto& x : call.documents) {
    const auto read = standins::read_twiml(x.body);
    if (const auto* document = std::get_if<standins::twiml_document>(&read))
      for (const auto& verb : document->verbs)
        result.push_back(verb.name);
  }
  return result;
}

void judge_turns(const expectations& expect,
                 const standins::demo_caller_result& call, verdict& result) {
  std::vector<std::string> unanswered;
  std::vector<std::string> interrupts;
  verdict::time unanswered_at;
  std::int64_t slowest = 0;
  verdict::time slowest_at;
  for (const auto& turn : call.stats.turns) {
    if (!turn.response_latency_ms) {
      unanswered.push_back(turn.name);
      unanswered_at = turn.ended_ms;
    } else if (*turn.response_latency_ms > slowest) {
      slowest = *turn.response_latency_ms;
      slowest_at = turn.ended_ms + slowest;
    }
    if (turn.barge_in && turn.truncated_at_ms)
      interrupts.push_back(turn.name);
  }
  result.equal("utterances without an answer:", expect.unanswered, unanswered,
               unanswered_at);
  result.equal("utterances that stop the agent:", expect.interrupts, interrupts,
               time_of(call, kind::clear));
  if (expect.answered_within_ms)
    result.check(slowest <= *expect.answered_within_ms,
                 "each answer is heard within "
                   + in_ms(*expect.answered_within_ms),
                 "the slowest took " + in_ms(slowest), slowest_at);
}

void judge_line(const expectations& expect,
                const standins::demo_caller_result& call, verdict& result) {
  const auto& stats = call.stats;
  result.check(call.failure.empty(), "the caller's script goes through",
               call.failure, time_of(call, kind::failure));
  result.equal("the call ends as", expect.ending,
               std::string{to_string(call.ending)}, length_of(call));
  const auto length = length_of(call);
  result.check(length <= expect.within_ms,
               "the call is over within " + in_ms(expect.within_ms),
               "it took " + in_ms(length), length);
  if (expect.verbs)
    result.equal("verbs fetched:", *expect.verbs, verbs_of(call));
  result.equal("refused by Twilio:", std::string{},
               stats.violations.empty() ? std::string{}
                                        : stats.violations.front().text,
               time_of(call, kind::violation));
  result.equal("failed status callbacks:", std::vector<std::string>{},
               call.callback_failures);
}

/// Twilio's queue ran dry soon before more came. Two answers that follow upon
/// each other look like that too, so this is for when nobody listens.
void judge_gaps(const standins::demo_caller_result& call, verdict& result) {
  const auto gaps = call.stats.underruns;
  result.check(gaps == 0, "the agent's voice has no gap",
               gaps == 0 ? "" : std::to_string(gaps) + " gaps",
               time_of(call, kind::underrun));
}

void judge_transcript(const expectations& expect, const gateway_report& said,
                      verdict& result) {
  auto at = said.transcript.begin();
  for (const auto& x : expect.transcript) {
    auto expected = "the transcript has " + x.kind
                    + (x.text ? " \"" + *x.text + '"' : "")
                    + (x.unheard ? " and unheard \"" + *x.unheard + '"' : "");
    const auto found = std::find_if(
      at, said.transcript.end(), [&x](const transcript_entry& entry) {
        return entry.kind == x.kind && (!x.text || entry.text == *x.text)
               && (!x.unheard || entry.unheard == *x.unheard);
      });
    const auto good = found != said.transcript.end();
    std::string rest;
    for (auto i = at; !good && i != said.transcript.end(); ++i)
      rest += (rest.empty() ? "" : "; ") + i->kind + " \"" + i->text + '"'
              + (i->unheard.empty() ? "" : " unheard \"" + i->unheard + '"');
    result.check(good, std::move(expected),
                 good           ? ""
                 : rest.empty() ? "nothing is left of it"
                                : "what is left of it: " + rest);
    if (good)
      at = found + 1;
  }
}

} // namespace

void judge_sound(const scenario& what, const scenario_run& run,
                 const std::vector<heard_line>& heard, verdict& result) {
  auto describe = [](const heard_line& x) {
    return x.name.empty()
             ? in_ms(x.ms) + " of a sound that is no line"
             : in_ms(x.ms) + " of " + in_ms(x.of_ms) + " of \"" + x.name + '"';
  };
  for (const auto& name : what.expect.not_heard) {
    const auto at = std::find_if(heard.begin(), heard.end(),
                                 [&](auto& x) { return x.name == name; });
    const auto found = at != heard.end();
    result.check(!found, "\"" + name + "\" is not heard",
                 found ? describe(*at) : "",
                 found ? verdict::time{at->at_ms} : std::nullopt);
  }
  if (!what.expect.heard)
    return judge_gaps(run.call, result);
  const auto& expected = *what.expect.heard;
  for (std::size_t i = 0; i < std::max(expected.size(), heard.size()); ++i) {
    if (i == heard.size()) {
      result.check(false, "\"" + expected[i].name + "\" is heard",
                   "nothing more was heard", length_of(run.call));
      return;
    }
    const auto& x = heard[i];
    if (i == expected.size()) {
      result.check(false, "nothing more is heard", describe(x), x.at_ms);
      return;
    }
    const auto& line = expected[i];
    const auto amount
      = line.ms.value_or(bounds{x.of_ms - whole_but_ms, x.of_ms});
    const auto good = x.name == line.name && within(x.ms, amount);
    result.check(good,
                 (line.ms ? in_ms(*line.ms) + " of \"" : "all of \"")
                   + line.name + "\" is heard",
                 describe(x), x.at_ms);
    if (!good)
      return; // What follows would be told of the wrong lines.
    if (line.gap_ms) {
      const auto end = i == 0 ? 0 : heard[i - 1].at_ms + heard[i - 1].ms;
      result.check(within(x.at_ms - end, *line.gap_ms),
                   "\"" + line.name + "\" comes after " + in_ms(*line.gap_ms)
                     + " of silence",
                   "after " + in_ms(x.at_ms - end), x.at_ms);
    }
  }
}

std::vector<scenario_check> judge_caller(const expectations& expect,
                                         const scenario_run& run) {
  verdict result;
  judge_line(expect, run.call, result);
  judge_gaps(run.call, result);
  judge_turns(expect, run.call, result);
  return result.take();
}

std::vector<scenario_check> judge_caller(const scenario& what,
                                         const scenario_run& run) {
  verdict result;
  judge_line(what.expect, run.call, result);
  judge_turns(what.expect, run.call, result);
  judge_sound(what, run,
              listen(run.call.tape.audio(standins::call_tape::track::agent),
                     what.lines),
              result);
  return result.take();
}

std::vector<scenario_check> judge(const scenario& what,
                                  const scenario_run& run) {
  verdict result;
  judge_line(what.expect, run.call, result);
  judge_turns(what.expect, run.call, result);
  const auto heard = listen(
    run.call.tape.audio(standins::call_tape::track::agent), what.lines);
  judge_sound(what, run, heard, result);
  std::vector<heard_line> cut;
  for (const auto& x : heard)
    if (!x.name.empty() && x.ms < x.of_ms - whole_but_ms)
      cut.push_back(x);
  judge_model(what.expect, run, cut, result);
  if (what.expect.outcome)
    result.equal("the gateway counts the call as", *what.expect.outcome,
                 run.gateway.outcome);
  judge_transcript(what.expect, run.gateway, result);
  return result.take();
}

std::string to_string(const scenario_check& x) {
  if (x.good)
    return x.expected + (x.happened.empty() ? "" : " (" + x.happened + ")");
  return "expected: " + x.expected + "; what happened: " + x.happened
         + (x.at_ms ? ", at " + clock_text(*x.at_ms) : "");
}

std::string first_failure(const std::vector<scenario_check>& checks) {
  for (const auto& x : checks)
    if (!x.good)
      return to_string(x);
  return {};
}

} // namespace offhook::app
