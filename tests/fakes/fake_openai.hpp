#pragma once

#include <memory>
#include <variant>
#include <vector>

#include <caf/typed_event_based_actor.hpp>

#include "actors/messages.hpp"
#include "actors/realtime_frames.hpp"
#include "tests/fakes/frame_notes.hpp"

namespace offhook::tests {

using openai_order = std::variant<
  actors::append_audio, actors::truncate_item, actors::delete_item,
  actors::create_response, actors::cancel_response, actors::put_text,
  actors::put_tool_call, actors::put_tool_result, actors::close_socket>;

/// Everything that the model's end was ordered to do, in order.
struct openai_record {
  std::vector<openai_order> orders;
  frame_notes frames; ///< what the real socket would have sent

  template <class T>
  std::vector<T> all() const {
    std::vector<T> result;
    for (const auto& x : orders)
      if (auto* found = std::get_if<T>(&x))
        result.push_back(*found);
    return result;
  }

  protocol::audio_bytes appended() const {
    protocol::audio_bytes result;
    for (const auto& x : all<actors::append_audio>())
      result.insert(result.end(), x.payload.begin(), x.payload.end());
    return result;
  }
};

/// The Realtime socket's interface; it only takes notes.
inline actors::openai_socket_actor::behavior_type
fake_openai(std::shared_ptr<openai_record> record) {
  auto writer = std::make_shared<actors::realtime_frames>(1);
  auto note = [record, writer](auto& x) {
    record->orders.emplace_back(x);
    record->frames.add(true, writer->of(x));
  };
  return {
    [note](actors::append_audio& x) { note(x); },
    [note](actors::truncate_item& x) { note(x); },
    [note](actors::delete_item& x) { note(x); },
    [note](actors::create_response& x) { note(x); },
    [note](actors::cancel_response& x) { note(x); },
    [note](actors::put_text& x) { note(x); },
    [note](actors::put_tool_call& x) { note(x); },
    [note](actors::put_tool_result& x) { note(x); },
    [](const actors::bridge_replaced&) {},
    [record](actors::close_socket& x) { record->orders.emplace_back(x); },
  };
}

} // namespace offhook::tests
