#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "actors/environment.hpp"
#include "actors/pacer.hpp"

namespace offhook::tests {

/// An environment without a network, on the clock of `sys`, for actors under
/// the deterministic scheduler: one pacer, no dialling unless a test sets it.
inline std::shared_ptr<actors::environment>
make_environment(caf::actor_system& sys) {
  auto result = std::make_shared<actors::environment>();
  result->agent.session.instructions = "Be brief.";
  result->token_key = "test key";
  // Most tests' callers say what they have to say, and no more.
  result->limits.media_timeout = std::chrono::hours{1};
  result->metrics = std::make_shared<actors::metrics>(sys.metrics());
  result->random = [] { return 1.0; };
  result->wall_clock = [] { return std::int64_t{1'700'000'000}; };
  result->unit = [](std::uint32_t) -> caf::execution_unit* { return nullptr; };
  result->pacers.push_back(sys.spawn<actors::pacer_impl>(
    std::chrono::milliseconds{result->limits.tick_ms}));
  result->dial = [](net::ws_client_options,
                    std::function<void(net::connect_result)>) {
    return std::shared_ptr<net::ws_dial>{};
  };
  return result;
}

} // namespace offhook::tests
