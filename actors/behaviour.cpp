#include "actors/behaviour.hpp"

#include <caf/actor_system.hpp>

#include "actors/call_limits.hpp"
#include "actors/call_tools.hpp"
#include "actors/key_input.hpp"
#include "actors/silence_policy.hpp"
#include "actors/transcript.hpp"

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
  behaviour_kind transcript{&spawn_at<transcript_impl>};
  transcript.settings = transcript_state::settings();
  transcript.check = transcript_state::check;
  return {{"keys", &spawn_at<key_input_impl>},
          {"limits", &spawn_at<call_limits_impl>},
          {"tools", &spawn_at<call_tools_impl>},
          {"transcript", std::move(transcript)},
          {"silence", &spawn_at<silence_impl>}};
}

} // namespace offhook::actors
