#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "app/standins/demo_agent_options.hpp"

namespace offhook::torture {

/// What is no event, in the model's place.
inline const std::array<std::string, 8> model_garbage{
  R"({"type":)",
  "",
  "null",
  R"([{"type":"response.done"}])",
  R"({"event_id":"event_x"})",
  R"({"type":7})",
  R"({"type":"response.output_audio.delta","delta":{}})",
  R"({"type":"response.done","response":null})"};

/// An event that nothing is known of.
inline const std::string unknown_event
  = R"({"type":"torture.flood","event_id":"event_torture","data":[1,null]})";

/// Errors that a session lives with, and such as end it. Their texts say
/// `torture`, for the check knows by that whose they are.
inline app::standins::agent_error harmless_error(std::uint32_t which) {
  static const std::array<app::standins::agent_error, 4> known{{
    {"server_error", "", "torture"},
    {"invalid_request_error", "unknown_parameter", "torture"},
    {"rate_limit_error", "rate_limit_exceeded", "torture"},
    {"torture_error", "never_heard_of", "torture"},
  }};
  return known[which % known.size()];
}

inline app::standins::agent_error fatal_error(std::uint32_t which) {
  static const std::array<app::standins::agent_error, 3> known{{
    {"invalid_request_error", "insufficient_quota", "torture"},
    {"invalid_request_error", "invalid_api_key", "torture"},
    {"invalid_request_error", "model_not_found", "torture"},
  }};
  return known[which % known.size()];
}

/// Close codes after which a dial may succeed.
inline std::uint16_t passing_close(std::uint32_t which) {
  static constexpr std::array<std::uint16_t, 4> known{1001, 1011, 1012, 1013};
  return known[which % known.size()];
}

} // namespace offhook::torture
