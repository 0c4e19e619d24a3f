#include "net/http_pool.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace offhook::net {

http_connection_ptr http_pool::take(const std::string& origin) {
  auto at = std::find_if(idle_.rbegin(), idle_.rend(),
                         [&](const entry& x) { return x.origin == origin; });
  if (at == idle_.rend())
    return nullptr;
  auto result = std::move(at->connection);
  idle_.erase(std::next(at).base());
  result->unwatch();
  return result;
}

void http_pool::give(const std::string& origin, http_connection_ptr x) {
  if (!x->reusable())
    return x->close();
  auto same = [&](const entry& e) { return e.origin == origin; };
  auto of_origin = std::count_if(idle_.begin(), idle_.end(), same);
  if (static_cast<std::size_t>(of_origin) >= limits_.max_idle_per_origin)
    return x->close();
  if (idle_.size() >= limits_.max_idle) {
    idle_.front().connection->close();
    idle_.pop_front();
  }
  // Weak, for the connection is ours.
  x->watch([weak = weak_from_this(), raw = x.get()] {
    if (auto self = weak.lock())
      self->drop(raw);
  });
  idle_.push_back({origin, std::move(x), clock::now() + limits_.max_age});
  if (idle_.size() == 1)
    watch_age();
}

void http_pool::drop(const http_connection* x) {
  auto at = std::find_if(idle_.begin(), idle_.end(), [x](const entry& e) {
    return e.connection.get() == x;
  });
  if (at == idle_.end())
    return;
  at->connection->close();
  idle_.erase(at);
}

void http_pool::watch_age() {
  if (idle_.empty())
    return;
  timer_.expires_at(idle_.front().until);
  timer_.async_wait([weak = weak_from_this()](error_code ec) {
    auto self = weak.lock();
    if (ec || !self)
      return;
    while (!self->idle_.empty() && self->idle_.front().until <= clock::now()) {
      self->idle_.front().connection->close();
      self->idle_.pop_front();
    }
    self->watch_age();
  });
}

void http_pool::clear() {
  timer_.cancel();
  for (auto& x : idle_)
    x.connection->close();
  idle_.clear();
}

} // namespace offhook::net
