#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "net/listener.hpp"
#include "net/shard_loop.hpp"
#include "net/web_socket.hpp"
#include "net/ws_client.hpp"

// What the suites of this room share: loops on threads of their own, and values
// that come from there to the test's thread, which waits for them.
namespace offhook::net::test {

/// How long a test waits before it gives something up for lost. No test passes
/// by waiting for as long as that.
inline constexpr auto patience = std::chrono::seconds{30};

/// A queue between threads.
template <class T>
class channel {
public:
  void put(T x) {
    std::lock_guard guard{mutex_};
    values_.push_back(std::move(x));
    changed_.notify_all();
  }

  /// Waits for the next one.
  std::optional<T> get() {
    std::unique_lock guard{mutex_};
    if (!changed_.wait_for(guard, patience, [&] { return !values_.empty(); }))
      return std::nullopt;
    auto result = std::move(values_.front());
    values_.pop_front();
    return result;
  }

  std::size_t size() {
    std::lock_guard guard{mutex_};
    return values_.size();
  }

private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<T> values_;
};

/// Loops that run, each on its thread, until the end of the test.
class running_loops {
public:
  explicit running_loops(std::size_t n = 1);
  ~running_loops();

  shard_loop& operator[](std::size_t i) {
    return *loops_[i];
  }

  std::vector<shard_loop*> all();

  /// Ends the threads; what is pending stays.
  void stop();

  /// Destroys the loops as well, and what is pending on them.
  void destroy();

  /// Runs `f` on a loop, and waits until it has run.
  template <class F>
  auto on(std::size_t i, F f) {
    std::promise<decltype(f())> result;
    auto future = result.get_future();
    loops_[i]->post([&] {
      if constexpr (std::is_void_v<decltype(f())>) {
        f();
        result.set_value();
      } else {
        result.set_value(f());
      }
    });
    return future.get();
  }

  /// What exceptions left handlers.
  channel<std::string> exceptions;

private:
  std::vector<std::unique_ptr<shard_loop>> loops_;
  std::vector<std::thread> threads_;
};

/// Everything that one socket tells.
class recorder : public std::enable_shared_from_this<recorder> {
public:
  ws_events events();

  std::optional<std::string> text() {
    return texts.get();
  }

  /// Waits for the end, and for a moment in which nothing is left to come.
  std::optional<ws_closed> closed() {
    return ends.get();
  }

  channel<std::string> texts;
  channel<std::size_t> binaries;
  channel<std::size_t> dropped;
  channel<ws_closed> ends;

  /// Called on the loop, before `texts` gets it.
  std::function<void(std::string_view)> on_text;
};

/// `cause code reason`, for comparing.
std::string summary(const std::optional<ws_closed>& x);

/// A listener on 127.0.0.1 that puts what comes into channels.
class test_server {
public:
  struct request {
    http_request head;
    http_reply_ptr reply;
  };

  explicit test_server(running_loops& loops, listener_options options = {},
                       ws_limits limits = {});
  ~test_server();

  std::uint16_t port() const {
    return listener_->port();
  }

  std::string url(std::string_view scheme, std::string_view path = "/") const;

  /// Stops, and waits for it.
  void stop();

  /// Its loops are gone: there is nothing to stop.
  void forget() {
    stopped_ = true;
  }

  listener& get() {
    return *listener_;
  }

  /// Whatever came: not answered yet.
  channel<request> requests;

  /// Sockets of upgrades that were accepted; null: the handshake failed.
  channel<web_socket_ptr> sockets;

  /// Set before the first request: answers on the loop, in place of `requests`.
  std::function<void(http_request, http_reply_ptr)> on_request;
  std::function<void(http_request, http_reply_ptr)> on_upgrade;

private:
  bool stopped_ = false;
  std::unique_ptr<listener> listener_;
};

/// Dials on loop `i` and waits for the result.
connect_result dial(running_loops& loops, std::size_t i,
                    ws_client_options options);

/// The socket, or null with a failed check.
web_socket_ptr dialled(connect_result x);

/// `kind status`, or `open`.
std::string summary(const connect_result& x);

/// Both ends of one WebSocket: the client's on the last loop, the server's
/// where the listener put it. Neither has been started.
struct socket_pair {
  web_socket_ptr server;
  web_socket_ptr client;
};
socket_pair connect_pair(running_loops& loops, test_server& server,
                         ws_client_options options);

/// Calls on the socket's own loop, and waits.
void start(const web_socket_ptr& socket, const std::shared_ptr<recorder>& to);
void run_on(const web_socket_ptr& socket, const std::function<void()>& f);

} // namespace offhook::net::test
