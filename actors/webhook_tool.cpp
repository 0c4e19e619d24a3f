#include "actors/webhook_tool.hpp"

#include "protocol/tool_webhook.hpp"

namespace webhook = offhook::protocol::tool_webhook;

namespace offhook::actors {

namespace {

using net::http_client_error;
using net::http_client_response;

tool_outcome outcome_of(http_client_error::kind x) {
  switch (x) {
    case http_client_error::kind::forbidden:
    case http_client_error::kind::redirect:
    case http_client_error::kind::bad_request:
      return tool_outcome::forbidden;
    case http_client_error::kind::timeout:
      return tool_outcome::timeout;
    case http_client_error::kind::too_large:
      return tool_outcome::too_large;
    case http_client_error::kind::malformed:
      return tool_outcome::not_json;
    case http_client_error::kind::resolve:
    case http_client_error::kind::connect:
    case http_client_error::kind::tls:
    case http_client_error::kind::lost:
    case http_client_error::kind::busy:
      return tool_outcome::unreachable;
  }
  return tool_outcome::unreachable;
}

std::string_view sentence(tool_outcome x) {
  switch (x) {
    case tool_outcome::timeout:
      return "the function did not answer in time";
    case tool_outcome::cancelled:
      return "the function was cancelled, for the caller spoke";
    case tool_outcome::unknown_tool:
      return "there is no such function";
    case tool_outcome::too_large:
    case tool_outcome::not_json:
      return "the function gave an answer that cannot be used";
    default:
      return "the function failed";
  }
}

} // namespace

std::string_view to_string(tool_outcome x) noexcept {
  switch (x) {
    case tool_outcome::done:
      return "done";
    case tool_outcome::invalid_arguments:
      return "invalid_arguments";
    case tool_outcome::unknown_tool:
      return "unknown_tool";
    case tool_outcome::forbidden:
      return "forbidden";
    case tool_outcome::unreachable:
      return "unreachable";
    case tool_outcome::timeout:
      return "timeout";
    case tool_outcome::bad_status:
      return "bad_status";
    case tool_outcome::too_large:
      return "too_large";
    case tool_outcome::not_json:
      return "not_json";
    case tool_outcome::cancelled:
      return "cancelled";
  }
  return "unknown";
}

std::variant<net::http_client_request, tool_result>
make_tool_request(const webhook_tool& tool, const tool_caller& caller,
                  const protocol::openai::function_call& call,
                  std::string_view secret, std::int64_t now) {
  if (auto why = tool.schema->check(call.arguments); !why.empty())
    return tool_result{tool_outcome::invalid_arguments,
                       webhook::error_output(why)};
  net::http_client_request result;
  result.method = "POST";
  result.url = tool.url;
  result.timeout_ms = tool.deadline_ms;
  result.max_body_bytes = tool.max_response_bytes;
  result.body
    = webhook::body_of({caller.call_sid, caller.from, caller.to, caller.agent,
                        tool.name, call.call_id, call.arguments});
  result.headers = {
    {"Content-Type", "application/json"},
    {"Accept", "application/json"},
    {"User-Agent", "offhook"},
    {"Idempotency-Key",
     webhook::idempotency_key(caller.call_sid, call.call_id)},
    {"Offhook-Signature", webhook::sign(secret, now, result.body)},
  };
  return result;
}

tool_result read_tool_response(const net::http_client_result& x) {
  if (const auto* error = std::get_if<http_client_error>(&x))
    return failed_tool(outcome_of(error->what));
  const auto& response = std::get<http_client_response>(x);
  if (response.status < 200 || response.status > 299)
    return {tool_outcome::bad_status,
            webhook::error_output("the function failed with HTTP status "
                                  + std::to_string(response.status))};
  if (response.body.empty())
    return {tool_outcome::done, R"({"status":"done"})"};
  if (!webhook::is_json(response.body))
    return failed_tool(tool_outcome::not_json);
  return {tool_outcome::done, response.body};
}

tool_result failed_tool(tool_outcome outcome) {
  return {outcome, webhook::error_output(sentence(outcome))};
}

} // namespace offhook::actors
