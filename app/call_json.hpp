#pragma once

#include <string>

#include "actors/messages.hpp"

namespace offhook::app {

/// The control API's view of calls, as JSON.
std::string to_json(const actors::call_info& call);
std::string to_json(const actors::call_list& calls);

/// What was said, as it was heard, and what it cost.
std::string to_json(const actors::call_document& said);

/// `{"error":{"code":...,"message":...}}`
std::string error_json(std::string_view code, std::string_view message);

} // namespace offhook::app
