#pragma once

namespace offhook::actors {

/// Tells CAF the types of our messages, and its own. Once in a process, before
/// there is any actor system.
void register_message_types();

} // namespace offhook::actors
