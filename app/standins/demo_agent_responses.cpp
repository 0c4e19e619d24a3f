#include "app/standins/demo_agent_impl.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

namespace offhook::app::standins {

namespace {

std::optional<std::uint64_t> token_limit_of(std::string_view text) {
  std::uint64_t result = 0;
  auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(),
                                   result);
  if (ec != std::errc{} || end != text.data() + text.size())
    return std::nullopt; // "inf"
  return result;
}

} // namespace

response_state* demo_agent::impl::active() {
  auto i = std::find_if(responses.begin(), responses.end(),
                        [](auto& r) { return !r.out_of_band && !r.over; });
  return i == responses.end() ? nullptr : &*i;
}

void demo_agent::impl::create_response(const json::value* params,
                                       std::string_view client_event_id,
                                       bool idle) {
  auto* conversation = json::find(params, "conversation");
  auto out_of_band = conversation && json::view(*conversation) == "none";
  if (options.counter_mode)
    return begin_counting();
  if (auto* r = active(); r && !out_of_band)
    return refuse("conversation_already_has_active_response",
                  "Conversation already has an active response in progress: "
                    + r->id
                    + ". Wait until the response is finished before creating "
                      "a new one.",
                  "", client_event_id);
  response_state r;
  if (!check_input(params, client_event_id, r.input))
    return;
  auto* audio = json::find(params, "audio");
  auto* output = json::find(audio, "output");
  auto* voice = json::find(output, "voice");
  r.voice = voice ? json::to_text(*voice) : session->voice();
  if (voice_heard && r.voice != session->voice())
    return refuse("cannot_update_voice",
                  "Cannot update a conversation's voice if assistant audio is "
                  "present.",
                  "response.audio.output.voice", client_event_id);
  r.id = new_id("resp");
  r.number = ++response_count;
  ++stats.responses;
  r.out_of_band = out_of_band;
  r.conversation_id = out_of_band ? std::string{} : conversation_id;
  auto* format = json::find(output, "format");
  r.format = format ? audio_format_of(json::find_text(*format, "type"))
                        .value_or(audio_format::pcm)
                    : session->output_format();
  auto* modalities = json::find(params, "output_modalities");
  r.text_only = modalities ? json::view((*modalities)[0]) == "text"
                           : session->text_only();
  auto* limit = json::find(params, "max_output_tokens");
  r.max_output_tokens = limit ? json::to_text(*limit)
                              : session->max_output_tokens();
  r.token_limit = token_limit_of(r.max_output_tokens);
  if (auto* metadata = json::find(params, "metadata"))
    r.metadata = json::to_text(*metadata);
  auto turn = describe(params, out_of_band, idle);
  r.input.text += text_tokens(turn.instructions)
                  + text_tokens(session->tools());
  if (!out_of_band)
    r.cached = {std::min(cached.text, r.input.text) / 64 * 64,
                std::min(cached.audio, r.input.audio) / 64 * 64};
  if (r.number == faults.reset_at_response)
    return reset();
  if (r.number == faults.silent_from_response)
    silent = true;
  if (r.number == faults.error_at_response)
    error(faults.error, "", client_event_id);
  if (faults.garbage)
    emit_garbage();
  plan(r, choose(turn));
  if (!out_of_band) {
    idle_at.reset();
    idle_wants_audio = false;
  }
  r.next_at = now + options.timing.created_delay;
  responses.push_back(std::move(r));
  if (options.timing.created_delay.count() == 0)
    step(responses.back());
}

void demo_agent::impl::step(response_state& r) {
  if (!r.created) {
    r.created = true;
    emit(event("response.created")
           .raw("response", r.to_json("in_progress", "null", "null")));
    r.next_at = *r.next_at + options.timing.first_delta_delay
                + faults.first_delta_delay + r.delay;
    // Only a failure is told without anything said before it.
    if (!r.fail_after_deltas || *r.fail_after_deltas > 0)
      return;
  }
  auto all_said = r.current == r.outputs.size();
  if (r.failure
      && (all_said
          || (r.fail_after_deltas && r.deltas >= *r.fail_after_deltas))) {
    end_output(r, "incomplete");
    json::object inner;
    inner.add("type", r.failure->type);
    if (!r.failure->code.empty())
      inner.add("code", r.failure->code);
    inner.add("message", r.failure->message);
    return finish(
      r, "failed",
      json::object{}.add("type", "failed").raw("error", inner.text()).text());
  }
  if (all_said && !r.incomplete_reason.empty())
    return finish(r, "incomplete",
                  json::object{}
                    .add("type", "incomplete")
                    .add("reason", r.incomplete_reason)
                    .text());
  if (all_said)
    return finish(r, "completed", "null");
  next_delta(r);
}

void demo_agent::impl::cancel(response_state& r, std::string_view reason) {
  ++stats.cancelled;
  end_output(r, "incomplete");
  finish(r, "cancelled",
         json::object{}.add("type", "cancelled").add("reason", reason).text());
  leave_late_deltas(r);
}

void demo_agent::impl::cancel_response(const json::value& event) {
  auto id = json::find_text(event, "response_id");
  // Before `response.created` there is nothing to cancel, and it comes anyway.
  auto i = std::find_if(responses.begin(), responses.end(), [&](auto& r) {
    return r.created && !r.over && (id.empty() ? !r.out_of_band : r.id == id);
  });
  if (i == responses.end())
    return refuse("response_cancel_not_active",
                  "Cancellation failed: no active response found", "",
                  json::find_text(event, "event_id"));
  cancel(*i, "client_cancelled");
}

void demo_agent::impl::finish(response_state& r, std::string_view status,
                              const std::string& details) {
  r.over = true;
  r.next_at.reset();
  bill(r);
  emit(event("response.done")
         .raw("response",
              r.to_json(status, details, faults.nulls ? "null" : r.usage())));
  auto limit = [&](std::string_view name, std::uint64_t all, std::uint64_t used,
                   double seconds) {
    auto result = json::object{}
                    .add("name", name)
                    .add("limit", all)
                    .add("remaining", all - std::min(all, used));
    return faults.nulls ? result.add("reset_seconds", nullptr).text()
                        : result.add("reset_seconds", seconds).text();
  };
  auto limits = json::array{}
                  .raw(limit("requests", 5000, r.number, 0.012))
                  .raw(limit("tokens", 400'000, stats.tokens.input_text, 0.3));
  emit(event("rate_limits.updated").raw("rate_limits", limits.text()));
  auto turns = session->turns();
  if (r.out_of_band || !turns || turns->idle_timeout_ms == 0)
    return;
  // The server cannot see the playback: it adds the length of the audio.
  idle_at = now + std::chrono::milliseconds{r.audio_ms()}
            + std::chrono::milliseconds{turns->idle_timeout_ms};
  idle_clock_ms = input.clock_ms();
}

void demo_agent::impl::bill(response_state& r) {
  auto said = r.output_tokens();
  // A response that failed before it said anything costs nothing.
  if (r.failure && said.text + said.audio == 0) {
    r.input = {};
    r.cached = {};
  }
  stats.tokens += {r.input.text,   r.input.audio, r.cached.text,
                   r.cached.audio, said.text,     said.audio};
  if (!r.out_of_band && r.input.text > 0)
    cached = {r.input.text + said.text, r.input.audio + said.audio};
}

} // namespace offhook::app::standins
