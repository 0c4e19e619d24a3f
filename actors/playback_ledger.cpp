#include "actors/playback_ledger.hpp"

#include <algorithm>
#include <charconv>

#include "protocol/g711.hpp"

namespace g711 = offhook::protocol::g711;

namespace offhook::actors {

namespace {

// A mark that is later than expected by more than this tells of a play-out that
// stalled, not of a slow network.
constexpr std::uint64_t stall_bytes = g711::to_bytes(150);

std::uint64_t elapsed_bytes(playback_ledger::time_point from,
                            playback_ledger::time_point to) {
  if (to <= from)
    return 0;
  auto us
    = std::chrono::duration_cast<std::chrono::microseconds>(to - from).count();
  return static_cast<std::uint64_t>(us) * g711::bytes_per_ms / 1000;
}

} // namespace

playback_ledger::slot* playback_ledger::find_slot(const item_ref& item) {
  // The newest is asked for nearly always.
  auto i = std::find_if(items_.rbegin(), items_.rend(),
                        [&](const slot& x) { return x.item.ref == item; });
  return i == items_.rend() ? nullptr : &*i;
}

void playback_ledger::received(const item_ref& item, std::uint64_t bytes) {
  auto* known = find_slot(item);
  if (!known) {
    items_.push_back(slot{next_serial_++, entry{item, 0, 0, false}});
    known = &items_.back();
  }
  known->item.received += bytes;
}

void playback_ledger::append(std::uint64_t serial, std::uint64_t bytes,
                             time_point now) {
  if (bytes == 0)
    return;
  if (heard_position(now) >= sent_total_) {
    // Nothing is playing: play-out begins with this byte.
    anchor_position_ = sent_total_;
    anchor_time_ = now;
    anchored_by_mark_ = false;
  }
  if (run_position_ + elapsed_bytes(run_began_, now) >= sent_total_) {
    run_position_ = sent_total_;
    run_began_ = now;
  }
  if (!segments_.empty() && segments_.back().serial == serial)
    segments_.back().size += bytes;
  else
    segments_.push_back(segment{sent_total_, bytes, serial});
  sent_total_ += bytes;
}

void playback_ledger::sent(const item_ref& item, std::uint64_t bytes,
                           time_point now) {
  auto* known = find_slot(item);
  if (!known)
    return;
  bytes = std::min(bytes, known->item.received - known->item.sent);
  known->item.sent += bytes;
  append(known->serial, bytes, now);
}

void playback_ledger::sent_padding(std::uint64_t bytes, time_point now) {
  append(0, bytes, now);
}

std::string playback_ledger::place_mark() {
  marks_.push_back(placed_mark{next_mark_++, sent_total_});
  return 'g' + std::to_string(generation_) + ':'
         + std::to_string(marks_.back().number);
}

bool playback_ledger::marked(std::string_view name, time_point now) {
  std::uint32_t generation = 0;
  std::uint64_t number = 0;
  const auto* end = name.data() + name.size();
  if (!name.starts_with('g'))
    return false;
  auto [colon, first] = std::from_chars(name.data() + 1, end, generation);
  if (first != std::errc{} || colon == end || *colon != ':')
    return false;
  auto [rest, second] = std::from_chars(colon + 1, end, number);
  if (second != std::errc{} || rest != end || generation != generation_)
    return false;
  auto at
    = std::find_if(marks_.begin(), marks_.end(),
                   [&](const placed_mark& x) { return x.number == number; });
  if (at == marks_.end())
    return false;
  auto position = at->position;
  marks_.erase(marks_.begin(), at + 1);
  marked_ = std::max(marked_, position);
  auto expected = heard_position(now);
  auto paced = run_position_ + elapsed_bytes(run_began_, now);
  if (position + stall_bytes < expected || position > paced) {
    // Twilio holds more than the clock says, and pacing has to know; or less:
    // an earlier mark was read late because we were, not Twilio.
    run_position_ = position;
    run_began_ = now;
  }
  if (!anchored_by_mark_ || position >= expected
      || expected - position > stall_bytes) {
    anchor_position_ = position;
    anchor_time_ = now;
    anchored_by_mark_ = true;
  }
  return true;
}

std::uint64_t playback_ledger::heard_position(time_point now) const {
  auto position = anchor_position_ + elapsed_bytes(anchor_time_, now);
  return std::min(std::max(position, marked_), sent_total_);
}

std::uint64_t playback_ledger::covered(std::uint64_t serial,
                                       std::uint64_t position) const {
  std::uint64_t result = 0;
  for (const auto& x : segments_)
    if (x.serial == serial && position > x.begin)
      result += std::min(position - x.begin, x.size);
  return result;
}

bool playback_ledger::playing(time_point now) const {
  return heard_position(now) < sent_total_;
}

bool playback_ledger::anything_unheard(time_point now) const {
  auto position = heard_position(now);
  return std::any_of(segments_.begin(), segments_.end(),
                     [position](const segment& x) {
                       return x.serial != 0 && x.begin + x.size > position;
                     })
         || std::any_of(items_.begin(), items_.end(), [](const slot& x) {
              return x.item.sent < x.item.received;
            });
}

bool playback_ledger::unheard(std::uint32_t session,
                              std::string_view response_id,
                              time_point now) const {
  auto position = heard_position(now);
  return std::any_of(items_.begin(), items_.end(), [&](const slot& x) {
    return x.item.ref.session == session
           && x.item.ref.response_id == response_id
           && covered(x.serial, position) < x.item.received;
  });
}

bool playback_ledger::knows(std::uint32_t session,
                            std::string_view response_id) const {
  return std::any_of(items_.begin(), items_.end(), [&](const slot& x) {
    return x.item.ref.session == session
           && x.item.ref.response_id == response_id;
  });
}

std::uint64_t playback_ledger::lead_ms(time_point now) const {
  auto played = std::min(run_position_ + elapsed_bytes(run_began_, now),
                         sent_total_);
  return g711::to_ms(sent_total_ - played);
}

std::vector<playback_ledger::cut>
playback_ledger::unfinished(time_point now) const {
  std::vector<cut> result;
  auto position = heard_position(now);
  for (const auto& x : items_) {
    auto heard = covered(x.serial, position);
    // An item still being generated is cut even if all that came was heard:
    // more of it may be under way, and the model must not take it for said.
    if (heard >= x.item.received && x.item.over)
      continue;
    auto ms = std::min(g711::to_ms(heard), g711::to_ms(x.item.received));
    result.push_back(cut{x.item.ref, ms, g711::to_ms(x.item.received), ms > 0});
  }
  return result;
}

std::vector<playback_ledger::cut> playback_ledger::interrupt(time_point now) {
  auto result = unfinished(now);
  items_.clear();
  next_generation(now);
  return result;
}

void playback_ledger::next_generation(time_point now) {
  ++generation_;
  segments_.clear();
  marks_.clear();
  sent_total_ = marked_ = 0;
  run_position_ = anchor_position_ = 0;
  run_began_ = anchor_time_ = now;
  anchored_by_mark_ = false;
}

void playback_ledger::trust_marks_only(time_point now) {
  anchor_position_ = marked_;
  anchor_time_ = now;
  anchored_by_mark_ = true;
}

void playback_ledger::stream_replaced(time_point now) {
  // What went to the old stream counts as gone, heard or not.
  std::erase_if(items_, [](const slot& x) {
    return x.item.sent >= x.item.received && x.item.over;
  });
  next_generation(now);
}

void playback_ledger::response_over(std::uint32_t session,
                                    std::string_view response_id) {
  for (auto& x : items_)
    if (x.item.ref.session == session && x.item.ref.response_id == response_id)
      x.item.over = true;
}

void playback_ledger::forget_heard(time_point now) {
  auto position = heard_position(now);
  while (!items_.empty()) {
    const auto& x = items_.front();
    if (!x.item.over || covered(x.serial, position) < x.item.received)
      break;
    auto serial = x.serial;
    items_.pop_front();
    while (
      !segments_.empty()
      && (segments_.front().serial == serial || segments_.front().serial == 0)
      && segments_.front().begin + segments_.front().size <= position)
      segments_.pop_front();
  }
}

std::optional<playback_ledger::progress>
playback_ledger::find(std::string_view item_id, time_point now) const {
  for (const auto& x : items_)
    if (x.item.ref.item_id == item_id)
      return progress{x.item.received, x.item.sent, covered(x.serial, marked_),
                      covered(x.serial, heard_position(now))};
  return std::nullopt;
}

} // namespace offhook::actors
