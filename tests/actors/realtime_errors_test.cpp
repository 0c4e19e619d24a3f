#define CAF_SUITE actors.realtime_errors

#include "actors/realtime_errors.hpp"

#include <caf/test/dsl.hpp>

using namespace offhook;
using namespace offhook::actors;
using kind = net::connect_error::kind;

namespace {

net::connect_error refusal(unsigned status, std::string body = {}) {
  return {kind::refused, status, "declined", std::move(body)};
}

std::string error_body(const std::string& code) {
  return R"({"error":{"message":"m","type":"invalid_request_error","code":")"
         + code + R"(","param":null}})";
}

protocol::openai::error_event event(std::string type, std::string code) {
  return {std::move(type), std::move(code), "m", "", ""};
}

net::ws_closed closed(std::uint16_t code) {
  return {net::ws_closed::cause::peer_closed, code, "", ""};
}

} // namespace

CAF_TEST(fatal codes are known by code or by type) {
  CAF_CHECK_EQUAL(classify_error(
                    event("invalid_request_error", "invalid_api_key")),
                  socket_errc::authentication_failed);
  CAF_CHECK_EQUAL(classify_error(event("insufficient_quota", "")),
                  socket_errc::quota_exhausted);
  CAF_CHECK_EQUAL(classify_code("beta_api_shape_disabled"),
                  socket_errc::session_rejected);
  CAF_CHECK_EQUAL(classify_code("session_expired"),
                  socket_errc::session_expired);
  for (const auto* benign :
       {"conversation_already_has_active_response",
        "response_cancel_not_active", "input_audio_buffer_commit_empty",
        "invalid_value", "no_such_code", ""})
    CAF_CHECK_EQUAL(classify_error(event("invalid_request_error", benign)),
                    socket_errc::connection_lost);
}

CAF_TEST(a refused dial is what its status or its body says) {
  CAF_CHECK_EQUAL(classify_dial(refusal(401)),
                  socket_errc::authentication_failed);
  CAF_CHECK_EQUAL(classify_dial(refusal(403)),
                  socket_errc::authentication_failed);
  CAF_CHECK_EQUAL(classify_dial(refusal(402)), socket_errc::quota_exhausted);
  CAF_CHECK_EQUAL(classify_dial(refusal(404)), socket_errc::session_rejected);
  for (auto transient : {408u, 429u, 500u, 502u, 503u, 504u})
    CAF_CHECK_EQUAL(classify_dial(refusal(transient)),
                    socket_errc::connect_failed);
  CAF_CHECK_EQUAL(classify_dial(refusal(429, error_body("insufficient_quota"))),
                  socket_errc::quota_exhausted);
  CAF_CHECK_EQUAL(classify_dial(refusal(400, error_body("invalid_model"))),
                  socket_errc::session_rejected);
  CAF_CHECK_EQUAL(classify_dial(refusal(429, "<html>busy</html>")),
                  socket_errc::connect_failed);
  for (auto what : {kind::resolve, kind::connect, kind::tls, kind::timeout})
    CAF_CHECK_EQUAL(classify_dial({what, 0, "x", ""}),
                    socket_errc::connect_failed);
  CAF_CHECK_EQUAL(classify_dial({kind::bad_url, 0, "x", ""}),
                  socket_errc::session_rejected);
}

CAF_TEST(a close is transient or for good) {
  for (std::uint16_t code : {1000, 1001, 1005, 1006, 1011, 1012, 1013})
    CAF_CHECK_EQUAL(classify_close(closed(code)), socket_errc::connection_lost);
  for (std::uint16_t code : {1002, 1003, 1007, 1008, 1009, 1010, 4000, 4999})
    CAF_CHECK_EQUAL(classify_close(closed(code)),
                    socket_errc::session_rejected);
  CAF_CHECK_EQUAL(classify_close(
                    {net::ws_closed::cause::overflow, 1006, "", ""}),
                  socket_errc::queue_overflow);
  CAF_CHECK_EQUAL(classify_close(
                    {net::ws_closed::cause::timeout, 1006, "", ""}),
                  socket_errc::connection_lost);
}

CAF_TEST(a refusal is logged without what the peer wrote) {
  auto text = describe_dial(refusal(401, error_body("invalid_api_key")));
  CAF_CHECK_EQUAL(text, "refused status=401 code=invalid_api_key: declined");
  // Some servers echo what they were sent.
  CAF_CHECK_EQUAL(describe_dial(refusal(401, error_body("sk-Canary123"))),
                  "refused status=401: declined");
  CAF_CHECK_EQUAL(describe_dial(
                    refusal(401, "Incorrect API key provided: sk-Canary123")),
                  "refused status=401: declined");
}
