#include "app/scenario_live.hpp"

#include <chrono>
#include <future>
#include <memory>
#include <thread>
#include <utility>

#include "app/scenario_cast.hpp"
#include "app/scenario_tool_listener.hpp"
#include "app/server.hpp"
#include "app/standins/demo_agent_server.hpp"
#include "app/standins/demo_caller_client.hpp"
#include "net/http_client.hpp"
#include "net/shard_loop.hpp"

namespace offhook::app {

namespace {

using standins::demo_caller_result;

/// A loop with a thread of its own, for the caller's side.
class loop_thread {
public:
  loop_thread() : loop_(0), thread_([this] { loop_.run(); }) {
  }

  ~loop_thread() {
    stop();
  }

  void stop() {
    loop_.stop();
    if (thread_.joinable())
      thread_.join();
  }

  net::shard_loop& loop() noexcept {
    return loop_;
  }

private:
  net::shard_loop loop_;
  std::thread thread_;
};

/// One call that is under way, and those who take part.
class live_call {
public:
  live_call(const scenario& what, demo_timeline& timeline)
    : what_(what),
      timeline_(timeline),
      cast_(what) {
    standins::demo_agent_server_options options;
    options.agent
      = cast_.model([this](bool from_gateway, std::string_view text) {
          if (auto line = describe_message(from_gateway, text); !line.empty())
            tell("model", std::move(line));
        });
    model_.emplace(std::move(options));
    model_->start();
    if (!what.tools.empty())
      tools_.emplace(caller_.loop(), cast_.tools());
  }

  /// Gives the gateway what of the scenario's settings is only known now, but
  /// for what somebody has set otherwise.
  void complete(settings& values) const {
    const auto plain = cast_.settings("{{tools}}");
    const auto filled = cast_.settings(tools_ ? tools_->origin() : "");
    for (std::size_t i = 0; i < plain.size(); ++i)
      if (plain[i] != filled[i])
        values.set(filled[i].first, filled[i].second, "scenario " + what_.name);
  }

  ~live_call() {
    // Both talk to the caller's loop.
    model_.reset();
    if (tools_)
      tools_->stop();
    // It has timers on that loop, and must go before it.
    caller_.stop();
    client_.reset();
  }

  std::string model_url() const {
    return model_->url();
  }

  demo_caller_result place(const std::string& origin) {
    standins::demo_caller_options options;
    options.twilio = cast_.call(origin);
    options.person = cast_.person(
      [this](const standins::timeline_event& event) { on_event(event); });
    options.call_deadline_ms = cast_.deadline_ms();
    std::promise<demo_caller_result> over;
    auto future = over.get_future();
    caller_.loop().post([&] {
      client_ = start_demo_call(caller_.loop(), std::move(options),
                                [&over](demo_caller_result result) {
                                  over.set_value(std::move(result));
                                });
    });
    return future.get();
  }

  /// What the server says, asked as anybody would.
  std::string fetch(const std::string& url) {
    std::promise<std::string> body;
    auto future = body.get_future();
    std::shared_ptr<net::http_exchange> exchange;
    caller_.loop().post([&] {
      net::http_client_request request;
      request.url = url;
      exchange = net::http_send(
        caller_.loop(), std::move(request),
        [&body](net::http_client_result result) {
          auto* answer = std::get_if<net::http_client_response>(&result);
          body.set_value(answer ? answer->body : std::string{});
        });
    });
    return future.get();
  }

  scenario_run finish(demo_caller_result call, gateway_report report) {
    model_->stop();
    return cast_.result(std::move(call), std::move(report));
  }

private:
  /// From any thread.
  void tell(std::string who, std::string text) {
    caller_.loop().post([this, who = std::move(who), text = std::move(text)] {
      if (client_)
        timeline_.print(client_->elapsed_ms(), who, text);
    });
  }

  void on_event(const standins::timeline_event& event) {
    timeline_.print(event);
    if (event.what != standins::timeline_event::kind::cue)
      return;
    for (const auto& x : what_.faults) {
      if (x.at != event.text)
        continue;
      if (x.reset)
        model_->reset_sessions();
      if (x.model)
        model_->set_faults(*x.model);
      if (x.error)
        model_->send_error(*x.error);
    }
  }

  const scenario& what_;
  demo_timeline& timeline_;
  const scenario_cast cast_;
  std::optional<standins::demo_agent_server> model_;
  std::shared_ptr<standins::demo_caller_client> client_;
  loop_thread caller_;
  std::optional<scenario_tool_listener> tools_; // On that loop.
};

/// The caller is told of the end before the gateway has closed its sockets.
gateway_report report_of(live_call& call, const std::string& url) {
  constexpr auto patience = std::chrono::seconds{5};
  constexpr auto pause = std::chrono::milliseconds{10};
  const auto until = std::chrono::steady_clock::now() + patience;
  for (;;) {
    auto result = read_report(call.fetch(url), call.fetch(url + "/transcript"));
    if (result.state == "over" || std::chrono::steady_clock::now() > until)
      return result;
    std::this_thread::sleep_for(pause);
  }
}

} // namespace

scenario_run play_live(config& cfg, const scenario& what,
                       demo_timeline& timeline) {
  live_call call{what, timeline};
  auto& values = cfg.values();
  call.complete(values);
  values.set("http.address", "127.0.0.1", "demo");
  values.set("http.port", "0", "demo");
  values.set("openai.url", call.model_url(), "demo");
  secrets keys;
  keys.openai_api_key = "demo";
  keys.tool_secret = "demo";
  server gateway{cfg, std::move(keys)};
  gateway.start();
  const auto origin = "http://127.0.0.1:" + std::to_string(gateway.port());
  auto result = call.place(origin);
  auto report = report_of(call, origin + "/v1/calls/" + result.call_sid);
  gateway.stop();
  return call.finish(std::move(result), std::move(report));
}

} // namespace offhook::app
