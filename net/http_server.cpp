#include "net/http_server.hpp"

#include <algorithm>
#include <utility>

#include "net/http_session.hpp"
#include "net/tls.hpp"

namespace offhook::net {

http_server::http_server(std::vector<shard_loop*> loops,
                         listener_options options, http_handler handler)
  : loops_(std::move(loops)),
    options_(std::move(options)),
    handler_(std::move(handler)),
    home_(loops_.at(0)->handle()),
    sessions_(loops_.size()) {
  if (!options_.tls_cert_file.empty())
    tls_ = make_server_context(options_.tls_cert_file, options_.tls_key_file);
}

std::shared_ptr<void> http_server::take_place() {
  // A WebSocket may outlive the server, which the place must not keep alive.
  struct place {
    std::shared_ptr<std::atomic<std::size_t>> taken;
    ~place() {
      --*taken;
    }
  };
  if (++*connections_ > options_.max_connections) {
    --*connections_;
    return nullptr;
  }
  return std::make_shared<place>(connections_);
}

void http_server::serve(shard_loop& loop, tcp_socket socket,
                        std::shared_ptr<void> place) {
  if (stopping_)
    return;
  if (tls_)
    start_tls_session(shared_from_this(), loop, std::move(socket),
                      std::move(place));
  else
    start_plain_session(shared_from_this(), loop, std::move(socket),
                        std::move(place));
}

void http_server::stop(std::function<void()> done) {
  hold(); // Until every loop has been told.
  {
    std::lock_guard guard{mutex_};
    if (done)
      waiting_.push_back(std::move(done));
  }
  stopping_ = true;
  for (std::size_t i = 0; i < loops_.size(); ++i) {
    hold();
    loops_[i]->post([self = shared_from_this(), i] { self->stop_sessions(i); });
  }
  release();
}

void http_server::stop_sessions(std::size_t index) {
  // They leave the set as they end.
  auto sessions = sessions_[index];
  for (auto* session : sessions)
    session->stop();
  release();
}

void http_server::hold() noexcept {
  ++held_;
}

void http_server::release() {
  if (--held_ > 0 || !stopping_)
    return;
  std::vector<std::function<void()>> waiting;
  {
    std::lock_guard guard{mutex_};
    waiting.swap(waiting_);
  }
  for (auto& done : waiting)
    home_.post(std::move(done));
}

std::unordered_set<http_session*>&
http_server::sessions_on(const shard_loop& loop) {
  auto i = std::find(loops_.begin(), loops_.end(), &loop);
  return sessions_.at(static_cast<std::size_t>(i - loops_.begin()));
}

void http_server::add(const shard_loop& loop, http_session& session) {
  hold();
  sessions_on(loop).insert(&session);
}

void http_server::remove(const shard_loop& loop, http_session& session) {
  sessions_on(loop).erase(&session);
  release();
}

} // namespace offhook::net
