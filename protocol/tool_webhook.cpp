#include "protocol/tool_webhook.hpp"

#include "protocol/crypto.hpp"
#include "protocol/json.hpp"
#include "protocol/json_writer.hpp"
#include "protocol/utf8.hpp"

#include <algorithm>

namespace offhook::protocol::tool_webhook {

std::string body_of(const request& x) {
  json::writer out;
  out.field("call_sid", x.call_sid)
    .field("caller", x.caller)
    .field("called", x.called)
    .field("agent", x.agent)
    .field("tool", x.tool)
    .field("tool_call_id", x.tool_call_id)
    .raw("arguments", x.arguments);
  return std::move(out).take();
}

std::string sign(std::string_view secret, std::int64_t timestamp,
                 std::string_view body) {
  const auto time = std::to_string(timestamp);
  std::string data = time + '.';
  data += body;
  return "t=" + time
         + ",v1=" + crypto::to_hex(crypto::hmac_sha256(secret, data));
}

std::string idempotency_key(std::string_view call_sid,
                            std::string_view tool_call_id) {
  std::string result{call_sid};
  result += ':';
  result += tool_call_id;
  // The ids are the peers' texts, and this becomes a header.
  constexpr std::size_t longest = 128;
  const auto plain = std::ranges::all_of(result, [](unsigned char c) {
    return c > ' ' && c < 0x7F && c != '"';
  });
  return plain && result.size() <= longest
           ? result
           : crypto::to_hex(crypto::sha256(result));
}

bool is_json(std::string_view text) {
  if (!utf8::is_valid(text))
    return false;
  auto got = json::read(text, [](const json::object&) { return true; });
  return got || got.error().code == errc::not_an_object;
}

std::string error_output(std::string_view text) {
  json::writer out;
  out.field("error", text);
  return std::move(out).take();
}

} // namespace offhook::protocol::tool_webhook
