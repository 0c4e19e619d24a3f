#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <caf/fwd.hpp>

#include "actors/environment.hpp"
#include "actors/messages.hpp"
#include "app/access_policy.hpp"
#include "app/menu.hpp"
#include "app/refusal.hpp"
#include "net/http.hpp"
#include "net/http_client.hpp"

namespace offhook::app {

/// What the routes need; shared by all connections, any shard.
struct route_context {
  caf::actor_system* system = nullptr;
  actors::environment_ptr env;
  actors::call_registry_actor registry;
  std::vector<net::shard_loop*> loops;
  std::shared_ptr<const access_policy> access;
  net::ws_limits stream_limits;
  std::string greeting;   ///< said before the stream; empty: nothing
  std::string failure;    ///< said when a call failed
  menu choices;           ///< which agent is wanted
  refusal_rules refusals; ///< for calls that are not taken
  std::function<bool()> ready;
  std::function<void()> drain; ///< begins it; any number of times

  /// Asks another instance, whose origin its ticket vouches for; null: none is
  /// to be asked.
  std::function<void(net::http_client_request,
                     std::function<void(net::http_client_result)>)>
    ask_peer;
};

/// The HTTP surface: which path does what. The answer may come later, from an
/// actor; nothing here waits.
net::http_handler make_routes(std::shared_ptr<const route_context> context);

} // namespace offhook::app
