#pragma once

#include <future>
#include <memory>
#include <string>
#include <thread>

#include "app/config.hpp"
#include "app/demo_script.hpp"
#include "app/server.hpp"
#include "app/standins/demo_agent_server.hpp"
#include "app/standins/demo_caller_client.hpp"
#include "net/http_client.hpp"

namespace offhook::tests {

/// Whether everything is several times as slow as it is for users.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool sanitized = true;
#else
inline constexpr bool sanitized = false;
#endif

/// A whole gateway on real sockets at 127.0.0.1, a demo agent behind it, and a
/// loop for those who call it.
struct server_fixture {
  app::standins::demo_agent_server_options agent_options;
  std::unique_ptr<app::standins::demo_agent_server> agent;
  app::config cfg;
  app::secrets keys;
  app::standins::call_settings twilio; ///< what calls are like; URL and token
                                       ///< are filled in
  std::string webhook = "/incoming-call";
  std::unique_ptr<app::server> gateway;
  net::shard_loop loop{0};
  std::thread thread{[this] { loop.run(); }};

  server_fixture() {
    agent_options.agent.script = app::embedded_agent_script();
    set("http.port", "0");
    set("shards", "2");
    set("twiml.greeting", ""); // Twilio takes its time to say it.
    set("agents.default.vad.silence-duration", "300");
  }

  /// Nobody calls back after that: for what a test's own fixture lends them.
  void stop_servers() {
    gateway = nullptr;
    agent = nullptr;
  }

  ~server_fixture() {
    stop_servers();
    loop.stop();
    thread.join();
  }

  void set(std::string_view key, std::string_view value) {
    cfg.values().set(key, value, "test");
  }

  void start() {
    agent = std::make_unique<app::standins::demo_agent_server>(agent_options,
                                                               1);
    agent->start();
    set("openai.url", agent->url());
    keys.openai_api_key = "test key";
    // CAF reads the number of shards from its own copy.
    put(cfg.content, "shards", std::int64_t{2});
    gateway = std::make_unique<app::server>(cfg, keys);
    gateway->start();
  }

  std::string url(const std::string& path) const {
    return "http://127.0.0.1:" + std::to_string(gateway->port()) + path;
  }

  net::http_client_response request(net::http_client_request what) {
    std::promise<net::http_client_result> answer;
    auto future = answer.get_future();
    std::shared_ptr<net::http_exchange> exchange;
    loop.post([&] {
      exchange = net::http_send(loop, std::move(what),
                                [&](net::http_client_result x) {
                                  answer.set_value(std::move(x));
                                });
    });
    auto result = future.get();
    if (auto* x = std::get_if<net::http_client_response>(&result))
      return *x;
    return {0, {}, std::get<net::http_client_error>(result).text};
  }

  net::http_client_response
  get(const std::string& path,
      std::vector<std::pair<std::string, std::string>> headers = {}) {
    net::http_client_request what;
    what.url = url(path);
    what.headers = std::move(headers);
    return request(std::move(what));
  }

  /// Opens a WebSocket. @returns the HTTP status: 101, or that of the refusal
  unsigned
  upgrade(const std::string& path,
          std::vector<std::pair<std::string, std::string>> headers = {}) {
    net::web_socket_ptr socket;
    return open_socket(path, std::move(headers), socket);
  }

  /// The same, and keeps the socket. Use it on `loop` only.
  unsigned open_socket(const std::string& path,
                       std::vector<std::pair<std::string, std::string>> headers,
                       net::web_socket_ptr& socket) {
    net::ws_client_options options;
    options.url = "ws" + url(path).substr(4);
    options.headers = std::move(headers);
    std::promise<net::connect_result> answer;
    auto future = answer.get_future();
    std::shared_ptr<net::ws_dial> dial;
    loop.post([&] {
      dial = net::ws_connect(loop, std::move(options),
                             [&](net::connect_result x) {
                               answer.set_value(std::move(x));
                             });
    });
    auto result = future.get();
    if (auto* error = std::get_if<net::connect_error>(&result))
      return error->http_status;
    socket = std::move(std::get<net::web_socket_ptr>(result));
    return 101;
  }

  /// Runs `f` on the callers' loop and waits for it.
  template <class F>
  void on_loop(F f) {
    std::promise<void> done;
    loop.post([&] {
      f();
      done.set_value();
    });
    done.get_future().wait();
  }

  net::http_client_response post(const std::string& path, std::string body) {
    net::http_client_request what;
    what.method = "POST";
    what.url = url(path);
    what.headers = {{"Content-Type", "application/x-www-form-urlencoded"}};
    what.body = std::move(body);
    return request(std::move(what));
  }

  /// Places one call and waits for its end.
  app::standins::demo_caller_result
  call(app::standins::script steps,
       std::function<void(const app::standins::timeline_event&)> on_event
       = {}) {
    app::standins::demo_caller_options options;
    options.twilio = twilio;
    options.twilio.url = url(webhook);
    options.twilio.auth_token = keys.twilio_auth_token;
    options.person.steps = std::move(steps);
    options.person.on_event = std::move(on_event);
    std::promise<app::standins::demo_caller_result> over;
    auto future = over.get_future();
    std::shared_ptr<app::standins::demo_caller_client> client;
    loop.post([&] {
      client = start_demo_call(loop, std::move(options),
                               [&](app::standins::demo_caller_result x) {
                                 over.set_value(std::move(x));
                               });
    });
    return future.get();
  }
};

} // namespace offhook::tests
