#pragma once

#include <optional>
#include <string_view>

#include "app/standins/demo_agent_json.hpp"
#include "app/standins/demo_agent_schema.hpp"

namespace offhook::app::standins {

/// The client events of the Realtime API's GA interface, field by field: what
/// is not listed here is refused, as the service does.
enum class client_event {
  session_update,
  audio_append,
  audio_commit,
  audio_clear,
  item_create,
  item_truncate,
  item_delete,
  item_retrieve,
  response_create,
  response_cancel,
  output_clear, ///< WebRTC and SIP only
};

/// @returns nothing for a name that the GA interface does not have.
std::optional<client_event> client_event_of(std::string_view name);

/// @pre `event` is an object with that event's `type`.
/// @returns what is wrong with it, if anything.
std::optional<schema::violation> check_client_event(client_event kind,
                                                    const json::value& event);

/// Whether `event` has the shape of the retired beta interface, which ends the
/// session.
bool has_beta_shape(const json::value& event);

/// Whether that model takes `reasoning` and `parallel_tool_calls`. Names that
/// are not OpenAI's are believed to.
bool is_reasoning_model(std::string_view model);

} // namespace offhook::app::standins
