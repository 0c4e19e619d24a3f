#include "app/scenario_tool_listener.hpp"

#include <chrono>
#include <future>
#include <memory>
#include <utility>

#include "net/asio_types.hpp"

namespace offhook::app {

namespace {

net::listener_options any_port() {
  net::listener_options result;
  result.address = "127.0.0.1";
  result.port = 0;
  return result;
}

net::http_handler handler_of(net::shard_loop& loop, scenario_tools& tools) {
  net::http_handler result;
  result.on_request = [&loop, &tools](const net::http_request& request,
                                      net::http_reply_ptr reply) {
    const auto answer = tools.answer(request.path);
    auto timer = std::make_shared<net::loop_timer>(loop.io());
    timer->expires_after(std::chrono::milliseconds{answer.delay_ms});
    timer->async_wait([timer, reply, answer](net::error_code ec) {
      if (!ec)
        reply->send({.status = answer.status,
                     .content_type = "application/json",
                     .body = answer.body});
    });
  };
  result.on_upgrade = [](const net::http_request&,
                         const net::http_reply_ptr& reply) {
    reply->send({.status = 404, .content_type = "text/plain", .body = ""});
  };
  return result;
}

} // namespace

scenario_tool_listener::scenario_tool_listener(net::shard_loop& loop,
                                               scenario_tools& tools)
  : listener_({&loop}, any_port(), handler_of(loop, tools)) {
  listener_.start();
}

std::string scenario_tool_listener::origin() const {
  return "http://127.0.0.1:" + std::to_string(listener_.port());
}

void scenario_tool_listener::stop() {
  std::promise<void> stopped;
  listener_.stop([&stopped] { stopped.set_value(); });
  stopped.get_future().wait();
}

} // namespace offhook::app
