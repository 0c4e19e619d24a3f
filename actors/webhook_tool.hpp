#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <variant>

#include "net/http_client.hpp"
#include "protocol/json_schema.hpp"
#include "protocol/openai.hpp"

namespace offhook::actors {

/// A function that the model may call and a server of the operator's runs.
struct webhook_tool {
  std::string name;
  std::string url;
  std::shared_ptr<const protocol::json_schema> schema; ///< of its arguments
  std::uint32_t deadline_ms = 10'000; ///< then the model is told that it failed
  std::string filler; ///< instructions for words that bridge the time; empty:
                      ///< none
  bool filler_tone = false;              ///< without words: a soft tone does it
  std::uint32_t filler_after_ms = 1'500; ///< of silence
  bool cancel_on_interruption = false;   ///< the caller's barge-in ends it
  std::size_t max_response_bytes = std::size_t{16} * 1024;
};

using webhook_tool_ptr = std::shared_ptr<const webhook_tool>;

/// What became of one call of a function; a label of a metric.
enum class tool_outcome : std::uint8_t {
  done,
  invalid_arguments, ///< by its schema; nothing was sent
  unknown_tool,      ///< not offered to the model
  forbidden,         ///< an address or a redirect that the policy refuses
  unreachable,       ///< no connection, or one that was lost; too many at once
  timeout,
  bad_status, ///< not 2xx
  too_large,  ///< the response is longer than it may be
  not_json,   ///< the response is no JSON, or no HTTP
  cancelled,  ///< by an interruption
};

std::string_view to_string(tool_outcome x) noexcept;

struct tool_result {
  tool_outcome outcome = tool_outcome::done;
  std::string output; ///< JSON, for the model
};

/// The call in which a function is called.
struct tool_caller {
  std::string call_sid;
  std::string from;
  std::string to;
  std::string agent;
};

/// @param secret signs the request
/// @param now seconds since 1970
/// @returns the request, or the result where the arguments are not as the
///          function has them
std::variant<net::http_client_request, tool_result>
make_tool_request(const webhook_tool& tool, const tool_caller& caller,
                  const protocol::openai::function_call& call,
                  std::string_view secret, std::int64_t now);

/// What the model is told of an answer, and of none.
tool_result read_tool_response(const net::http_client_result& x);

/// The result of a call that has no answer.
tool_result failed_tool(tool_outcome outcome);

} // namespace offhook::actors
