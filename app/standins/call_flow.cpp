#include "app/standins/call_flow.hpp"

#include <array>
#include <ctime>
#include <utility>

#include "protocol/crypto.hpp"

namespace offhook::app::standins {

namespace form = protocol::form;
using kind = timeline_event::kind;

namespace {

// Twilio has a limit of its own; a loop of redirects must end somewhere.
constexpr std::size_t max_documents = 50;

std::string wall_clock(const char* format) {
  const auto now = std::time(nullptr);
  std::tm utc{};
  ::gmtime_r(&now, &utc);
  std::array<char, 64> text{};
  return {text.data(), std::strftime(text.data(), text.size(), format, &utc)};
}

bool is_xml(std::string_view content_type) {
  const auto end = content_type.find_first_of("; ");
  const auto type = content_type.substr(0, end);
  return type == "text/xml" || type == "application/xml";
}

} // namespace

std::string_view to_string(call_ending x) noexcept {
  switch (x) {
    case call_ending::none:
      return "none";
    case call_ending::caller_hung_up:
      return "caller_hung_up";
    case call_ending::hung_up:
      return "hung_up";
    case call_ending::document_ended:
      return "document_ended";
    case call_ending::rejected:
      return "rejected";
    case call_ending::failed:
      return "failed";
  }
  return "?";
}

call_flow::call_flow(call_settings settings, std::shared_ptr<phone_call> call)
  : settings_(std::move(settings)),
    call_(std::move(call)) {
  if (settings_.call_sid.empty())
    settings_.call_sid = "CA" + protocol::crypto::random_hex(16);
}

call_flow::action call_flow::begin(time_point now) {
  return request(settings_.method, settings_.url, {}, now);
}

call_flow::action call_flow::on_response(const webhook_response& answer,
                                         time_point now) {
  if (ending_ != call_ending::none)
    return ended{};
  documents_.push_back({asked_method_, asked_, answer.status, answer.body, {}});
  if (answer.status < 200 || answer.status > 299)
    return document_failed(11200, "status " + std::to_string(answer.status),
                           now);
  if (!is_xml(answer.content_type))
    return document_failed(12300, "content type " + answer.content_type, now);
  auto read = read_twiml(answer.body);
  if (const auto* error = std::get_if<twiml_error>(&read))
    return document_failed(12100, error->why, now);
  auto& verbs = std::get<twiml_document>(read).verbs;
  std::string names;
  for (const auto& verb : verbs)
    names += (names.empty() ? "" : ", ") + verb.name;
  call_->note(now, kind::document, party::server,
              names.empty() ? "no verbs" : names);
  url_ = asked_;
  method_ = asked_method_;
  asked_fallback_ = false;
  verbs_ = {std::make_move_iterator(verbs.begin()),
            std::make_move_iterator(verbs.end())};
  return next(now);
}

call_flow::action call_flow::on_no_answer(int code, const std::string& why,
                                          time_point now) {
  if (ending_ != call_ending::none)
    return ended{};
  documents_.push_back({asked_method_, asked_, 0, {}, {}});
  return document_failed(code, why, now);
}

call_flow::action call_flow::on_waited(time_point now) {
  if (ending_ != call_ending::none)
    return ended{};
  switch (waiting_) {
    case waiting::for_input:
      return gather_input(now);
    case waiting::for_dial:
      return dialled(now);
    case waiting::for_verb:
      break;
  }
  return next(now);
}

void call_flow::on_stream_opened(time_point) {
  stream_event("stream-started", {});
}

call_flow::action call_flow::on_stream_ended(time_point now) {
  stream_event("stream-stopped", {});
  return connected(now);
}

call_flow::action call_flow::on_stream_failed(int code, const std::string& why,
                                              time_point now) {
  const auto text = std::to_string(code) + ": " + why;
  stream_event("stream-error", text);
  call_->fail(now, "the stream was not opened: " + text);
  return connected(now);
}

call_flow::action call_flow::on_caller_hung_up(time_point now) {
  return end(call_ending::caller_hung_up, now);
}

std::vector<webhook_request> call_flow::take_callbacks() {
  return std::exchange(callbacks_, {});
}

call_flow::action call_flow::request(std::string_view method,
                                     std::string_view reference,
                                     form::fields more, time_point now) {
  asked_method_ = method == "GET" ? "GET" : "POST";
  const auto url = resolve_url(url_, reference);
  if (!url) {
    asked_ = reference;
    return document_failed(11100, "no URL: " + asked_, now);
  }
  asked_ = *url;
  if (documents_.size() == max_documents)
    return document_failed(12100, "documents without end", now);
  auto params = standard();
  params.insert(params.end(), more.begin(), more.end());
  call_->note(now, kind::request, party::twilio, asked_method_ + ' ' + asked_);
  return fetch{
    make_webhook(asked_method_, asked_, params, settings_.auth_token)};
}

call_flow::action call_flow::document_failed(int code, const std::string& why,
                                             time_point now) {
  if (!documents_.empty() && documents_.back().url == asked_)
    documents_.back().fault = why;
  const auto text = std::to_string(code) + ": " + why + " (" + asked_ + ")";
  if (!settings_.fallback_url.empty()
      && !std::exchange(asked_fallback_, true)) {
    note(now, text + ", asking the fallback URL");
    return request("POST", settings_.fallback_url,
                   {{"ErrorCode", std::to_string(code)}, {"ErrorUrl", asked_}},
                   now);
  }
  call_->fail(now, text);
  return end(call_ending::failed, now);
}

call_flow::action call_flow::end(call_ending how, time_point now) {
  if (ending_ != call_ending::none)
    return ended{};
  ending_ = how;
  verbs_.clear();
  if (how != call_ending::caller_hung_up)
    call_->note(now, kind::hang_up, party::twilio,
                "ends the call: " + std::string{to_string(how)});
  if (!settings_.status_callback.empty()) {
    auto params = standard();
    const auto seconds
      = std::chrono::ceil<std::chrono::seconds>(now - call_->began()).count();
    for (auto& more :
         form::fields{{"CallDuration", std::to_string(seconds)},
                      {"Timestamp", wall_clock("%a, %d %b %Y %H:%M:%S +0000")},
                      {"SequenceNumber", "0"},
                      {"CallbackSource", "call-progress-events"}})
      params.push_back(std::move(more));
    callbacks_.push_back(make_webhook("POST", settings_.status_callback, params,
                                      settings_.auth_token));
  }
  return ended{};
}

void call_flow::stream_event(std::string_view event, const std::string& error) {
  const auto* stream = current_.child("Stream");
  const auto callback = stream ? stream->attribute("statusCallback")
                               : std::nullopt;
  const auto url = callback ? resolve_url(url_, *callback) : std::nullopt;
  if (!url)
    return;
  form::fields params{{"AccountSid", settings_.account_sid},
                      {"CallSid", settings_.call_sid},
                      {"StreamSid", stream_sid_},
                      {"StreamName",
                       std::string{stream->attribute("name").value_or("")}},
                      {"StreamEvent", std::string{event}},
                      {"Timestamp", wall_clock("%Y-%m-%dT%H:%M:%SZ")}};
  if (!error.empty())
    params.emplace_back("StreamError", error);
  const auto method
    = stream->attribute("statusCallbackMethod").value_or("POST");
  callbacks_.push_back(
    make_webhook(method, *url, params, settings_.auth_token));
}

void call_flow::note(time_point now, std::string text) {
  call_->note(now, kind::verb, party::twilio, std::move(text));
}

std::string_view call_flow::status() const noexcept {
  if (ending_ == call_ending::none)
    return answered_ ? "in-progress" : "ringing";
  if (ending_ == call_ending::failed && !answered_)
    return "failed";
  if (ending_ == call_ending::rejected)
    return current_.attribute("reason") == "busy" ? "busy" : "no-answer";
  return "completed";
}

form::fields call_flow::standard() const {
  return {{"CallSid", settings_.call_sid},
          {"AccountSid", settings_.account_sid},
          {"From", settings_.from},
          {"To", settings_.to},
          {"Caller", settings_.from},
          {"Called", settings_.to},
          {"CallStatus", std::string{status()}},
          {"Direction", "inbound"},
          {"ApiVersion", "2010-04-01"}};
}

} // namespace offhook::app::standins
