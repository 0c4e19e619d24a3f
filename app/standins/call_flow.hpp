#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "app/standins/phone_call.hpp"
#include "app/standins/twilio_wire.hpp"
#include "app/standins/twiml_reader.hpp"
#include "app/standins/webhook.hpp"

namespace offhook::app::standins {

/// What a person enters at one `<Gather>`; both empty: nothing.
struct gathered {
  std::string digits;
  std::string speech;
};

/// A call as Twilio's account sees it.
struct call_settings {
  std::string url; ///< of the voice webhook, http:// or https://
  std::string method = "POST";
  std::string fallback_url;    ///< asked when a document fails; empty: none
  std::string status_callback; ///< told that the call is over; empty: none
  std::string auth_token;      ///< signs all requests; empty: none is signed
  std::string account_sid = "AC0123456789abcdef0123456789abcdef";
  std::string call_sid; ///< empty: made up
  std::string from = "+15017122661";
  std::string to = "+15558675310";

  std::vector<gathered> input; ///< for one `<Gather>` after the other

  /// How long what TwiML says takes: 1 as it would, 0 no time at all.
  double speech_factor = 1;

  std::string dial_status = "completed"; ///< what becomes of every `<Dial>`
  std::uint32_t dial_ms = 1000;          ///< and when
};

/// How a call ended.
enum class call_ending : std::uint8_t {
  none, ///< it has not
  caller_hung_up,
  hung_up,        ///< by `<Hangup>`
  document_ended, ///< no verb was left
  rejected,
  failed, ///< no usable document
};

std::string_view to_string(call_ending x) noexcept;

/// An answer to a webhook.
struct webhook_response {
  unsigned status = 0;
  std::string content_type;
  std::string body;
};

/// One answer that was to be a document.
struct document_seen {
  std::string method;
  std::string url;
  unsigned status = 0;
  std::string body;
  std::string fault; ///< why it could not be followed; empty: it was
};

/// Follows the TwiML of one call to its end, as Twilio does: which request
/// comes next, with which parameters, which stream is to be opened, how long a
/// verb takes. Pure: whoever owns it does the one thing it asks for and tells
/// what came of it.
class call_flow {
public:
  struct fetch {
    webhook_request what;
  };

  struct open_stream {
    std::string url;
    std::vector<std::pair<std::string, std::string>> headers;
    stream_setup stream;
  };

  struct wait {
    std::chrono::milliseconds length{0};
  };

  /// Nothing more but the callbacks.
  struct ended {};

  using action = std::variant<fetch, open_stream, wait, ended>;

  call_flow(call_settings settings, std::shared_ptr<phone_call> call);

  action begin(time_point now);
  action on_response(const webhook_response& answer, time_point now);

  /// No answer at all. @param code 11205 or the like
  action on_no_answer(int code, const std::string& why, time_point now);

  action on_waited(time_point now);

  /// The stream that was asked for is open.
  void on_stream_opened(time_point now);

  /// It is closed.
  action on_stream_ended(time_point now);

  /// It could not be opened. @param code 31920 or the like
  action on_stream_failed(int code, const std::string& why, time_point now);

  /// The person hung up, whatever was going on.
  action on_caller_hung_up(time_point now);

  /// Requests whose answers change nothing, to be made beside all else.
  std::vector<webhook_request> take_callbacks();

  call_ending ending() const noexcept {
    return ending_;
  }

  const std::vector<document_seen>& documents() const noexcept {
    return documents_;
  }

  const std::string& call_sid() const noexcept {
    return settings_.call_sid;
  }

private:
  enum class waiting : std::uint8_t { for_verb, for_input, for_dial };

  action request(std::string_view method, std::string_view reference,
                 protocol::form::fields more, time_point now);
  action document_failed(int code, const std::string& why, time_point now);
  action end(call_ending how, time_point now);

  action next(time_point now);
  action take_time(const twiml_element& verb, time_point now);
  action gather(twiml_element verb, time_point now);
  action gather_input(time_point now);
  action dial(const twiml_element& verb, time_point now);
  action dialled(time_point now);
  action connect(const twiml_element& verb, time_point now);
  action connected(time_point now);
  action redirect(const twiml_element& verb, time_point now);

  /// Nominal length of Say, Play, Pause, or of those within a Gather.
  std::chrono::milliseconds length_of(const twiml_element& verb) const;

  void stream_event(std::string_view event, const std::string& error);
  void note(time_point now, std::string text);
  std::string_view status() const noexcept;
  protocol::form::fields standard() const;

  call_settings settings_;
  const std::shared_ptr<phone_call> call_;
  std::string url_; ///< of the document that is followed
  std::string method_;
  std::string asked_; ///< the URL under way
  std::string asked_method_;
  bool asked_fallback_ = false;
  bool answered_ = false;
  std::deque<twiml_element> verbs_;
  waiting waiting_ = waiting::for_verb;
  twiml_element current_; ///< the Gather, Dial or Connect under way
  std::string stream_sid_;
  std::size_t inputs_taken_ = 0;
  std::vector<document_seen> documents_;
  std::vector<webhook_request> callbacks_;
  call_ending ending_ = call_ending::none;
};

} // namespace offhook::app::standins
