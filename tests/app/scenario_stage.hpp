#pragma once

#include <algorithm>
#include <functional>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "app/routes.hpp"
#include "app/scenario_cast.hpp"
#include "app/server_settings.hpp"
#include "app/standins/demo_agent.hpp"
#include "app/standins/demo_caller.hpp"
#include "protocol/crypto.hpp"
#include "protocol/form.hpp"
#include "tests/app/machine_socket.hpp"
#include "tests/app/virtual_http.hpp"
#include "tests/fakes/call.hpp"
#include "tests/fakes/fake_http.hpp"

namespace offhook::tests {

/// Plays a scenario on virtual time: the gateway's routes and real actors
/// between the two stand-ins' state machines. What `app/scenario_live.cpp` does
/// over real sockets, without a thread, a socket or a sleep.
class scenario_stage : public call_fixture {
public:
  using time_point = app::standins::time_point;

  ~scenario_stage() {
    self->send(registry, actors::shut_down{});
    settle();
  }

  app::scenario_run play(const app::scenario& what) {
    using namespace app::standins;
    what_ = &what;
    cast_.emplace(what);
    set_up(what);
    phone_ = std::make_shared<phone_call>(
      cast_->person([this](const timeline_event& x) { on_event(x); }), now());
    flow_ = std::make_unique<call_flow>(cast_->call(origin), phone_);
    perform(flow_->begin(now()));
    const auto until = now() + ms{cast_->deadline_ms()};
    while (!over_ && now() < until)
      step();
    if (!over_)
      phone_->fail(now(), "the call was not over after "
                            + std::to_string(cast_->deadline_ms()) + " ms");
    phone_->finish(now());
    settle();
    const auto page = "/v1/calls/" + flow_->call_sid();
    auto report = app::read_report(get(page), get(page + "/transcript"));
    return cast_->result({flow_->ending(), phone_->failure(), flow_->call_sid(),
                          flow_->documents(), callback_failures_,
                          phone_->stats(), phone_->timeline(), phone_->tape(),
                          phone_->began()},
                         std::move(report));
  }

  time_point now() const {
    return sched.clock().now();
  }

private:
  static constexpr const char* origin = "http://127.0.0.1:5050";

  void set_up(const app::scenario& what) {
    app::settings values;
    for (const auto& [key, value] : cast_->settings("http://127.0.0.1:5080"))
      CAF_REQUIRE_EQUAL(values.set(key, value, what.name), "");
    app::secrets keys;
    keys.tool_secret = "tool secret";
    env->behaviours = actors::built_in_behaviours();
    app::configure(values, keys, *env);
    servers_.install(*env);
    env->dial = [this](net::ws_client_options options,
                       std::function<void(net::connect_result)> done) {
      auto model = cast_->model();
      model.id_salt = "S" + std::to_string(models_.size());
      app::standins::demo_agent_handshake shake;
      const auto query = options.url.substr(options.url.find('?') + 1);
      shake.model = protocol::form::get(*protocol::form::parse(query), "model");
      models_.push_back(std::make_unique<app::standins::demo_agent>(
        std::move(model), std::move(shake)));
      sessions_.push_back(std::make_shared<machine_socket>(*models_.back()));
      done(net::web_socket_ptr{sessions_.back()});
      return std::shared_ptr<net::ws_dial>{};
    };
    auto context = std::make_shared<app::route_context>();
    context->system = &sys;
    context->env = env;
    context->registry = registry;
    context->loops = {&machine_socket::home()};
    context->access = std::make_shared<const app::access_policy>(
      app::access_policy::options{});
    context->ready = [] { return true; };
    app::configure(values, *context);
    routes_ = app::make_routes(std::move(context));
  }

  // -- Twilio: what the caller's client does over real sockets ----------------

  void perform(app::standins::call_flow::action what) {
    using flow = app::standins::call_flow;
    for (auto& x : flow_->take_callbacks())
      if (auto answer = ask(x); answer.status < 200 || answer.status > 299)
        callback_failures_.push_back(x.url);
    if (auto* x = std::get_if<flow::fetch>(&what)) {
      auto answer = ask(x->what);
      perform(flow_->on_response(
        {answer.status, answer.content_type, answer.body}, now()));
    } else if (auto* x = std::get_if<flow::open_stream>(&what)) {
      open_stream(*x);
    } else if (auto* x = std::get_if<flow::wait>(&what)) {
      waited_at_ = now() + x->length;
    } else {
      over_ = true;
    }
  }

  net::http_response ask(const app::standins::webhook_request& what) {
    auto reply = std::make_shared<virtual_reply<machine_socket>>();
    routes_.on_request(
      virtual_request(what.method, what.url, what.headers, what.body), reply);
    settle();
    return reply->answer.value_or(net::http_response{500, {}, {}, {}});
  }

  std::string get(const std::string& path) {
    return ask({"GET", origin + path, {}, {}}).body;
  }

  void open_stream(const app::standins::call_flow::open_stream& what) {
    caller_ = std::make_unique<app::standins::demo_caller>(what.stream, phone_);
    auto socket = std::make_shared<machine_socket>(*caller_);
    auto reply = std::make_shared<virtual_reply<machine_socket>>();
    reply->socket = socket;
    routes_.on_upgrade(virtual_request("GET", what.url, what.headers, {}),
                       reply);
    if (reply->answer)
      return perform(flow_->on_stream_failed(
        31920, "status " + std::to_string(reply->answer->status), now()));
    stream_ = std::move(socket);
    flow_->on_stream_opened(now());
    settle();
  }

  void stream_ended() {
    const auto gone = std::exchange(stream_, nullptr);
    if (caller_->hung_up() || hangs_up())
      flow_->on_caller_hung_up(now());
    perform(flow_->on_stream_ended(now()));
  }

  bool hangs_up() {
    using app::standins::caller_person;
    for (const auto& order : phone_->tick(now(), 0))
      if (std::holds_alternative<caller_person::hung_up>(order)
          || std::holds_alternative<caller_person::gave_up>(order))
        return true;
    return false;
  }

  // -- time -------------------------------------------------------------------

  /// Runs until nothing is left to do at this point in time.
  void settle() {
    for (auto busy = true; busy;) {
      consume_messages();
      busy = stream_ && stream_->poll(now());
      for (std::size_t i = 0; i < sessions_.size(); ++i)
        busy = sessions_[i]->poll(now()) || busy;
    }
    for (const auto& x : std::exchange(resets_, {}))
      x->cut(now());
  }

  void step() {
    advance_time(ms{5});
    answer_functions();
    settle();
    if (stream_ && stream_->ended())
      stream_ended();
    else if (!stream_ && !over_ && hangs_up())
      perform(flow_->on_caller_hung_up(now()));
    if (waited_at_ && now() >= *waited_at_ && !over_) {
      waited_at_.reset();
      perform(flow_->on_waited(now()));
    }
  }

  /// The servers of functions answer when it is time.
  void answer_functions() {
    for (auto& x : servers_.exchanges) {
      if (!x->done)
        continue;
      const auto path = x->request.url.substr(x->request.url.find('/', 8));
      auto known = std::find_if(answers_.begin(), answers_.end(),
                                [&](auto& y) { return y.of == x; });
      if (known == answers_.end()) {
        auto answer = cast_->tools().answer(path);
        const auto due = now() + ms{answer.delay_ms};
        answers_.push_back({x, due, std::move(answer)});
        known = std::prev(answers_.end());
      }
      if (now() < known->due)
        continue;
      std::exchange(x->done, {})(
        net::http_client_response{known->what.status, {}, known->what.body});
    }
  }

  void on_event(const app::standins::timeline_event& event) {
    if (event.what != app::standins::timeline_event::kind::cue)
      return;
    for (const auto& x : what_->faults) {
      if (x.at != event.text)
        continue;
      if (x.reset)
        resets_ = sessions_; // Not from within one of them.
      for (std::size_t i = 0; i < models_.size(); ++i) {
        if (x.model)
          models_[i]->set_faults(*x.model, now());
        if (x.error)
          sessions_[i]->deliver(models_[i]->send_error(*x.error));
      }
    }
  }

  struct due_answer {
    std::shared_ptr<fake_http::exchange> of;
    time_point due;
    app::tool_answer what;
  };

  const app::scenario* what_ = nullptr;
  fake_http servers_;
  std::vector<due_answer> answers_;
  std::optional<app::scenario_cast> cast_;
  net::http_handler routes_;
  std::vector<std::unique_ptr<app::standins::demo_agent>> models_;
  std::vector<std::shared_ptr<machine_socket>> sessions_;
  std::vector<std::shared_ptr<machine_socket>> resets_;
  std::shared_ptr<app::standins::phone_call> phone_;
  std::unique_ptr<app::standins::call_flow> flow_;
  std::unique_ptr<app::standins::demo_caller> caller_;
  std::shared_ptr<machine_socket> stream_; // While it is open.
  std::optional<time_point> waited_at_;
  std::vector<std::string> callback_failures_;
  bool over_ = false;
};

} // namespace offhook::tests
