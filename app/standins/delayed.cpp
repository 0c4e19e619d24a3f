#include "app/standins/delayed.hpp"

#include <algorithm>
#include <utility>

namespace offhook::app::standins {

namespace {

void keep_earliest(std::optional<time_point>& x, time_point y) {
  if (!x || y < *x)
    x = y;
}

} // namespace

delayed::delayed(machine& inner, options opts)
  : inner_(inner),
    options_(opts),
    random_(opts.seed) {
  // nop
}

effects delayed::on_open(time_point now) {
  dispatch(inner_.on_open(now), now);
  return on_time(now);
}

effects delayed::on_text(std::string_view text, time_point now) {
  enqueue(incoming_, std::string{text}, now, options_.from_peer_ms);
  return on_time(now);
}

void delayed::on_closed(std::uint16_t code, time_point now) {
  for (auto& [due, text] : std::exchange(incoming_, {}))
    inner_.on_text(text, now);
  inner_.on_closed(code, now);
}

effects delayed::on_time(time_point now) {
  effects out;
  for (auto next = next_time(); next && *next <= now; next = next_time()) {
    if (!outgoing_.empty() && outgoing_.front().due == *next) {
      out.push_back(std::move(outgoing_.front().what));
      outgoing_.pop_front();
    } else if (!incoming_.empty() && incoming_.front().due == *next) {
      auto text = std::move(incoming_.front().what);
      incoming_.pop_front();
      dispatch(inner_.on_text(text, *next), *next);
    } else {
      dispatch(inner_.on_time(*next), *next);
    }
  }
  return out;
}

std::optional<time_point> delayed::next_time() const {
  auto result = inner_.next_time();
  if (!incoming_.empty())
    keep_earliest(result, incoming_.front().due);
  if (!outgoing_.empty())
    keep_earliest(result, outgoing_.front().due);
  return result;
}

void delayed::dispatch(effects what, time_point now) {
  for (auto& x : what)
    enqueue(outgoing_, std::move(x), now, options_.to_peer_ms);
}

template <class T>
void delayed::enqueue(std::deque<on_its_way<T>>& queue, T what, time_point now,
                      std::uint32_t latency_ms) {
  auto jitter = options_.jitter_ms == 0
                  ? 0u
                  : std::uniform_int_distribution<std::uint32_t>{
                    0, options_.jitter_ms}(random_);
  auto due = now + std::chrono::milliseconds{latency_ms}
             + std::chrono::milliseconds{jitter};
  // One TCP stream: nothing overtakes.
  if (!queue.empty())
    due = std::max(due, queue.back().due);
  queue.push_back({due, std::move(what)});
}

} // namespace offhook::app::standins
