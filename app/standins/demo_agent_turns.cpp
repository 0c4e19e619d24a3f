#include "app/standins/demo_agent_impl.hpp"

#include <array>
#include <cstdio>
#include <utility>

#include "protocol/base64.hpp"

namespace offhook::app::standins {

namespace {

constexpr std::uint64_t min_commit_ms = 100;

std::string placeholder(std::uint64_t ms) {
  std::array<char, 48> text{};
  std::snprintf(text.data(), text.size(), "(caller speech, %.1f s)",
                static_cast<double>(ms) / 1000);
  return text.data();
}

} // namespace

void demo_agent::impl::configure_input() {
  input.set_format(session->input_format());
  auto turns = session->turns();
  if (!turns || options.counter_mode) {
    input.set_rule(std::nullopt);
    return;
  }
  loudness_rule rule;
  rule.threshold_rms = turns->threshold * options.timing.full_threshold_rms;
  rule.min_speech_ms = options.timing.min_speech_ms;
  rule.prefix_padding_ms = turns->prefix_padding_ms;
  rule.silence_duration_ms = turns->silence_duration_ms;
  input.set_rule(rule);
  if (turns->idle_timeout_ms == 0)
    idle_at.reset();
}

void demo_agent::impl::append(const json::value& event) {
  auto bytes = protocol::base64::decode(json::find_text(event, "audio"));
  if (!bytes)
    return refuse("invalid_value", "The audio is not valid base64.", "audio",
                  json::find_text(event, "event_id"));
  ++stats.appends;
  stats.input_bytes += bytes->size();
  if (options.counter_mode)
    return count(*bytes);
  for (auto edge : input.append(*bytes)) {
    if (edge.started)
      speech_started(edge.at_ms);
    else
      speech_stopped(edge.at_ms);
  }
  if (idle_wants_audio && input.clock_ms() > idle_clock_ms)
    idle_timeout();
}

void demo_agent::impl::speech_started(std::uint64_t at_ms) {
  idle_at.reset();
  idle_wants_audio = false;
  speech_id = new_id("item");
  speech_start_ms = at_ms;
  emit(event("input_audio_buffer.speech_started")
         .add("audio_start_ms", at_ms)
         .add("item_id", speech_id));
  // One that was only asked for is not there yet to be interrupted.
  auto turns = session->turns();
  if (auto* r = active(); r && r->created && turns && turns->interrupt_response)
    cancel(*r, "turn_detected");
}

void demo_agent::impl::speech_stopped(std::uint64_t at_ms) {
  emit(event("input_audio_buffer.speech_stopped")
         .add("audio_end_ms", at_ms)
         .add("item_id", speech_id));
  commit_item(std::exchange(speech_id, {}), speech_start_ms, at_ms, false);
  if (auto turns = session->turns(); turns && turns->create_response)
    create_response(nullptr, "");
}

void demo_agent::impl::commit(const json::value& event) {
  if (input.buffered_ms() < min_commit_ms) {
    std::array<char, 160> text{};
    std::snprintf(text.data(), text.size(),
                  "Error committing input audio buffer: buffer too small. "
                  "Expected at least 100ms of audio, but buffer only has "
                  "%.2fms of audio.",
                  static_cast<double>(input.buffered_ms()));
    return refuse("input_audio_buffer_commit_empty", text.data(), "",
                  json::find_text(event, "event_id"));
  }
  auto id = std::exchange(speech_id, {});
  commit_item(id.empty() ? new_id("item") : id, input.floor_ms(),
              input.clock_ms(), false);
}

void demo_agent::impl::commit_item(std::string id, std::uint64_t start_ms,
                                   std::uint64_t end_ms, bool idle) {
  auto item = std::make_shared<conversation_item>();
  item->id = std::move(id);
  item->role = "user";
  auto& part = item->content.emplace_back();
  part.type = "input_audio";
  part.format = session->input_format();
  part.audio_ms = end_ms - start_ms;
  part.audio = input.take(start_ms, end_ms);
  auto previous = items.last_id();
  auto committed = event("input_audio_buffer.committed");
  if (previous.empty())
    committed.add("previous_item_id", nullptr);
  else
    committed.add("previous_item_id", previous);
  emit(committed.add("item_id", item->id));
  add_item(item, previous);
  items.drop_audio_beyond(options.max_kept_audio_bytes);
  if (!idle) {
    auto& texts = options.script.caller_texts;
    if (options.script.transcribe)
      caller_text = options.script.transcribe();
    else
      caller_text = caller_turns < texts.size() ? texts[caller_turns]
                                                : placeholder(part.audio_ms);
    ++caller_turns;
  }
  if (session->transcribes())
    later.emplace(now + options.timing.transcription_delay,
                  [this, item, text = caller_text, idle] {
                    transcribe(item, text, idle);
                  });
}

void demo_agent::impl::transcribe(const item_ptr& item, std::string text,
                                  bool idle) {
  auto about_item = [&](std::string_view what) {
    auto type = "conversation.item.input_audio_transcription."
                + std::string{what};
    return event(type).add("item_id", item->id);
  };
  if (idle) {
    // Nobody spoke: there is nothing to write down.
    auto why = json::object{}
                 .add("type", "transcription_error")
                 .add("code", "audio_unintelligible")
                 .add("message", "The audio could not be transcribed.")
                 .add("param", nullptr);
    return emit(
      about_item("failed").add("content_index", 0).raw("error", why.text()));
  }
  item->content.front().transcript = text;
  auto half = text.find(' ', text.size() / 2);
  for (auto piece :
       {std::string_view{text}.substr(0, half),
        half == std::string::npos ? std::string_view{}
                                  : std::string_view{text}.substr(half)}) {
    if (piece.empty())
      continue;
    auto delta = about_item("delta");
    if (faults.nulls)
      delta.add("content_index", nullptr);
    else
      delta.add("content_index", 0);
    emit(delta.add("delta", piece));
  }
  auto seconds = (item->content.front().audio_ms + 999) / 1000;
  auto usage
    = json::object{}.add("type", "duration").add("seconds", seconds).text();
  emit(about_item("completed")
         .add("content_index", 0)
         .add("transcript", text)
         .raw("usage", usage));
}

void demo_agent::impl::idle_timeout() {
  idle_at.reset();
  auto turns = session->turns();
  if (!turns || turns->idle_timeout_ms == 0 || active() || input.speaking()) {
    idle_wants_audio = false;
    return;
  }
  if (input.clock_ms() <= idle_clock_ms) {
    // Without audio there is no silence to commit.
    idle_wants_audio = true;
    return;
  }
  idle_wants_audio = false;
  auto end_ms = input.clock_ms();
  auto length = std::min<std::uint64_t>(turns->idle_timeout_ms,
                                        end_ms - input.floor_ms());
  auto id = new_id("item");
  emit(event("input_audio_buffer.timeout_triggered")
         .add("audio_start_ms", end_ms - length)
         .add("audio_end_ms", end_ms)
         .add("item_id", id));
  commit_item(id, end_ms - length, end_ms, true);
  create_response(nullptr, "", true);
}

} // namespace offhook::app::standins
