#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "app/scenario_agent.hpp"
#include "app/scenario_wire.hpp"
#include "app/standins/demo_caller_client.hpp"

namespace offhook::app {

/// An entry of the gateway's transcript.
struct transcript_entry {
  std::string kind;
  std::string text;
  std::string unheard;
};

/// What the gateway itself says of a call, at `/v1/calls/{sid}`.
struct gateway_report {
  std::string state;
  std::string outcome;
  std::uint64_t restarts = 0; ///< of the Realtime socket
  std::vector<transcript_entry> transcript;
};

/// @param call the document of `/v1/calls/{sid}`
/// @param transcript that of `/v1/calls/{sid}/transcript`
gateway_report read_report(std::string_view call, std::string_view transcript);

/// All that is known of a call that was played: each side by what it saw.
struct scenario_run {
  standins::demo_caller_result call;
  std::vector<wire_message> wire;
  std::vector<std::string> unforeseen; ///< of the model's script
  std::vector<std::string> unused;
  gateway_report gateway;
};

} // namespace offhook::app
