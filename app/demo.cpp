#include "app/demo.hpp"

#include <unistd.h>

#include <filesystem>
#include <future>
#include <iostream>
#include <thread>

#include <rapidjson/document.h>
#include <spdlog/spdlog.h>

#include "app/demo_judge.hpp"
#include "app/demo_script.hpp"
#include "app/demo_timeline.hpp"
#include "app/server.hpp"
#include "app/standins/demo_agent_server.hpp"
#include "app/standins/demo_caller_client.hpp"
#include "app/wav.hpp"
#include "net/http_client.hpp"
#include "net/shard_loop.hpp"

namespace offhook::app {

namespace {

using standins::demo_caller_result;

/// A loop with a thread of its own, for the caller's side of the demo.
class loop_thread {
public:
  loop_thread() : loop_(0), thread_([this] { loop_.run(); }) {
  }

  ~loop_thread() {
    loop_.stop();
    thread_.join();
  }

  net::shard_loop& loop() noexcept {
    return loop_;
  }

private:
  net::shard_loop loop_;
  std::thread thread_;
};

/// What the server says of the call, asked as anybody would.
std::string fetch(loop_thread& caller, const std::string& url) {
  std::promise<std::string> body;
  auto future = body.get_future();
  std::shared_ptr<net::http_exchange> exchange;
  caller.loop().post([&] {
    net::http_client_request request;
    request.url = url;
    exchange = net::http_send(
      caller.loop(), std::move(request),
      [&body](net::http_client_result result) {
        auto* answer = std::get_if<net::http_client_response>(&result);
        body.set_value(answer ? answer->body : std::string{});
      });
  });
  return future.get();
}

std::uint64_t restarts_in(const std::string& json) {
  rapidjson::Document call;
  call.Parse<rapidjson::kParseIterativeFlag>(json.c_str());
  if (!call.IsObject() || !call.HasMember("children")
      || !call["children"].IsArray())
    return 0;
  std::uint64_t result = 0;
  for (const auto& child : call["children"].GetArray())
    if (child.IsObject() && child.HasMember("restarts")
        && child["restarts"].IsUint64())
      result += child["restarts"].GetUint64();
  return result;
}

demo_caller_result place_call(loop_thread& caller, std::uint16_t port,
                              standins::demo_agent_server& agent,
                              demo_timeline& timeline) {
  standins::demo_caller_options options;
  options.twilio.url = "http://127.0.0.1:" + std::to_string(port)
                       + "/incoming-call";
  options.person.steps = demo_caller_script();
  options.person.on_event = [&](const standins::timeline_event& event) {
    timeline.print(event);
    if (event.what == standins::timeline_event::kind::cue
        && event.text == cut_cue)
      agent.reset_sessions();
  };
  std::promise<demo_caller_result> over;
  auto future = over.get_future();
  std::shared_ptr<standins::demo_caller_client> client;
  caller.loop().post([&] {
    client = start_demo_call(caller.loop(), std::move(options),
                             [&over](demo_caller_result result) {
                               over.set_value(std::move(result));
                             });
  });
  return future.get();
}

} // namespace

int run_demo(config& cfg, const demo_options& options) {
  standins::demo_agent_server_options agent_options;
  agent_options.agent.script = demo_agent_script();
  standins::demo_agent_server agent{std::move(agent_options)};
  agent.start();

  auto& values = cfg.values();
  values.set("http.address", "127.0.0.1", "demo");
  values.set("http.port", "0", "demo");
  values.set("openai.url", agent.url(), "demo");
  values.set("twiml.greeting", "", "demo");
  secrets keys;
  keys.openai_api_key = "demo";
  server gateway{cfg, keys};
  gateway.start();

  auto style = style_for(STDOUT_FILENO);
  demo_timeline timeline{std::cout, style};
  loop_thread caller;
  auto call = place_call(caller, gateway.port(), agent, timeline);
  auto base = "http://127.0.0.1:" + std::to_string(gateway.port());
  auto restarts
    = restarts_in(fetch(caller, base + "/v1/calls/" + call.call_sid));

  demo_summary summary;
  summary.ending = to_string(call.ending);
  // Their last statistics are those of their end.
  gateway.stop();
  agent.stop();
  summary.failure = judge_call(call);
  if (summary.failure.empty())
    summary.failure = judge_agent(agent.stats());
  if (summary.failure.empty() && restarts != 1)
    summary.failure = "the Realtime socket was replaced "
                      + std::to_string(restarts) + " times, not once";
  summary.restarts = restarts;
  auto error = write_wav(options.recording,
                         call.tape.audio(standins::call_tape::track::caller),
                         call.tape.audio(standins::call_tape::track::agent));
  if (!error)
    summary.recording = std::filesystem::absolute(options.recording).string();
  else if (summary.failure.empty())
    summary.failure = *error;
  timeline.print_summary(call.stats, summary);
  return summary.failure.empty() ? 0 : 1;
}

} // namespace offhook::app
