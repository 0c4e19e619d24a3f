#include "bench/neighbour_roles.hpp"

#include <atomic>
#include <chrono>
#include <exception>
#include <iostream>
#include <thread>
#include <utility>

#include "actors/behaviour_parts.hpp"
#include "app/commands.hpp"
#include "app/logging.hpp"
#include "app/secrets.hpp"
#include "app/server.hpp"
#include "app/standins/demo_agent_server.hpp"
#include "protocol/g711.hpp"

namespace g711 = offhook::protocol::g711;
namespace standins = offhook::app::standins;

namespace offhook::bench {

namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t speech_ms = 600'000;

std::atomic<int> blocks; // How often a thread was blocked.

actors::behaviour_actor spawn_blocking(caf::actor_system& system,
                                       actors::behaviour_context context) {
  auto run = [context](actors::behaviour_actor::pointer self)
    -> actors::behaviour_actor::behavior_type {
    actors::end_with_call(self, context);
    return {[self, context](const actors::call_event& x) {
      const auto* called = std::get_if<actors::events::tool_called>(&x.what);
      if (!called)
        return;
      std::this_thread::sleep_for(1s);
      ++blocks;
      actors::give(self, context,
                   actors::orders::answer_tool{called->call.call_id, "{}"});
    }};
  };
  // Where behaviours live: the thread that it blocks is one of theirs.
  caf::actor_config config{context.unit};
  return system.spawn_functor<caf::no_spawn_options>(std::true_type{}, config,
                                                     run);
}

actors::behaviour_registry behaviours() {
  auto result = actors::built_in_behaviours();
  result["tools"] = &spawn_blocking; // In the place of ours.
  return result;
}

/// Comes at twenty times the speed of speech, as the demo agent speaks.
standins::agent_reply long_speech() {
  standins::agent_reply result;
  result.outputs.emplace_back(standins::spoken_line{
    "Hum.",
    std::vector<std::byte>(g711::to_bytes(speech_ms), std::byte{0x10})});
  return result;
}

} // namespace

int neighbour_gateway(const std::vector<std::string>& args) {
  app::config cfg;
  auto error = cfg.read_arguments(args);
  auto keys = app::secrets::load("", error);
  if (!error.empty()) {
    std::cerr << "neighbours: " << error << "\n";
    return 2;
  }
  app::block_end_signals();
  app::start_logging(cfg.values().text("log.level"),
                     cfg.values().text("log.format"));
  auto status = 0;
  try {
    app::server gateway{cfg, std::move(keys), behaviours()};
    gateway.start();
    app::wait_for_end();
    gateway.stop();
    std::cout << "blocks=" << blocks << std::endl;
  } catch (const std::exception& x) {
    std::cerr << "neighbours: " << x.what() << "\n";
    status = 1;
  }
  app::stop_logging();
  return status;
}

int neighbour_agent() {
  app::block_end_signals();
  standins::demo_agent_server_options options;
  options.listener.port = 0;
  options.cast = [](const standins::demo_agent_handshake& client,
                    standins::demo_agent_options& out) {
    out.counter_mode = client.model != neighbour::talker
                       && client.model != neighbour::blocker;
    if (client.model == neighbour::talker) {
      out.script.answer = [](const auto&) { return long_speech(); };
    } else if (client.model == neighbour::blocker) {
      out.script.answer = [](const auto&) {
        standins::agent_reply result;
        result.outputs.emplace_back(standins::called_function{"block"});
        return result;
      };
    }
  };
  standins::demo_agent_server agent{std::move(options)};
  agent.start();
  std::cout << "neighbours' agent listens url=" << agent.url() << std::endl;
  app::wait_for_end();
  agent.stop();
  std::cout << "mismatches=" << agent.stats().counter_mismatches << std::endl;
  return 0;
}

} // namespace offhook::bench
