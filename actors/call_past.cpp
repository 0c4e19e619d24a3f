#include "actors/call_past.hpp"

#include <set>
#include <utility>

#include "actors/environment.hpp"

namespace fleet = offhook::protocol::fleet;

namespace offhook::actors {

namespace {

constexpr auto not_transcribed
  = "The caller said something that was not written down.";
constexpr auto moved
  = "The call has moved to another server, and the caller heard a pause.";
constexpr auto lost
  = "The call has moved to another server, and what was said before is lost.";
constexpr auto cut = "The call was cut off by a failure on our side and goes "
                     "on here; what was said before is lost.";
constexpr auto answer_first = " The caller waits for an answer to what they "
                              "said last: give it.";
constexpr auto unknown_result
  = R"({"error":"what became of this is not known: the call has moved"})";

const char* note_of(call_past::kind x) {
  switch (x) {
    case call_past::kind::kept:
      return moved;
    case call_past::kind::lost:
      return lost;
    case call_past::kind::cut:
      return cut;
  }
  return cut;
}

void put(conversation_log& log, const std::string& id, const fleet::entry& x) {
  if (x.kind == "caller") {
    log.added(id, "", log_kind::caller); // A full log takes no unknown one.
    log.transcript(id, x.text);
  } else if (x.kind == "agent") {
    log.agent_text(id, x.text, true);
    log.sounds(id); // No more of it was handed over than was heard.
  } else if (x.kind == "tool_call") {
    log.tool_call(id, x.call_id, x.name, x.text);
  } else if (x.kind == "tool_result") {
    log.tool_result(id, x.call_id, x.text);
  } else if (x.kind == "keys") {
    log.keys(id, x.text);
  } else {
    log.note(id, x.text);
  }
}

} // namespace

fleet::document past_of(const call_record& record) {
  fleet::document result;
  for (const auto& [id, x, awaited] : record.log.named_entries()) {
    if (awaited)
      result.entries.push_back({"note", not_transcribed, {}, {}});
    else if (!x.text.empty() || x.kind == log_kind::tool_call)
      result.entries.push_back({to_string(x.kind), x.text, x.name, x.call_id});
  }
  result.forgotten = record.log.forgotten();
  result.usage = record.usage.by_model();
  result.responses = record.usage.responses();
  result.unknown_usage = record.usage.unknown();
  return result;
}

void restore(call_record& record, const call_past& past) {
  auto& log = record.log;
  std::size_t count = 0;
  // No item of a session of ours has such an id.
  auto next_id = [&count] { return "before_" + std::to_string(++count); };
  std::set<std::string> answered;
  for (const auto& x : past.document.entries)
    if (x.kind == "tool_result")
      answered.insert(x.call_id);
  for (const auto& x : past.document.entries) {
    put(log, next_id(), x);
    // Else a session would not be told of it at all.
    if (x.kind == "tool_call" && !answered.contains(x.call_id))
      log.tool_result(next_id(), x.call_id, unknown_result);
  }
  log.note(next_id(), note_of(past.what));
  log.forget(past.document.forgotten);
  record.usage.add(past.document.usage, past.document.responses,
                   past.document.unknown_usage);
}

agent_ptr reopened(const agent_ptr& agent, const call_past& past,
                   const opening_texts& texts) {
  auto result = std::make_shared<agent_profile>(*agent);
  result->greeting_protected = false;
  result->greeting = past.what == call_past::kind::kept ? texts.resume
                                                        : texts.apology;
  if (past.document.answer_owed)
    result->greeting += answer_first;
  return result;
}

} // namespace offhook::actors
