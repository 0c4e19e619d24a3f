#include "actors/realtime_frames.hpp"

#include <charconv>

#include "protocol/openai_commands.hpp"

namespace openai = offhook::protocol::openai;

namespace offhook::actors {

namespace {

// The event id of a create says which one it was, should it be refused.
constexpr std::string_view create_prefix = "create_";

// The same of an item that we put into the conversation.
constexpr std::string_view item_prefix = "item_";

std::string event_id_of(const std::string& item_id) {
  return std::string{item_prefix} + item_id;
}

} // namespace

std::string realtime_frames::of(const append_audio& x) {
  return openai::append(x.payload);
}

std::string realtime_frames::of(const truncate_item& x) {
  return openai::truncate(next_event_id(), x.item_id, x.content_index,
                          x.audio_end_ms);
}

std::string realtime_frames::of(const delete_item& x) {
  return openai::delete_item(next_event_id(), x.item_id);
}

std::string realtime_frames::of(const create_response& x) {
  return openai::create_response(
    std::string{create_prefix} + std::to_string(x.create_id),
    {x.create_id, x.instructions, x.purpose, x.aside});
}

std::string realtime_frames::of(const cancel_response& x) {
  return openai::cancel_response(next_event_id(), x.response_id);
}

std::string realtime_frames::of(const put_text& x) {
  return openai::create_text_item(event_id_of(x.item_id), x.item_id, x.role,
                                  x.text);
}

std::string realtime_frames::of(const put_tool_call& x) {
  return openai::create_call_item(event_id_of(x.item_id), x.item_id, x.call_id,
                                  x.name, x.arguments);
}

std::string realtime_frames::of(const put_tool_result& x) {
  return openai::create_output_item(event_id_of(x.item_id), x.item_id,
                                    x.call_id, x.output);
}

std::string realtime_frames::next_event_id() {
  return "cl_" + std::to_string(generation_) + '_' + std::to_string(++count_);
}

std::uint64_t realtime_frames::create_of(std::string_view event_id) noexcept {
  std::uint64_t result = 0;
  if (event_id.starts_with(create_prefix))
    std::from_chars(event_id.data() + create_prefix.size(),
                    event_id.data() + event_id.size(), result);
  return result;
}

std::string_view realtime_frames::item_of(std::string_view event_id) noexcept {
  return event_id.starts_with(item_prefix) ? event_id.substr(item_prefix.size())
                                           : std::string_view{};
}

} // namespace offhook::actors
