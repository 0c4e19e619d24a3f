#pragma once

#include <memory>
#include <vector>

#include "actors/messages.hpp"

namespace offhook::tests {

/// What a call's behaviours would have seen.
struct event_record {
  template <class T>
  std::vector<T> all() const {
    std::vector<T> result;
    for (const auto& x : events)
      if (const auto* found = std::get_if<T>(&x.what))
        result.push_back(*found);
    return result;
  }

  std::vector<actors::call_event> events;
  int farewells = 0;
  std::vector<actors::call_outcome> ends;
  std::vector<std::uint32_t> adopted; ///< generations of sessions
  std::vector<actors::leave_line> departures;
};

inline actors::event_sink_actor::behavior_type
fake_sink(std::shared_ptr<event_record> record) {
  return {
    [record](const actors::call_event& x) { record->events.push_back(x); },
    [record](actors::farewell_heard) { ++record->farewells; },
    [record](const actors::end_call& x) { record->ends.push_back(x.outcome); },
    [record](const actors::session_adopted& x) {
      record->adopted.push_back(x.generation);
    },
    [record](const actors::leave_line& x) { record->departures.push_back(x); },
  };
}

} // namespace offhook::tests
