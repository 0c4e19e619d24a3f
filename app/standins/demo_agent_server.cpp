#include "app/standins/demo_agent_server.hpp"

#include <algorithm>
#include <future>
#include <mutex>
#include <unordered_map>
#include <utility>

#include "app/standins/demo_agent_json.hpp"
#include "app/standins/demo_agent_socket.hpp"
#include "net/http.hpp"
#include "protocol/crypto.hpp"
#include "protocol/form.hpp"

namespace offhook::app::standins {

namespace {

using session_ptr = std::shared_ptr<demo_agent_socket>;

net::http_response refusal(unsigned status, std::string_view code,
                           std::string_view message) {
  net::http_response result;
  result.status = status;
  result.content_type = "application/json";
  result.body = json::object{}
                  .raw("error", json::object{}
                                  .add("message", message)
                                  .add("type", "invalid_request_error")
                                  .add("param", nullptr)
                                  .add("code", code)
                                  .text())
                  .text();
  return result;
}

bool has_key(const net::http_request& request) {
  constexpr std::string_view scheme = "Bearer ";
  auto header = request.header("Authorization");
  return header.starts_with(scheme) && header.size() > scheme.size();
}

} // namespace

/// Shared with the handlers of the listener and the ends of sessions, which may
/// outlive the server by a turn of a loop.
struct demo_agent_server::impl : std::enable_shared_from_this<impl> {
  explicit impl(demo_agent_server_options opts) : options(std::move(opts)) {
  }

  void bind(std::vector<net::shard_loop*> loops) {
    net::http_handler handler;
    handler.on_request = [](net::http_request, net::http_reply_ptr reply) {
      reply->send(refusal(404, "not_found", "Only WebSockets live here."));
    };
    handler.on_upgrade = [weak = weak_from_this()](net::http_request request,
                                                   net::http_reply_ptr reply) {
      if (auto self = weak.lock())
        self->upgrade(request, std::move(reply));
    };
    listener.emplace(std::move(loops), options.listener, std::move(handler));
  }

  void upgrade(const net::http_request& request, net::http_reply_ptr reply) {
    unsigned fault = 0;
    {
      std::lock_guard guard{mutex};
      fault = options.agent.faults.refuse_upgrade;
    }
    if (fault != 0)
      return reply->send(
        refusal(fault, "refused_on_demand", "This fault was asked for."));
    if (request.path != options.path)
      return reply->send(refusal(404, "not_found", "Unknown path."));
    if (options.require_authorization && !has_key(request))
      return reply->send(
        refusal(401, "invalid_api_key", "Missing or empty bearer token."));
    // Exactly one selector, and of the three only this one is ours.
    auto query = protocol::form::parse(request.query);
    if (!query || query->size() != 1 || query->front().first != "model"
        || query->front().second.empty())
      return reply->send(refusal(400, "missing_model",
                                 "The query must be model=..., and no more."));
    demo_agent_handshake handshake;
    handshake.model = query->front().second;
    handshake.beta_header = !request.header("OpenAI-Beta").empty();
    reply->accept(options.limits, [self = shared_from_this(),
                                   handshake](net::web_socket_ptr socket) {
      if (socket)
        self->begin(std::move(socket), handshake);
    });
  }

  void begin(net::web_socket_ptr socket, demo_agent_handshake handshake) {
    session_ptr session;
    auto going = false;
    {
      std::lock_guard guard{mutex};
      auto agent = options.agent;
      agent.id_salt = protocol::crypto::random_hex(5);
      agent.epoch_s = std::chrono::duration_cast<std::chrono::seconds>(
                        std::chrono::system_clock::now().time_since_epoch())
                        .count();
      if (options.cast)
        options.cast(handshake, agent);
      session = std::make_shared<demo_agent_socket>(
        std::move(socket), std::move(agent), std::move(handshake),
        [weak = weak_from_this()](demo_agent_socket& ended) {
          if (auto self = weak.lock())
            self->end(ended);
        });
      sessions.emplace(session.get(), session);
      going = stopping;
    }
    session->start();
    if (going)
      session->close();
  }

  void end(demo_agent_socket& ended) {
    std::function<void()> done;
    session_ptr last;
    {
      std::lock_guard guard{mutex};
      totals += ended.agent().stats();
      if (auto i = sessions.find(&ended); i != sessions.end()) {
        last = std::move(i->second);
        sessions.erase(i);
      }
      done = take_done();
    }
    if (last) {
      // Not here, within the last callback of the socket that it holds.
      auto& loop = last->loop();
      loop.post([last = std::move(last)] {});
    }
    if (done)
      done();
  }

  /// @pre the mutex is held
  std::function<void()> take_done() {
    if (!stopping || !listener_done || !sessions.empty())
      return {};
    return std::exchange(on_stopped, {});
  }

  void stop(std::function<void()> done) {
    {
      std::lock_guard guard{mutex};
      stopping = true;
      if (on_stopped)
        done = [first = std::move(on_stopped), second = std::move(done)] {
          first();
          second();
        };
      on_stopped = std::move(done);
    }
    listener->stop([self = shared_from_this()] {
      std::function<void()> next;
      {
        std::lock_guard guard{self->mutex};
        self->listener_done = true;
        next = self->take_done();
      }
      if (next)
        next();
    });
    for_each([](demo_agent_socket& session) { session.close(); });
  }

  /// Runs `f` for every open session on its loop.
  void for_each(std::function<void(demo_agent_socket&)> f) {
    std::vector<session_ptr> open;
    {
      std::lock_guard guard{mutex};
      for (auto& [key, session] : sessions)
        open.push_back(session);
    }
    for (auto& session : open)
      session->loop().post([weak = std::weak_ptr{session}, f] {
        if (auto self = weak.lock())
          f(*self);
      });
  }

  demo_agent_server_options options;
  std::optional<net::listener> listener;

  mutable std::mutex mutex; // Guards all below, and the agent's faults.
  std::unordered_map<demo_agent_socket*, session_ptr> sessions;
  demo_agent_stats totals;
  std::function<void()> on_stopped;
  bool stopping = false;
  bool listener_done = false;
};

demo_agent_server::demo_agent_server(std::vector<net::shard_loop*> loops,
                                     demo_agent_server_options options)
  : impl_(std::make_shared<impl>(std::move(options))) {
  impl_->bind(std::move(loops));
}

demo_agent_server::demo_agent_server(demo_agent_server_options options,
                                     std::size_t threads)
  : impl_(std::make_shared<impl>(std::move(options))) {
  if (threads == 0)
    threads = std::max(1u, std::thread::hardware_concurrency());
  std::vector<net::shard_loop*> loops;
  for (std::size_t i = 0; i < threads; ++i) {
    own_loops_.push_back(std::make_unique<net::shard_loop>(i));
    loops.push_back(own_loops_.back().get());
  }
  impl_->bind(std::move(loops));
}

demo_agent_server::~demo_agent_server() {
  if (own_loops_.empty())
    return;
  if (!threads_.empty()) {
    stop();
    for (auto& loop : own_loops_)
      loop->stop();
    for (auto& thread : threads_)
      thread.join();
  }
  // Sockets and timers refer to the loops.
  impl_->sessions.clear();
  impl_->listener.reset();
}

std::uint16_t demo_agent_server::port() const noexcept {
  return impl_->listener->port();
}

std::string demo_agent_server::url() const {
  auto& listener = impl_->options.listener;
  return (listener.tls_cert_file.empty() ? "ws://" : "wss://")
         + listener.address + ':' + std::to_string(port())
         + impl_->options.path;
}

void demo_agent_server::start() {
  for (auto& loop : own_loops_)
    threads_.emplace_back([&x = *loop] { x.run(); });
  impl_->listener->start();
}

void demo_agent_server::stop(std::function<void()> done) {
  impl_->stop(std::move(done));
}

void demo_agent_server::stop() {
  std::promise<void> stopped;
  impl_->stop([&stopped] { stopped.set_value(); });
  stopped.get_future().wait();
}

void demo_agent_server::set_faults(demo_agent_faults faults) {
  {
    std::lock_guard guard{impl_->mutex};
    impl_->options.agent.faults = faults;
  }
  impl_->for_each(
    [faults](demo_agent_socket& session) { session.set_faults(faults); });
}

void demo_agent_server::reset_sessions() {
  impl_->for_each([](demo_agent_socket& session) { session.reset(); });
}

void demo_agent_server::send_error(agent_error error) {
  impl_->for_each([error = std::move(error)](demo_agent_socket& session) {
    session.send_error(error);
  });
}

std::size_t demo_agent_server::open_sessions() const {
  std::lock_guard guard{impl_->mutex};
  return impl_->sessions.size();
}

demo_agent_stats demo_agent_server::stats() const {
  std::lock_guard guard{impl_->mutex};
  return impl_->totals;
}

} // namespace offhook::app::standins
