// Precompiled for this room: what nearly every file of it includes anyway.
#include <caf/actor_system.hpp>
#include <caf/disposable.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <spdlog/spdlog.h>

#include "actors/environment.hpp"
#include "actors/messages.hpp"
