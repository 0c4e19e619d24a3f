#include "actors/session_seed.hpp"

namespace offhook::actors {

namespace {

// A turn that nobody transcribed was there all the same.
constexpr const char* not_transcribed
  = "[The caller said something that was not written down.]";

put_text describe_gap(std::uint64_t forgotten) {
  return {{},
          "system",
          "The first " + std::to_string(forgotten)
            + " entries of this conversation are left out for length."};
}

} // namespace

std::string describe_keys(std::string_view keys) {
  return "[keypad: " + std::string{keys} + ']';
}

std::vector<session_seed::item>
session_seed::more(const conversation_log& log, bool transcripts_come,
                   const sounding& sounds, const id_source& next_id) {
  std::vector<item> result;
  held_back_ = false;
  std::string entry;
  auto add = [&](auto x) {
    x.item_id = next_id();
    sent_.emplace(x.item_id, repeated{entry, closed_, {}});
    awaited_.insert(x.item_id);
    result.emplace_back(std::move(x));
  };
  auto entries = log.named_entries();
  std::set<std::string> answered;
  for (const auto& [id, x, awaited] : entries)
    if (x.kind == log_kind::tool_result && (!closed_ || owed_.contains(id)))
      answered.insert(x.call_id);
  std::set<std::string> called;
  if (log.forgotten() > 0 && known_.empty() && !gap_told_) {
    gap_told_ = true;
    add(describe_gap(log.forgotten()));
  }
  for (const auto& [id, x, awaited] : entries) {
    if (x.kind == log_kind::tool_call)
      called.insert(x.call_id);
    if (known_.contains(id) || (closed_ && !owed_.contains(id)))
      continue;
    if (transcripts_come && awaited)
      break;
    if (x.kind == log_kind::agent && sounds && sounds(id)) {
      held_back_ = true;
      break;
    }
    auto paired = x.kind == log_kind::tool_call ? answered.contains(x.call_id)
                                                : called.contains(x.call_id);
    entry = id;
    switch (x.kind) {
      case log_kind::caller:
        if (awaited)
          add(put_text{{}, "user", not_transcribed});
        else if (!x.text.empty())
          add(put_text{{}, "user", x.text});
        break;
      case log_kind::agent:
        if (x.text.empty())
          continue; // Unheard, or not said yet.
        add(put_text{{}, "assistant", x.text});
        break;
      case log_kind::keys:
        add(put_text{{}, "user", describe_keys(x.text)});
        break;
      case log_kind::note:
        add(put_text{{}, "system", x.text});
        break;
      case log_kind::tool_call:
        if (!paired)
          continue; // Its result may come.
        add(put_tool_call{{}, x.call_id, x.name, x.text});
        break;
      case log_kind::tool_result:
        if (paired)
          add(put_tool_result{{}, x.call_id, x.text});
        break;
    }
    known_.insert(id);
  }
  return result;
}

void session_seed::close(const conversation_log& log) {
  closed_ = true;
  for (const auto& [id, x, awaited] : log.named_entries()) {
    if (!known_.contains(id))
      owed_.insert(id);
    past_end_ = id;
  }
}

void session_seed::placed(const std::string& item_id,
                          const std::string& previous,
                          const conversation_log& log) {
  if (auto at = sent_.find(item_id); at != sent_.end() && at->second.late)
    at->second.place = log.later_of(at->second.entry, place_behind(previous));
}

const std::string&
session_seed::place_behind(const std::string& item_id) const {
  auto at = sent_.find(item_id);
  if (at == sent_.end())
    return item_id;
  return at->second.place.empty() ? past_end_ : at->second.place;
}

void session_seed::know_all(const conversation_log& log) {
  for (const auto& [id, x, awaited] : log.named_entries())
    known_.insert(id);
  closed_ = true;
}

} // namespace offhook::actors
