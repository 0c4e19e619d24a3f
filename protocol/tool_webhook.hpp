#pragma once

#include <cstdint>
#include <string>
#include <string_view>

/// The wire format of a function that is run by HTTP (docs/tools.md): one POST
/// with a JSON body, signed, and a JSON value in answer.
namespace offhook::protocol::tool_webhook {

/// What the server is told.
struct request {
  std::string_view call_sid;
  std::string_view caller; ///< number, as Twilio says it
  std::string_view called;
  std::string_view agent;
  std::string_view tool;
  std::string_view tool_call_id;
  std::string_view arguments; ///< a JSON object
};

/// @pre the arguments are valid JSON
std::string body_of(const request& x);

/// The value of the header `Offhook-Signature`: `t=SECONDS,v1=HEX`, the HMAC
/// SHA-256 of `SECONDS.BODY`.
/// @param timestamp seconds since 1970
std::string sign(std::string_view secret, std::int64_t timestamp,
                 std::string_view body);

/// The value of the header `Idempotency-Key`: the same for each attempt of one
/// call of a function, and for no other.
std::string idempotency_key(std::string_view call_sid,
                            std::string_view tool_call_id);

/// Whether a response's body is one JSON value in UTF-8, within the bounds of
/// `protocol/json.hpp`. A number, a text and a list count too.
bool is_json(std::string_view text);

/// `{"error":"..."}`, for the model.
std::string error_output(std::string_view text);

} // namespace offhook::protocol::tool_webhook
