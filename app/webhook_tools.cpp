#include "app/webhook_tools.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>

#include <spdlog/spdlog.h>

#include "actors/call_token.hpp"
#include "app/call_json.hpp"

namespace form = offhook::protocol::form;
namespace twiml = offhook::protocol::twiml;

namespace offhook::app {

namespace {

// How long after the webhook its stream may come: Twilio says the greeting
// first, and it can be long.
constexpr std::int64_t token_lifetime_s = 600;

constexpr std::size_t max_party = 128;

bool is_sid(std::string_view text) {
  return !text.empty() && text.size() <= 64
         && std::all_of(text.begin(), text.end(),
                        [](unsigned char c) { return std::isalnum(c) != 0; });
}

/// A `CallStatus` after which there is nobody to speak to.
bool is_terminal(std::string_view status) {
  constexpr std::array<std::string_view, 5> all{"completed", "busy", "failed",
                                                "no-answer", "canceled"};
  return std::find(all.begin(), all.end(), status) != all.end();
}

} // namespace

std::optional<webhook> read_webhook(const route_context& context,
                                    const net::http_request& request,
                                    const net::http_reply_ptr& reply) {
  auto refuse = [&](unsigned status, std::string_view code,
                    const std::string& why) {
    spdlog::warn("listener refuses webhook path={} reason=\"{}\"", request.path,
                 why);
    reply->send({.status = status,
                 .content_type = "application/json",
                 .body = error_json(code, why)});
  };
  auto is_get = request.method == "GET";
  auto params = form::parse(is_get ? request.query : request.body);
  if (!params) {
    refuse(400, "bad_form", "the request is no form, or has too many fields");
    return std::nullopt;
  }
  std::string why;
  if (!context.access->allows_origin(request)) {
    refuse(403, "forbidden", "foreign Origin");
    return std::nullopt;
  }
  if (!context.access->allows_webhook(request,
                                      is_get ? form::fields{} : *params, why)) {
    refuse(403, "forbidden", why);
    return std::nullopt;
  }
  webhook result;
  result.params = std::move(*params);
  result.query = form::parse(request.query).value_or(form::fields{});
  auto text = [&result](std::string_view name) {
    return std::string{form::get(result.params, name).substr(0, max_party)};
  };
  result.call_sid = text("CallSid");
  result.from = text("From");
  result.to = text("To");
  result.caller_gone = is_terminal(form::get(result.params, "CallStatus"));
  return result;
}

std::optional<webhook> read_call_webhook(const route_context& context,
                                         const net::http_request& request,
                                         const net::http_reply_ptr& reply) {
  auto result = read_webhook(context, request, reply);
  if (!result || is_sid(result->call_sid))
    return result;
  reply->send(
    {.status = 400,
     .content_type = "application/json",
     .body = error_json("bad_call_sid", "CallSid must be 1 to 64 letters and "
                                        "digits")});
  return std::nullopt;
}

void send_twiml(const net::http_reply_ptr& reply,
                const std::vector<twiml::element>& verbs) {
  reply->send({.content_type = "text/xml", .body = twiml::document(verbs)});
}

std::vector<twiml::element> hang_up_verbs(const std::string& text) {
  if (text.empty())
    return {twiml::hangup()};
  return {twiml::say(text), twiml::hangup()};
}

void send_hang_up(const net::http_reply_ptr& reply, const std::string& text) {
  send_twiml(reply, hang_up_verbs(text));
}

std::map<std::string, std::string> custom_parameters(const webhook& hook) {
  // Twilio takes no more of a name and its value than 500 characters, and ours
  // are in each of the stream's documents.
  constexpr std::size_t max_count = 16;
  constexpr std::size_t max_name = 64;
  constexpr std::size_t max_value = 256;
  constexpr std::array<std::string_view, 8> ours{"agent",    "attempt",
                                                 "token",    "from",
                                                 "to",       "caller",
                                                 "handover", redirected_field};
  std::map<std::string, std::string> result;
  for (const auto& [name, value] : hook.query) {
    if (std::find(ours.begin(), ours.end(), name) != ours.end())
      continue;
    auto good = !name.empty() && name.size() <= max_name
                && value.size() <= max_value && result.size() < max_count
                && std::all_of(name.begin(), name.end(), [](unsigned char c) {
                     return std::isalnum(c) != 0 || c == '-' || c == '_';
                   });
    if (good)
      result.emplace(name, value);
    else
      spdlog::warn(
        "webhook leaves out a parameter call_sid={} size={}: it must "
        "have 1 to {} letters, digits, - or _, and at most {} bytes, "
        "and be one of {}",
        hook.call_sid, name.size() + value.size(), max_name, max_value,
        max_count);
  }
  return result;
}

std::string retry_token_of(const net::http_request& request) {
  constexpr std::size_t max_token = 128;
  return std::string{
    request.header("I-Twilio-Idempotency-Token").substr(0, max_token)};
}

std::vector<twiml::element>
stream_verbs(const route_context& context, const net::http_request& request,
             const webhook& hook, const std::string& agent,
             std::uint32_t attempt) {
  twiml::stream_options stream;
  stream.url = context.access->origin_for(request, true) + "/ai-stream";
  stream.action = context.access->origin_for(request, false) + "/stream-ended";
  const auto number = std::to_string(attempt);
  if (attempt > 1)
    stream.action += "?attempt=" + number;
  stream.parameters = {
    {"token",
     actors::call_token::make(context.env->token_key, hook.call_sid,
                              context.env->wall_clock(), token_lifetime_s)},
    {"from", hook.from},
    {"to", hook.to},
    {"attempt", number},
  };
  if (!agent.empty())
    stream.parameters.push_back({"agent", agent});
  for (const auto& [name, value] : custom_parameters(hook))
    stream.parameters.push_back({name, value});
  // Twilio asks the action, and never comes to what is behind it. Whether it
  // does so for a stream that could not be opened is not documented: if it goes
  // on with the document, the same question is asked.
  return {twiml::connect_stream(stream), twiml::redirect(stream.action)};
}

std::uint32_t stream_attempt(const webhook& hook) {
  auto text = form::get(hook.query, "attempt");
  std::uint32_t result = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(),
                                      result);
  return error == std::errc{} && end == text.data() + text.size() && result > 0
           ? result
           : 1;
}

} // namespace offhook::app
