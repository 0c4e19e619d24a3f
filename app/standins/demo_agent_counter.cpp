#include "app/standins/demo_agent_impl.hpp"

#include "protocol/base64.hpp"

namespace offhook::app::standins {

namespace {

/// Prime, so that it shares no period with frames, and below the code of
/// mu-law silence (255), so that inserted silence shows.
constexpr unsigned counter_modulus = 251;

constexpr std::byte next_count(std::byte x) {
  return static_cast<std::byte>((std::to_integer<unsigned>(x) + 1)
                                % counter_modulus);
}

} // namespace

void demo_agent::impl::begin_counting() {
  if (!responses.empty())
    return;
  auto& r = responses.emplace_back();
  r.id = new_id("resp");
  r.number = ++response_count;
  ++stats.responses;
  r.created = true;
  r.format = session->output_format();
  r.voice = session->voice();
  r.max_output_tokens = session->max_output_tokens();
  r.conversation_id = conversation_id;
  auto& output = r.outputs.emplace_back();
  output.item = std::make_shared<conversation_item>();
  output.item->id = new_id("item");
  output.item->status = "in_progress";
  output.item->role = "assistant";
  emit(event("response.created")
         .raw("response", r.to_json("in_progress", "null", "null")));
  begin_output(r);
}

void demo_agent::impl::count(std::span<const std::byte> bytes) {
  std::uint64_t wrong = 0;
  std::uint64_t first_wrong = 0;
  for (auto x : bytes) {
    if (x != expected && wrong++ == 0)
      first_wrong = counted_in;
    // One lost byte is one mismatch, not one for every byte after it.
    expected = next_count(x);
    ++counted_in;
  }
  if (wrong > 0) {
    mismatches += wrong;
    stats.counter_mismatches += wrong;
    error({"counter_error", "counter_mismatch",
           "Input byte " + std::to_string(first_wrong)
             + " is not the next of the counter; so far "
             + std::to_string(mismatches) + " mismatches."},
          "audio", "");
  }
  if (!updated || bytes.empty())
    return;
  begin_counting();
  std::vector<std::byte> answer(bytes.size());
  for (auto& x : answer)
    x = static_cast<std::byte>(counted_out++ % counter_modulus);
  auto& r = responses.front();
  auto& output = r.outputs.front();
  emit(output_event(r, "response.output_audio.delta")
         .add("content_index", 0)
         .add("delta", protocol::base64::encode(answer)));
  voice_heard = true;
  ++stats.deltas;
  stats.output_bytes += answer.size();
  output.sent_audio += answer.size();
  // Lengths only: a call of an hour is not to be kept.
  output.item->content.front().audio_ms = output.sent_audio
                                          / bytes_per_ms(r.format);
}

} // namespace offhook::app::standins
