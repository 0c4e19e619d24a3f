#include "app/standins/demo_agent_impl.hpp"

#include <algorithm>
#include <memory>
#include <utility>

#include "protocol/base64.hpp"

namespace offhook::app::standins {

json::object demo_agent::impl::output_event(const response_state& r,
                                            std::string_view type) {
  auto result = event(type);
  result.add("response_id", r.id)
    .add("item_id", r.outputs[r.current].item->id)
    .add("output_index", r.current);
  return result;
}

void demo_agent::impl::begin_output(response_state& r) {
  auto& output = r.outputs[r.current];
  output.begun = true;
  emit(event("response.output_item.added")
         .add("response_id", r.id)
         .add("output_index", r.current)
         .raw("item", output.item->text()));
  if (!r.out_of_band)
    add_item(output.item, "");
  if (output.is_call())
    return;
  auto part = r.text_only
                ? json::object{}.add("type", "text").add("text", "")
                : json::object{}.add("type", "audio").add("transcript", "");
  emit(output_event(r, "response.content_part.added")
         .add("content_index", 0)
         .raw("part", part.text()));
  auto& content = output.item->content.emplace_back();
  content.type = r.text_only ? "output_text" : "output_audio";
  content.format = r.format;
  if (!r.text_only)
    content.transcript = "";
}

void demo_agent::impl::end_output(response_state& r, std::string_view status) {
  if (r.current == r.outputs.size() || !r.outputs[r.current].begun)
    return;
  auto& output = r.outputs[r.current];
  auto& item = *output.item;
  auto said = output.text.substr(0, output.sent_text);
  item.status = status;
  output.ended = true;
  auto of_part = [&](std::string_view type) {
    return output_event(r, type).add("content_index", 0);
  };
  if (output.is_call()) {
    // What was cut short is no call: its arguments may be half of a text.
    if (status == "completed")
      emit(output_event(r, "response.function_call_arguments.done")
             .add("call_id", item.call_id)
             .add("name", item.name)
             .add("arguments", said));
  } else if (r.text_only) {
    emit(of_part("response.output_text.done").add("text", said));
    emit(of_part("response.content_part.done")
           .raw("part",
                json::object{}.add("type", "text").add("text", said).text()));
  } else {
    emit(of_part("response.output_audio.done"));
    emit(
      of_part("response.output_audio_transcript.done").add("transcript", said));
    emit(
      of_part("response.content_part.done")
        .raw(
          "part",
          json::object{}.add("type", "audio").add("transcript", said).text()));
  }
  if (!r.out_of_band && items.find(item.id))
    item_event("conversation.item.done", item);
  emit(event("response.output_item.done")
         .add("response_id", r.id)
         .add("output_index", r.current)
         .raw("item", item.text()));
  ++r.current;
}

void demo_agent::impl::next_delta(response_state& r) {
  auto& output = r.outputs[r.current];
  if (!output.begun)
    begin_output(r);
  auto per_ms = bytes_per_ms(r.format);
  auto bytes = std::min(options.timing.delta_ms * per_ms,
                        output.audio.size() - output.sent_audio);
  auto text = std::string{output.next_text(output.sent_audio + bytes)};
  if (r.token_limit) {
    auto said = r.output_tokens();
    if (said.text + said.audio + text_tokens(text) + bytes / (per_ms * 50)
        > *r.token_limit) {
      end_output(r, "incomplete");
      return finish(r, "incomplete",
                    json::object{}
                      .add("type", "incomplete")
                      .add("reason", "max_output_tokens")
                      .text());
    }
  }
  if (!text.empty())
    text_delta(r,
               output.is_call() ? "response.function_call_arguments.delta"
               : r.text_only    ? "response.output_text.delta"
                                : "response.output_audio_transcript.delta",
               text);
  if (bytes > 0) {
    auto all = std::span<const std::byte>{output.audio};
    audio_delta(r, all.subspan(output.sent_audio, bytes));
  }
  ++r.deltas;
  if (++stats.deltas == faults.reset_after_deltas)
    return reset();
  if (!output.exhausted()) {
    auto ms = bytes > 0
                ? static_cast<double>(bytes) / static_cast<double>(per_ms)
                : options.timing.delta_ms;
    if (options.timing.speed > 0)
      *r.next_at += std::chrono::microseconds{
        static_cast<std::int64_t>(ms * 1000 / options.timing.speed)};
    return;
  }
  end_output(r, "completed");
  // With nothing left to say the end follows at once.
  if (r.current == r.outputs.size())
    step(r);
}

void demo_agent::impl::text_delta(response_state& r, std::string_view type,
                                  std::string_view delta) {
  auto& output = r.outputs[r.current];
  auto x = output_event(r, type);
  if (output.is_call())
    x.add("call_id", output.item->call_id);
  else
    x.add("content_index", 0);
  emit(x.add("delta", delta));
  output.sent_text += delta.size();
  auto& item = *output.item;
  if (output.is_call())
    item.arguments += delta;
  else if (r.text_only)
    item.content.front().text += delta;
  else if (!item.truncated)
    item.content.front().transcript->append(delta);
}

void demo_agent::impl::audio_delta(response_state& r,
                                   std::span<const std::byte> bytes) {
  auto& output = r.outputs[r.current];
  emit(output_event(r, "response.output_audio.delta")
         .add("content_index", 0)
         .add("delta", protocol::base64::encode(bytes)));
  voice_heard = true;
  output.sent_audio += bytes.size();
  stats.output_bytes += bytes.size();
  if (output.item->truncated)
    return;
  auto& part = output.item->content.front();
  part.audio.insert(part.audio.end(), bytes.begin(), bytes.end());
  part.audio_ms = part.audio.size() / bytes_per_ms(r.format);
}

void demo_agent::impl::leave_late_deltas(response_state& r) {
  // The output that was cut is the one before the next.
  if (faults.late_deltas == 0 || r.current == 0)
    return;
  auto cut = std::make_shared<response_state>(r);
  cut->current = r.current - 1;
  auto at = now;
  for (std::size_t i = 0; i < faults.late_deltas; ++i) {
    at += std::chrono::milliseconds{5};
    later.emplace(at, [this, cut] {
      auto& output = cut->outputs[cut->current];
      auto left = output.audio.size() - output.sent_audio;
      auto bytes = std::min(options.timing.delta_ms * bytes_per_ms(cut->format),
                            left);
      if (bytes == 0)
        return;
      auto all = std::span<const std::byte>{output.audio};
      emit(output_event(*cut, "response.output_audio.delta")
             .add("content_index", 0)
             .add("delta", protocol::base64::encode(
                             all.subspan(output.sent_audio, bytes))));
      output.sent_audio += bytes;
    });
  }
}

} // namespace offhook::app::standins
