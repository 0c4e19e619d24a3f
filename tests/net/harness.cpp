#include "harness.hpp"

#include <stdexcept>

namespace offhook::net::test {

// -- loops --------------------------------------------------------------------

running_loops::running_loops(std::size_t n) {
  for (std::size_t i = 0; i < n; ++i)
    loops_.push_back(std::make_unique<shard_loop>(i));
  for (auto& loop : loops_) {
    loop->on_exception([this](std::exception_ptr x) {
      try {
        std::rethrow_exception(x);
      } catch (const std::exception& e) {
        exceptions.put(e.what());
      } catch (...) {
        exceptions.put("unknown");
      }
    });
    threads_.emplace_back([&loop = *loop] { loop.run(); });
  }
}

running_loops::~running_loops() {
  destroy();
}

std::vector<shard_loop*> running_loops::all() {
  std::vector<shard_loop*> result;
  for (auto& loop : loops_)
    result.push_back(loop.get());
  return result;
}

void running_loops::stop() {
  for (auto& loop : loops_)
    loop->stop();
  for (auto& thread : threads_)
    thread.join();
  threads_.clear();
}

void running_loops::destroy() {
  stop();
  loops_.clear();
}

// -- sockets ------------------------------------------------------------------

ws_events recorder::events() {
  auto self = shared_from_this();
  ws_events result;
  result.on_text = [self](std::string_view text) {
    if (self->on_text)
      self->on_text(text);
    self->texts.put(std::string{text});
  };
  result.on_binary = [self](std::size_t size) { self->binaries.put(size); };
  result.on_dropped = [self](std::size_t n) { self->dropped.put(n); };
  result.on_closed = [self](const ws_closed& x) { self->ends.put(x); };
  return result;
}

std::string summary(const std::optional<ws_closed>& x) {
  if (!x)
    return "nothing";
  return std::string{to_string(x->why)} + " " + std::to_string(x->code)
         + (x->reason.empty() ? "" : " " + x->reason);
}

void run_on(const web_socket_ptr& socket, const std::function<void()>& f) {
  std::promise<void> done;
  socket->loop().post([&] {
    f();
    done.set_value();
  });
  done.get_future().get();
}

void start(const web_socket_ptr& socket, const std::shared_ptr<recorder>& to) {
  run_on(socket, [&] { socket->start(to->events()); });
}

// -- listener -----------------------------------------------------------------

test_server::test_server(running_loops& loops, listener_options options,
                         ws_limits limits) {
  http_handler handler;
  handler.on_request = [this](http_request head, http_reply_ptr reply) {
    if (on_request)
      on_request(std::move(head), std::move(reply));
    else
      requests.put({std::move(head), std::move(reply)});
  };
  handler.on_upgrade = [this, limits](http_request head, http_reply_ptr reply) {
    if (on_upgrade)
      return on_upgrade(std::move(head), std::move(reply));
    reply->accept(limits,
                  [this](web_socket_ptr x) { sockets.put(std::move(x)); });
  };
  listener_ = std::make_unique<listener>(loops.all(), std::move(options),
                                         std::move(handler));
  listener_->start();
}

test_server::~test_server() {
  stop();
}

void test_server::stop() {
  if (std::exchange(stopped_, true))
    return;
  std::promise<void> done;
  listener_->stop([&] { done.set_value(); });
  done.get_future().get();
}

std::string test_server::url(std::string_view scheme,
                             std::string_view path) const {
  return std::string{scheme} + "://127.0.0.1:" + std::to_string(port())
         + std::string{path};
}

// -- client -------------------------------------------------------------------

connect_result dial(running_loops& loops, std::size_t i,
                    ws_client_options options) {
  std::promise<connect_result> result;
  auto future = result.get_future();
  loops.on(i, [&] {
    ws_connect(loops[i], std::move(options),
               [&](connect_result x) { result.set_value(std::move(x)); });
  });
  return future.get();
}

web_socket_ptr dialled(connect_result x) {
  if (auto* error = std::get_if<connect_error>(&x))
    throw std::runtime_error{"not connected: " + error->text};
  return std::get<web_socket_ptr>(std::move(x));
}

std::string summary(const connect_result& x) {
  auto* error = std::get_if<connect_error>(&x);
  if (!error)
    return "open";
  auto status
    = error->http_status == 0 ? "" : " " + std::to_string(error->http_status);
  return std::string{to_string(error->what)} + status;
}

socket_pair connect_pair(running_loops& loops, test_server& server,
                         ws_client_options options) {
  socket_pair result;
  result.client
    = dialled(dial(loops, loops.all().size() - 1, std::move(options)));
  auto accepted = server.sockets.get();
  if (!accepted || !*accepted)
    throw std::runtime_error{"no socket at the server"};
  result.server = *accepted;
  return result;
}

} // namespace offhook::net::test
