#include "app/standins/demo_agent.hpp"

#include "protocol/json.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "app/standins/demo_agent_impl.hpp"

namespace offhook::app::standins {

namespace {

/// Deeper nesting is refused before anything walks down it.
constexpr std::size_t max_depth = 64;

constexpr std::string_view beta_code = "beta_api_shape_disabled";

} // namespace

demo_agent::impl::impl(demo_agent_options opts, demo_agent_handshake shake)
  : options(std::move(opts)),
    handshake(std::move(shake)),
    faults(options.faults) {
  stats.sessions = 1;
}

void demo_agent::impl::open() {
  set_faults(faults);
  conversation_id = new_id("conv");
  auto age = options.timing.session_age;
  expires_at = now + age;
  session.emplace(
    handshake.model, new_id("sess"),
    options.epoch_s
      + std::chrono::duration_cast<std::chrono::seconds>(age).count());
  configure_input();
  auto refuse_session = [&](std::string_view code, std::string_view message) {
    refuse(code, message, "", "");
    close(4000, "invalid_request_error." + std::string{code});
  };
  if (handshake.beta_header)
    return refuse_session(beta_code, "The Realtime Beta API is no longer "
                                     "supported. Please use /v1/realtime for "
                                     "the GA API.");
  if (handshake.model.empty() || handshake.model.starts_with("gpt-live"))
    return refuse_session("invalid_model",
                          "Model \"" + handshake.model
                            + "\" is not supported in realtime mode.");
  emit(event("session.created").raw("session", session->text()));
}

void demo_agent::impl::read(std::string_view text) {
  if (over)
    return;
  ++stats.client_events;
  rapidjson::Document parsed;
  if (json::depth(text) <= max_depth && protocol::json::has_safe_numbers(text))
    parsed.Parse<rapidjson::kParseIterativeFlag
                 | rapidjson::kParseValidateEncodingFlag>(text.data(),
                                                          text.size());
  if (parsed.HasParseError() || !parsed.IsObject())
    return refuse("invalid_event", "The event is not a JSON object.", "", "");
  auto* type = json::find(parsed, "type");
  auto id = json::find_text(parsed, "event_id");
  if (!type || !type->IsString())
    return refuse("invalid_event", "The event has no type.", "type", id);
  if (has_beta_shape(parsed)) {
    refuse(beta_code, "The Realtime Beta API is no longer supported.", "", id);
    return close(4000, "invalid_request_error.beta_api_shape_disabled");
  }
  auto kind = client_event_of(json::view(*type));
  if (!kind || *kind == client_event::output_clear)
    return refuse("invalid_value",
                  "Invalid value: '" + std::string{json::view(*type)} + "'.",
                  "type", id);
  if (auto bad = check_client_event(*kind, parsed))
    return refuse(*bad, parsed);
  dispatch(*kind, parsed);
}

void demo_agent::impl::dispatch(client_event kind, const json::value& event) {
  switch (kind) {
    case client_event::session_update:
      return update_session(event);
    case client_event::audio_append:
      return append(event);
    case client_event::audio_commit:
      return commit(event);
    case client_event::audio_clear:
      input.clear();
      speech_id.clear();
      return emit(this->event("input_audio_buffer.cleared"));
    case client_event::item_create:
      return create_item(event);
    case client_event::item_truncate:
      return truncate_item(event);
    case client_event::item_delete:
      return delete_item(event);
    case client_event::item_retrieve:
      return retrieve_item(event);
    case client_event::response_create:
      return create_response(json::find(event, "response"),
                             json::find_text(event, "event_id"));
    case client_event::response_cancel:
      return cancel_response(event);
    default:
      return; // Refused before.
  }
}

void demo_agent::impl::update_session(const json::value& event) {
  auto& update = *json::find(event, "session");
  if (faults.reject_update)
    return error(*faults.reject_update, "session",
                 json::find_text(event, "event_id"));
  if (auto bad = session->check(update, voice_heard))
    return refuse(*bad, event);
  session->apply(update);
  if (auto format = audio_format_of(faults.echo_format))
    session->force_format(*format);
  configure_input();
  updated = true;
  emit(this->event("session.updated").raw("session", session->text()));
}

void demo_agent::impl::set_faults(demo_agent_faults x) {
  faults = std::move(x);
  auto after = [this](auto delay) {
    return delay ? std::optional{now + *delay} : std::nullopt;
  };
  reset_at = after(faults.reset_after);
  close_at = after(faults.close_after);
  silent = faults.silent;
}

std::optional<time_point> demo_agent::impl::next() const {
  if (over)
    return std::nullopt;
  std::optional<time_point> result;
  auto consider = [&](std::optional<time_point> x) {
    if (x && (!result || *x < *result))
      result = x;
  };
  for (auto x : {expires_at, idle_at, reset_at, close_at})
    consider(x);
  for (auto& r : responses)
    consider(r.next_at);
  if (!later.empty())
    consider(later.begin()->first);
  return result;
}

void demo_agent::impl::run(time_point until) {
  for (auto due = next(); due && *due <= until; due = next()) {
    now = std::max(now, *due);
    if (reset_at && *reset_at <= now)
      return reset();
    if (close_at && *close_at <= now)
      return close(faults.close_code, faults.close_reason);
    if (expires_at && *expires_at <= now) {
      constexpr std::string_view reason
        = "Your session hit the maximum duration of 60 minutes.";
      refuse("session_expired", reason, "", "");
      return close(1001, reason);
    }
    if (!later.empty() && later.begin()->first <= now) {
      auto f = std::move(later.begin()->second);
      later.erase(later.begin());
      f();
      continue;
    }
    if (idle_at && *idle_at <= now) {
      idle_timeout();
      continue;
    }
    // The one that has waited longest, so that replies keep their order.
    response_state* first = nullptr;
    for (auto& r : responses)
      if (r.next_at && (!first || *r.next_at < *first->next_at))
        first = &r;
    if (first && *first->next_at <= now)
      step(*first);
    std::erase_if(responses, [](auto& r) { return r.over; });
  }
  now = std::max(now, until);
}

demo_agent::demo_agent(demo_agent_options options,
                       demo_agent_handshake handshake)
  : impl_(std::make_unique<impl>(std::move(options), std::move(handshake))) {
}

demo_agent::~demo_agent() = default;

effects demo_agent::on_open(time_point now) {
  impl_->now = now;
  impl_->open();
  return impl_->take_out();
}

effects demo_agent::on_text(std::string_view text, time_point now) {
  impl_->run(now); // What is due by now comes first.
  auto result = impl_->take_out();
  if (impl_->options.on_message)
    impl_->options.on_message(true, text, now);
  impl_->read(text);
  std::erase_if(impl_->responses, [](auto& r) { return r.over; });
  auto answers = impl_->take_out();
  result.insert(result.end(), std::make_move_iterator(answers.begin()),
                std::make_move_iterator(answers.end()));
  return result;
}

void demo_agent::on_closed(std::uint16_t, time_point) {
  impl_->over = true;
}

effects demo_agent::on_time(time_point now) {
  impl_->run(now);
  return impl_->take_out();
}

std::optional<time_point> demo_agent::next_time() const {
  return impl_->next();
}

void demo_agent::set_faults(demo_agent_faults faults, time_point now) {
  impl_->run(now);
  impl_->set_faults(std::move(faults));
}

effects demo_agent::send_error(const agent_error& error) {
  impl_->error(error, "", "");
  return impl_->take_out();
}

const demo_agent_stats& demo_agent::stats() const noexcept {
  return impl_->stats;
}

} // namespace offhook::app::standins
