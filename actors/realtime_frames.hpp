#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "actors/messages.hpp"

namespace offhook::actors {

/// The bridge's orders as client events of one session, with their event ids.
class realtime_frames {
public:
  /// @param generation of the session within its call
  explicit realtime_frames(std::uint32_t generation) : generation_(generation) {
    // nop
  }

  std::string of(const append_audio& x);
  std::string of(const truncate_item& x);
  std::string of(const delete_item& x);
  std::string of(const create_response& x);
  std::string of(const cancel_response& x);
  std::string of(const put_text& x);
  std::string of(const put_tool_call& x);
  std::string of(const put_tool_result& x);

  std::string next_event_id();

  /// Which create an event id is of, should an error name it; 0: of none.
  static std::uint64_t create_of(std::string_view event_id) noexcept;

  /// Which item of ours an event id is of; empty: of none.
  static std::string_view item_of(std::string_view event_id) noexcept;

private:
  std::uint32_t generation_;
  std::uint64_t count_ = 0;
};

} // namespace offhook::actors
