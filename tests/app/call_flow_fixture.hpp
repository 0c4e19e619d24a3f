#pragma once

#include "app/standins/call_flow.hpp"

#include "caf/test/dsl.hpp"

#include <memory>
#include <string>
#include <vector>

/// Twilio's side of one call, whose every request is answered by hand.
namespace offhook::tests {

using namespace app::standins;
using std::chrono::milliseconds;

struct call_flow_fixture {
  time_point now{std::chrono::hours{1}};
  call_settings settings;
  std::shared_ptr<phone_call> call
    = std::make_shared<phone_call>(phone_call::options{}, now);
  std::unique_ptr<call_flow> flow;
  call_flow::action last;

  call_flow_fixture() {
    settings.url = "https://h.example/voice?a=1";
    settings.call_sid = "CA00112233445566778899aabbccddeeff";
  }

  void begin() {
    flow = std::make_unique<call_flow>(settings, call);
    last = flow->begin(now);
  }

  /// Answers what was asked with a document of these verbs.
  void answer(const std::string& verbs) {
    last = flow->on_response({200, "text/xml; charset=utf-8",
                              "<Response>" + verbs + "</Response>"},
                             now);
  }

  void waited() {
    last = flow->on_waited(now);
  }

  const webhook_request& asked() {
    auto* x = std::get_if<call_flow::fetch>(&last);
    if (!x)
      CAF_FAIL("nothing is asked for");
    return x->what;
  }

  protocol::form::fields params() {
    return protocol::form::parse(asked().body).value();
  }

  std::string param(const std::string& name) {
    return std::string{protocol::form::get(params(), name)};
  }

  const call_flow::open_stream& stream() {
    auto* x = std::get_if<call_flow::open_stream>(&last);
    if (!x)
      CAF_FAIL("no stream is to be opened");
    return *x;
  }

  std::int64_t waits_ms() {
    auto* x = std::get_if<call_flow::wait>(&last);
    if (!x)
      CAF_FAIL("nothing takes time");
    return x->length.count();
  }

  bool is_over() {
    return std::holds_alternative<call_flow::ended>(last);
  }
};

} // namespace offhook::tests
