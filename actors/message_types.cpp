#include "actors/message_types.hpp"

#include <caf/init_global_meta_objects.hpp>

#include "actors/messages.hpp"

namespace offhook::actors {

void register_message_types() {
  caf::init_global_meta_objects<caf::id_block::offhook>();
  caf::core::init_global_meta_objects();
}

} // namespace offhook::actors
