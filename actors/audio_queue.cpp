#include "actors/audio_queue.hpp"

#include <algorithm>

#include "protocol/g711.hpp"

namespace g711 = offhook::protocol::g711;

namespace offhook::actors {

std::uint64_t audio_queue::push(const item_ref& item,
                                protocol::audio_bytes audio,
                                std::uint64_t max_bytes) {
  auto size = audio.size();
  if (size == 0 || bytes_ + size > max_bytes)
    return 0;
  bytes_ += size;
  if (entries_.empty() || !(entries_.back().item == item)
      || entries_.back().finished) {
    entries_.push_back(entry{item, std::move(audio), 0, 0, false});
    return size;
  }
  auto& last = entries_.back();
  if (last.left() == 0) {
    last.before += last.audio.size();
    last.audio = std::move(audio);
    last.offset = 0;
  } else {
    last.audio.insert(last.audio.end(), audio.begin(), audio.end());
  }
  return size;
}

void audio_queue::finish(std::uint32_t session, const std::string& item_id) {
  for (auto& x : entries_)
    if (x.item.session == session && x.item.item_id == item_id)
      x.finished = true;
  drop_spent();
}

void audio_queue::finish_response(std::uint32_t session,
                                  const std::string& response_id) {
  for (auto& x : entries_)
    if (x.item.session == session
        && (response_id.empty() || x.item.response_id == response_id))
      x.finished = true;
  drop_spent();
}

void audio_queue::drop_spent() {
  while (!entries_.empty() && entries_.front().left() == 0
         && (entries_.front().finished || entries_.size() > 1))
    entries_.pop_front();
}

bool audio_queue::pop(std::uint64_t max_bytes, chunk& out) {
  drop_spent();
  if (entries_.empty())
    return false;
  auto& front = entries_.front();
  auto complete = front.finished || entries_.size() > 1;
  auto left = front.left();
  auto whole = left - left % g711::frame_bytes;
  if (whole == 0 && !complete)
    return false;
  auto limit = std::max<std::uint64_t>(
    max_bytes - max_bytes % g711::frame_bytes, g711::frame_bytes);
  auto size = std::min<std::uint64_t>(whole, limit);
  if (whole < limit && complete)
    size = left; // What is left fits, its partial frame included.
  auto begin = front.audio.begin() + static_cast<std::ptrdiff_t>(front.offset);
  out.item = front.item;
  out.payload.assign(begin, begin + static_cast<std::ptrdiff_t>(size));
  auto rest = size % g711::frame_bytes;
  out.padding = rest == 0 ? 0 : g711::frame_bytes - rest;
  out.payload.insert(out.payload.end(), out.padding, g711::silence);
  front.offset += size;
  bytes_ -= size;
  out.ends_item = complete && front.left() == 0;
  // A long answer arrives faster than it is played: what was sent is given
  // back now and then, not with every frame.
  if (front.offset >= 64 * 1024) {
    front.before += front.offset;
    front.audio.erase(front.audio.begin(),
                      front.audio.begin()
                        + static_cast<std::ptrdiff_t>(front.offset));
    front.offset = 0;
  }
  drop_spent();
  return true;
}

std::uint64_t audio_queue::replace(const std::string& item_id,
                                   std::uint64_t offset,
                                   const protocol::audio_bytes& audio) {
  std::uint64_t result = 0;
  for (auto& x : entries_) {
    if (x.item.item_id != item_id)
      continue;
    auto begin = std::max(offset, x.before + x.offset);
    auto end = std::min(offset + audio.size(), x.before + x.audio.size());
    for (auto at = begin; at < end; ++at)
      x.audio[at - x.before] = audio[at - offset];
    result += end > begin ? end - begin : 0;
  }
  return result;
}

std::uint64_t audio_queue::end() const {
  return entries_.empty()
           ? 0
           : entries_.back().before + entries_.back().audio.size();
}

protocol::audio_bytes audio_queue::newest(std::uint64_t bytes) const {
  if (entries_.empty())
    return {};
  const auto& audio = entries_.back().audio;
  auto size = std::min<std::uint64_t>(bytes, audio.size());
  return {audio.end() - static_cast<std::ptrdiff_t>(size), audio.end()};
}

void audio_queue::clear() {
  entries_.clear();
  bytes_ = 0;
}

} // namespace offhook::actors
