#pragma once

#include <string>

namespace offhook::app {

/// Sets up the process's log: lines on standard error, written by a thread of
/// their own so that no shard waits for a terminal; when it falls behind, the
/// oldest lines go. Control characters in a message are escaped, so that no
/// peer can write lines of its own.
/// @param level debug, info, warn, error, off
/// @param format text or json (one object a line)
void start_logging(const std::string& level, const std::string& format);

/// Writes what is queued and ends the thread.
void stop_logging();

} // namespace offhook::app
