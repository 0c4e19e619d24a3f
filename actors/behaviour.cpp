#include "actors/behaviour.hpp"

#include <caf/actor_system.hpp>

#include "actors/call_tools.hpp"
#include "actors/key_input.hpp"
#include "actors/silence_policy.hpp"

namespace offhook::actors {

namespace {

template <class Impl>
behaviour_actor spawn_at(caf::actor_system& sys, behaviour_context context) {
  caf::actor_config config{context.unit};
  return sys.spawn_class<Impl, caf::no_spawn_options>(config,
                                                      std::move(context));
}

} // namespace

behaviour_registry built_in_behaviours() {
  return {{"keys", &spawn_at<key_input_impl>},
          {"tools", &spawn_at<call_tools_impl>},
          {"silence", &spawn_at<silence_impl>}};
}

} // namespace offhook::actors
