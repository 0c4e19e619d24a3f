#include "actors/conversation_log.hpp"

#include <algorithm>
#include <utility>

namespace offhook::actors {

std::string to_string(log_kind x) {
  switch (x) {
    case log_kind::caller:
      return "caller";
    case log_kind::agent:
      return "agent";
    case log_kind::tool_call:
      return "tool_call";
    case log_kind::tool_result:
      return "tool_result";
    case log_kind::keys:
      return "keys";
    case log_kind::note:
      return "note";
  }
  return "unknown";
}

namespace {

// In bytes: what is longer without a blank is no word.
constexpr std::size_t longest_word = 32;

} // namespace

std::string_view heard_part(std::string_view text, std::uint64_t heard,
                            std::uint64_t whole) {
  if (heard >= whole)
    return text;
  auto end = static_cast<std::size_t>(static_cast<double>(text.size())
                                      * static_cast<double>(heard)
                                      / static_cast<double>(whole));
  // A word that was not heard to its end was not heard.
  if (end < text.size() && text[end] != ' ') {
    auto blank = text.substr(0, end).rfind(' ') + 1; // None: 0.
    if (end - blank <= longest_word)
      end = blank;
    else // A script without blanks; half a character is none.
      while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80)
        --end;
  }
  auto result = text.substr(0, end);
  auto last = result.find_last_not_of(' ');
  return last == std::string_view::npos ? std::string_view{}
                                        : result.substr(0, last + 1);
}

conversation_log::item& conversation_log::at(std::string_view item_id,
                                             log_kind kind) {
  auto known = by_id_.find(std::string{item_id});
  if (known != by_id_.end())
    return *known->second;
  items_.push_back(
    {std::string{item_id}, kind, {}, {}, {}, false, false, 0, 1});
  by_id_.emplace(item_id, std::prev(items_.end()));
  return items_.back();
}

void conversation_log::set_text(item& to, std::string_view text) {
  // One item alone may not take all the room there is.
  text = text.substr(0, limits_.max_bytes / 8);
  bytes_ -= to.text.size();
  to.text = text;
  bytes_ += to.text.size();
  condense();
}

void conversation_log::condense() {
  // The oldest go first, and never the newest: what a conversation is about
  // stands at its end.
  while (
    items_.size() > 1
    && (items_.size() > limits_.max_entries || bytes_ > limits_.max_bytes)) {
    auto& oldest = items_.front();
    bytes_ -= oldest.text.size();
    by_id_.erase(oldest.id);
    items_.pop_front();
    ++forgotten_;
  }
}

void conversation_log::added(std::string_view item_id,
                             std::string_view previous, log_kind kind) {
  at(item_id, kind); // What we put there ourselves stays what it is.
  auto here = by_id_.at(std::string{item_id});
  auto before = by_id_.find(std::string{previous});
  // What is not named, or not known, is where it arrived.
  if (before != by_id_.end() && before->second != here)
    items_.splice(std::next(before->second), items_, here);
  condense();
}

void conversation_log::transcript(std::string_view item_id,
                                  std::string_view text) {
  // A transcript that is later than its item's end is of no use to anybody.
  if (forgotten_ > 0 && !by_id_.contains(std::string{item_id}))
    return;
  auto& to = at(item_id, log_kind::caller);
  to.transcribed = true;
  set_text(to, text);
}

void conversation_log::agent_text(std::string_view item_id,
                                  std::string_view text, bool whole) {
  auto& to = at(item_id, log_kind::agent);
  if (whole && text.empty())
    return; // A cancelled item's end says nothing of its text.
  set_text(to, whole ? std::string{text} : to.text + std::string{text});
}

void conversation_log::tool_call(std::string_view item_id,
                                 std::string_view call_id,
                                 std::string_view name,
                                 std::string_view arguments) {
  auto& to = at(item_id, log_kind::tool_call);
  to.kind = log_kind::tool_call;
  to.name = name;
  to.call_id = call_id;
  set_text(to, arguments);
}

void conversation_log::sounds(std::string_view item_id) {
  auto& to = at(item_id, log_kind::agent);
  if (!std::exchange(to.sounded, true))
    to.heard = to.whole;
}

bool conversation_log::has_sounded(std::string_view item_id) const {
  auto known = by_id_.find(std::string{item_id});
  return known != by_id_.end() && known->second->sounded;
}

void conversation_log::cut(std::string_view item_id, std::uint64_t heard,
                           std::uint64_t whole) {
  auto& to = at(item_id, log_kind::agent);
  to.heard = heard;
  to.whole = std::max<std::uint64_t>(whole, 1);
}

void conversation_log::removed(std::string_view item_id) {
  auto& to = at(item_id, log_kind::agent);
  to.heard = 0;
  to.whole = 1;
}

bool conversation_log::withdraw_turn(std::string_view item_id) {
  auto known = by_id_.find(std::string{item_id});
  if (known == by_id_.end())
    return true;
  if (!awaits(*known->second))
    return false;
  bytes_ -= known->second->text.size();
  items_.erase(known->second);
  by_id_.erase(known);
  return true;
}

void conversation_log::tool_result(std::string_view item_id,
                                   std::string_view call_id,
                                   std::string_view output) {
  auto& to = at(item_id, log_kind::tool_result);
  to.call_id = call_id;
  set_text(to, output);
}

void conversation_log::keys(std::string_view item_id, std::string_view digits) {
  set_text(at(item_id, log_kind::keys), digits);
}

void conversation_log::note(std::string_view item_id, std::string_view text) {
  set_text(at(item_id, log_kind::note), text);
}

bool conversation_log::awaits(const item& x) {
  return x.kind == log_kind::caller && !x.transcribed;
}

log_entry conversation_log::read(const item& from) {
  log_entry result{from.kind, from.text, {}, from.name, from.call_id};
  if (from.kind == log_kind::agent && from.heard < from.whole) {
    auto heard = heard_part(from.text, from.heard, from.whole);
    auto rest = std::string_view{from.text}.substr(heard.size());
    rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size()));
    result.unheard = rest;
    result.text = heard;
  }
  return result;
}

std::vector<conversation_log::named_entry>
conversation_log::named_entries() const {
  std::vector<named_entry> result;
  for (const auto& x : items_)
    result.push_back({x.id, read(x), awaits(x)});
  return result;
}

std::optional<log_entry>
conversation_log::find(std::string_view item_id) const {
  auto known = by_id_.find(std::string{item_id});
  if (known == by_id_.end())
    return std::nullopt;
  return read(*known->second);
}

std::vector<log_entry> conversation_log::entries() const {
  std::vector<log_entry> result;
  for (auto& [id, x, awaited] : named_entries()) {
    auto spoken = x.kind == log_kind::caller || x.kind == log_kind::agent;
    if (!spoken || !x.text.empty() || !x.unheard.empty())
      result.push_back(std::move(x));
  }
  return result;
}

const std::string& conversation_log::later_of(const std::string& a,
                                              const std::string& b) const {
  for (auto i = items_.rbegin(); i != items_.rend(); ++i)
    if (i->id == a || i->id == b)
      return i->id == a ? a : b;
  return a;
}

bool conversation_log::awaits_transcript() const {
  return std::any_of(items_.begin(), items_.end(), awaits);
}

} // namespace offhook::actors
