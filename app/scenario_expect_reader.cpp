// The part of a scenario's file that says what must come true.

#include <algorithm>

#include "app/scenario_reader.hpp"

namespace offhook::app {

namespace {

constexpr std::int64_t longest_call_ms = 300'000;
constexpr std::size_t max_entries = 100;

std::vector<std::string> texts(const json_place& from) {
  std::vector<std::string> result;
  for (const auto& x : from.entries(max_entries))
    result.push_back(x.text());
  return result;
}

std::string names_of(const auto& all) {
  std::string result;
  for (const auto& x : all)
    result.append(result.empty() ? "" : ", ").append(x);
  return result;
}

/// A name that must be one of `known`.
std::string known_name(const json_place& from,
                       const std::vector<std::string>& known) {
  auto result = from.text();
  if (std::find(known.begin(), known.end(), result) == known.end())
    from.fail("be one of " + names_of(known));
  return result;
}

std::vector<std::string> known_names(const json_place& from,
                                     const std::vector<std::string>& known) {
  std::vector<std::string> result;
  for (const auto& x : from.entries(max_entries))
    result.push_back(known_name(x, known));
  return result;
}

expected_line read_line(const json_place& from,
                        const std::vector<std::string>& lines) {
  json_fields fields{from};
  expected_line result;
  result.name = known_name(fields.need("line"), lines);
  if (auto x = fields.find("ms"))
    result.ms = x->range(0, longest_call_ms);
  if (auto x = fields.find("gap-ms"))
    result.gap_ms = x->range(0, longest_call_ms);
  fields.done();
  return result;
}

expected_function read_function(const json_place& from) {
  json_fields fields{from};
  expected_function result;
  result.name = fields.need("name").text(64, 1);
  if (auto x = fields.find("arguments"))
    result.arguments = x->text();
  if (auto x = fields.find("result"))
    result.result = x->text();
  if (auto x = fields.find("answer-ms"))
    result.answer_ms = x->range(0, longest_call_ms);
  fields.done();
  return result;
}

expected_entry read_entry(const json_place& from) {
  json_fields fields{from};
  expected_entry result;
  result.kind = fields.need("kind").choice(
    {"caller", "agent", "tool_call", "tool_result", "keys", "note"});
  if (auto x = fields.find("text"))
    result.text = x->text();
  if (auto x = fields.find("unheard"))
    result.unheard = x->text();
  fields.done();
  return result;
}

} // namespace

expectations read_expectations(json_place from, const scenario& whole) {
  std::vector<std::string> lines;
  for (const auto& x : whole.lines)
    lines.push_back(x.name);
  std::vector<std::string> utterances;
  for (const auto& x : whole.caller)
    if (const auto* said = std::get_if<standins::steps::say>(&x.what))
      utterances.push_back(said->name);
  json_fields fields{std::move(from)};
  expectations result;
  result.ending = fields.need("ending").choice(
    {"caller_hung_up", "hung_up", "document_ended", "rejected"});
  result.within_ms = fields.need("within-ms").integer(1, longest_call_ms);
  if (auto x = fields.find("outcome"))
    result.outcome = x->choice({"completed", "ended_by_us", "no_stream",
                                "stream_lost", "model_failed", "failed"});
  if (auto x = fields.find("heard")) {
    result.heard.emplace();
    for (const auto& y : x->entries(max_entries))
      result.heard->push_back(read_line(y, lines));
  }
  if (auto x = fields.find("not-heard"))
    result.not_heard = known_names(*x, lines);
  if (auto x = fields.find("interrupts"))
    result.interrupts = known_names(*x, utterances);
  if (auto x = fields.find("unanswered"))
    result.unanswered = known_names(*x, utterances);
  if (auto x = fields.find("answered-within-ms"))
    result.answered_within_ms = x->integer(1, longest_call_ms);
  if (auto x = fields.find("called")) {
    result.called.emplace();
    for (const auto& y : x->entries(max_entries))
      result.called->push_back(read_function(y));
  }
  if (auto x = fields.find("purposes"))
    result.purposes = texts(*x);
  if (auto x = fields.find("told"))
    result.told = texts(*x);
  if (auto x = fields.find("not-told"))
    result.not_told = texts(*x);
  if (auto x = fields.find("transcript"))
    for (const auto& y : x->entries(max_entries))
      result.transcript.push_back(read_entry(y));
  if (auto x = fields.find("verbs"))
    result.verbs = texts(*x);
  if (auto x = fields.find("truncations"))
    result.truncations = x->integer(0, 100);
  if (auto x = fields.find("sessions"))
    result.sessions = x->integer(0, 100);
  if (auto x = fields.find("model-errors"))
    result.model_errors = x->integer(0, 1'000);
  fields.done();
  return result;
}

} // namespace offhook::app
