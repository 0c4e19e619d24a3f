// What passed between the gateway and the model.

#include <algorithm>
#include <cstdlib>

#include "app/scenario_verdict.hpp"
#include "app/standins/sample_clock.hpp"

namespace offhook::app {

namespace {

std::vector<std::string> texts_of(const std::vector<timed_text>& from) {
  std::vector<std::string> result;
  for (const auto& x : from)
    result.push_back(x.text);
  return result;
}

verdict::time last_of(const std::vector<timed_text>& from) {
  return from.empty() ? std::nullopt : verdict::time{from.back().at_ms};
}

std::string describe(const called_function_seen& x) {
  return x.name + '(' + x.arguments + ") -> "
         + (x.result ? *x.result : "no result");
}

bool fits(const called_function_seen& x, const expected_function& of) {
  return x.name == of.name
         && x.arguments.find(of.arguments) != std::string::npos
         && (!of.result
             || (x.result && x.result->find(*of.result) != std::string::npos))
         && (!of.answer_ms
             || (x.result && within(x.result_at_ms - x.at_ms, *of.answer_ms)));
}

void judge_functions(const std::vector<expected_function>& expected,
                     const wire_facts& wire, verdict& result) {
  for (std::size_t i = 0; i < std::max(expected.size(), wire.called.size());
       ++i) {
    if (i == wire.called.size())
      return result.check(false, expected[i].name + " is called",
                          "no further function was called");
    const auto& x = wire.called[i];
    if (i == expected.size())
      return result.check(false, "no further function is called", describe(x),
                          x.at_ms);
    const auto& of = expected[i];
    auto text = of.name + "(" + of.arguments + ") is called";
    if (of.result)
      text += " and answered with \"" + *of.result + '"';
    if (of.answer_ms)
      text += " after " + in_ms(*of.answer_ms);
    auto happened = describe(x);
    if (x.result)
      happened += " after " + in_ms(x.result_at_ms - x.at_ms);
    result.check(fits(x, of), std::move(text), std::move(happened), x.at_ms);
  }
}

/// What the model is told of cut answers, by what the ear heard of them.
void judge_truncations(std::int64_t expected,
                       const std::vector<truncation_seen>& told,
                       const std::vector<heard_line>& cut, verdict& result) {
  // A line may begin with silence, and marks come every so often.
  constexpr std::int64_t tolerance_ms = 150;
  result.equal("cut answers that the model is told of:", expected,
               static_cast<std::int64_t>(told.size()),
               told.empty() ? std::nullopt : verdict::time{told.back().at_ms});
  if (told.size() != cut.size())
    return; // Of one that was not heard at all there is nothing to compare.
  for (std::size_t i = 0; i < told.size(); ++i)
    result.check(std::abs(told[i].heard_ms - cut[i].ms) <= tolerance_ms,
                 "the model is told that about " + in_ms(cut[i].ms) + " of \""
                   + cut[i].name + "\" were heard",
                 in_ms(told[i].heard_ms), told[i].at_ms);
}

void judge_told(const expectations& expect, const scenario_run& run,
                const wire_facts& wire, verdict& result) {
  auto at = wire.told.begin();
  for (const auto& part : expect.told) {
    at = std::find_if(at, wire.told.end(), [&part](const timed_text& x) {
      return x.text.find(part) != std::string::npos;
    });
    const auto good = at != wire.told.end();
    result.check(good, "the model is told \"" + part + '"',
                 good ? at->text
                      : "it was told " + verdict::word(texts_of(wire.told)),
                 good ? verdict::time{at->at_ms} : last_of(wire.told));
    if (!good)
      return;
    ++at;
  }
  for (const auto& part : expect.not_told) {
    const auto found = std::find_if(
      run.wire.begin(), run.wire.end(), [&part](const wire_message& x) {
        return x.from_gateway && x.text.find(part) != std::string::npos;
      });
    const auto good = found == run.wire.end();
    result.check(good, "the model is never told \"" + part + '"',
                 good ? "" : found->text.substr(0, 300),
                 good
                   ? std::nullopt
                   : verdict::time{standins::to_ms(run.call.began, found->at)});
  }
}

} // namespace

void judge_model(const expectations& expect, const scenario_run& run,
                 const std::vector<heard_line>& cut, verdict& result) {
  const auto wire = read_wire(run.wire, run.call.began);
  result.equal("responses that the scenario has no reply for:",
               std::vector<std::string>{}, run.unforeseen);
  result.equal("replies that nobody asked for:", std::vector<std::string>{},
               run.unused);
  result.equal("sessions of the model:", expect.sessions,
               static_cast<std::int64_t>(wire.sessions.size()),
               wire.sessions.empty() ? std::nullopt
                                     : verdict::time{wire.sessions.back()});
  const auto errors = static_cast<std::int64_t>(wire.errors.size());
  result.check(errors == expect.model_errors,
               "errors of the model: " + std::to_string(expect.model_errors),
               errors == expect.model_errors
                 ? ""
                 : std::to_string(errors)
                     + (errors == 0 ? "" : ", " + wire.errors.back().text),
               last_of(wire.errors));
  if (expect.truncations)
    judge_truncations(*expect.truncations, wire.truncations, cut, result);
  if (expect.purposes)
    result.equal("responses asked for, by purpose:", *expect.purposes,
                 texts_of(wire.purposes), last_of(wire.purposes));
  if (expect.called)
    judge_functions(*expect.called, wire, result);
  judge_told(expect, run, wire, result);
}

} // namespace offhook::app
