#include <algorithm>
#include <charconv>
#include <cmath>
#include <utility>

#include "app/standins/call_flow.hpp"
#include "protocol/crypto.hpp"
#include "protocol/signature.hpp"

// The verbs of TwiML, one by one.
namespace offhook::app::standins {

namespace form = protocol::form;
using std::chrono::milliseconds;

namespace {

// A voice says about 15 letters a second.
constexpr std::int64_t ms_per_letter = 65;
constexpr std::int64_t ms_per_play = 2000;

// What a tone takes with the pause behind it, and what `w` stands for.
constexpr std::int64_t ms_per_tone = 250;
constexpr std::int64_t ms_per_half_second = 500;

/// How long `<Play digits>` takes; nothing where it is none of Twilio's.
std::optional<std::int64_t> ms_of_digits(std::string_view digits) {
  std::int64_t result = 0;
  for (char c : digits)
    if (c == 'w' || c == 'W')
      result += c == 'w' ? ms_per_half_second : 2 * ms_per_half_second;
    else if ((c >= '0' && c <= '9') || c == '*' || c == '#')
      result += ms_per_tone;
    else
      return std::nullopt;
  return result;
}

std::int64_t number(const twiml_element& verb, std::string_view name,
                    std::int64_t otherwise) {
  const auto text = verb.attribute(name);
  std::int64_t result = 0;
  if (!text)
    return otherwise;
  const auto [end, error]
    = std::from_chars(text->data(), text->data() + text->size(), result);
  const bool whole = error == std::errc{} && end == text->data() + text->size();
  return whole && result >= 0 && result <= 3600 ? result : otherwise;
}

std::string_view method_of(const twiml_element& verb) {
  return verb.attribute("method").value_or("POST");
}

std::string_view finish_keys(const twiml_element& gather) {
  return gather.attribute("finishOnKey").value_or("#");
}

/// Whether Twilio goes on as soon as this is entered. Else it waits whether
/// something more comes.
bool ends_by_itself(const twiml_element& gather, const gathered& input) {
  if (input.digits.empty())
    return !input.speech.empty();
  return input.digits.find_first_of(finish_keys(gather)) != std::string::npos
         || static_cast<std::int64_t>(input.digits.size())
              >= number(gather, "numDigits", 3600);
}

bool takes_time(const twiml_element& verb) {
  return verb.name == "Say" || verb.name == "Play" || verb.name == "Pause";
}

} // namespace

call_flow::action call_flow::next(time_point now) {
  while (!verbs_.empty()) {
    auto verb = std::move(verbs_.front());
    verbs_.pop_front();
    if (verb.name == "Reject") {
      if (!answered_) {
        current_ = std::move(verb);
        return end(call_ending::rejected, now);
      }
      call_->violated(now, 12200, "Reject after the call was answered");
      continue;
    }
    // A pause in front of all else delays the answer; what else takes the call
    // anywhere but to another document answers it.
    answered_ = answered_ || (verb.name != "Pause" && verb.name != "Redirect");
    if (takes_time(verb))
      return take_time(verb, now);
    if (verb.name == "Gather")
      return gather(std::move(verb), now);
    if (verb.name == "Connect")
      return connect(verb, now);
    if (verb.name == "Dial")
      return dial(verb, now);
    if (verb.name == "Redirect")
      return redirect(verb, now);
    if (verb.name == "Hangup")
      return end(call_ending::hung_up, now);
    call_->violated(now, 12200,
                    "the verb " + verb.name.substr(0, 40)
                      + " is none that this stand-in knows");
  }
  return end(call_ending::document_ended, now);
}

call_flow::action call_flow::take_time(const twiml_element& verb,
                                       time_point now) {
  const auto length = length_of(verb);
  const auto digits = verb.attribute("digits");
  if (digits && !ms_of_digits(*digits))
    call_->violated(now, 12200, "Play of digits that there are not");
  auto what = digits ? std::string{*digits} : verb.text;
  note(now, verb.name + (what.empty() ? "" : ": ") + what + " ("
              + std::to_string(length.count()) + " ms)");
  waiting_ = waiting::for_verb;
  return wait{length};
}

call_flow::action call_flow::gather(twiml_element verb, time_point now) {
  std::string prompt;
  for (const auto& x : verb.children)
    prompt += ' ' + x.text;
  note(now, "Gather:" + prompt);
  const bool expects = inputs_taken_ < settings_.input.size();
  const auto& input = expects ? settings_.input[inputs_taken_] : gathered{};
  auto length = length_of(verb);
  if (!ends_by_itself(verb, input))
    length += milliseconds{
      std::llround(settings_.speech_factor * 1000.0
                   * static_cast<double>(number(verb, "timeout", 5)))};
  current_ = std::move(verb);
  waiting_ = waiting::for_input;
  return wait{length};
}

call_flow::action call_flow::gather_input(time_point now) {
  gathered input;
  if (inputs_taken_ < settings_.input.size())
    input = settings_.input[inputs_taken_++];
  const auto finish = finish_keys(current_);
  if (!finish.empty())
    input.digits = input.digits.substr(0, input.digits.find(finish.front()));
  input.digits = input.digits.substr(0, static_cast<std::size_t>(
                                          number(current_, "numDigits", 3600)));
  const auto modes = current_.attribute("input").value_or("dtmf");
  form::fields result;
  if (!input.digits.empty() && modes.find("dtmf") != std::string_view::npos)
    result = {{"Digits", input.digits}};
  else if (!input.speech.empty()
           && modes.find("speech") != std::string_view::npos)
    result = {{"SpeechResult", input.speech}, {"Confidence", "0.91"}};
  else if (current_.attribute("actionOnEmptyResult") == "true")
    result = {{"Digits", ""}};
  if (result.empty()) {
    note(now, "Gather: nothing was entered");
    return next(now);
  }
  note(now, "Gather: " + result.front().second);
  // Without an action the document itself is asked again.
  return request(method_of(current_),
                 current_.attribute("action").value_or(url_), result, now);
}

call_flow::action call_flow::dial(const twiml_element& verb, time_point now) {
  auto whom = verb.text;
  for (const auto& x : verb.children)
    whom += (whom.empty() ? "" : ", ") + x.text;
  note(now, "Dial: " + whom + " (" + settings_.dial_status + ")");
  current_ = verb;
  waiting_ = waiting::for_dial;
  return wait{milliseconds{settings_.dial_ms}};
}

call_flow::action call_flow::dialled(time_point now) {
  const auto action = current_.attribute("action");
  if (!action)
    return next(now);
  const bool bridged = settings_.dial_status == "completed"
                       || settings_.dial_status == "answered";
  return request(method_of(current_), *action,
                 {{"DialCallStatus", settings_.dial_status},
                  {"DialCallSid", "CA" + protocol::crypto::random_hex(16)},
                  {"DialCallDuration", bridged ? "1" : "0"},
                  {"DialBridged", bridged ? "true" : "false"}},
                 now);
}

call_flow::action call_flow::connect(const twiml_element& verb,
                                     time_point now) {
  current_ = verb;
  stream_sid_ = "MZ" + protocol::crypto::random_hex(16);
  const auto* stream = current_.child("Stream");
  if (!stream)
    return on_stream_failed(12200, "Connect without Stream", now);
  // A relative URL is one of the document's host, but for the scheme.
  const bool plain = url_.starts_with("http://");
  const auto url = resolve_url(with_scheme(url_, plain ? "ws" : "wss"),
                               stream->attribute("url").value_or(""));
  if (!url)
    return on_stream_failed(31922, "no URL", now);
  // Where the webhook itself was plain, this is a local test.
  if (!url->starts_with("wss://") && !(plain && url->starts_with("ws://")))
    return on_stream_failed(31922, "the scheme is not wss", now);
  if (url->find('?') != std::string::npos)
    return on_stream_failed(31920, "the URL has a query", now);
  open_stream result{
    *url, {}, {stream_sid_, settings_.call_sid, settings_.account_sid, {}}};
  for (const auto& x : stream->children)
    if (x.name == "Parameter")
      result.stream.parameters.emplace_back(
        std::string{x.attribute("name").value_or("")},
        std::string{x.attribute("value").value_or("")});
  if (!settings_.auth_token.empty())
    result.headers.emplace_back("x-twilio-signature",
                                protocol::signature::sign(settings_.auth_token,
                                                          with_scheme(*url,
                                                                      "wss")));
  return result;
}

call_flow::action call_flow::connected(time_point now) {
  if (ending_ != call_ending::none)
    return ended{};
  if (const auto action = current_.attribute("action"))
    return request(method_of(current_), *action, {{"StreamSid", stream_sid_}},
                   now);
  return next(now);
}

call_flow::action call_flow::redirect(const twiml_element& verb,
                                      time_point now) {
  return request(method_of(verb), verb.text, {}, now);
}

milliseconds call_flow::length_of(const twiml_element& verb) const {
  std::int64_t ms = 0;
  if (verb.name == "Pause")
    ms = 1000 * number(verb, "length", 1);
  else if (verb.name == "Say")
    ms = ms_per_letter * static_cast<std::int64_t>(verb.text.size())
         * std::max<std::int64_t>(1, number(verb, "loop", 1));
  else if (const auto digits = verb.attribute("digits");
           verb.name == "Play" && digits)
    ms = ms_of_digits(*digits).value_or(0);
  else if (verb.name == "Play")
    ms = ms_per_play;
  milliseconds result{
    std::llround(settings_.speech_factor * static_cast<double>(ms))};
  for (const auto& x : verb.children)
    if (takes_time(x))
      result += length_of(x);
  return result;
}

} // namespace offhook::app::standins
