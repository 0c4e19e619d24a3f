#include "app/demo_faults.hpp"

#include <array>
#include <charconv>
#include <cstdint>
#include <optional>

namespace offhook::app {

namespace {

using faults = standins::demo_agent_faults;

/// Takes the value of one fault. @returns whether it is one
using setter = bool (*)(faults& to, std::string_view value);

std::optional<std::uint32_t> number(std::string_view text) {
  std::uint32_t result = 0;
  const auto* end = text.data() + text.size();
  auto [at, error] = std::from_chars(text.data(), end, result);
  if (text.empty() || error != std::errc{} || at != end)
    return std::nullopt;
  return result;
}

template <bool faults::*Member>
bool flag(faults& to, std::string_view value) {
  to.*Member = true;
  return value.empty();
}

template <std::size_t faults::*Member>
bool count(faults& to, std::string_view value) {
  auto n = number(value);
  to.*Member = n.value_or(0);
  return n.has_value();
}

template <auto Member>
bool milliseconds(faults& to, std::string_view value) {
  auto n = number(value);
  to.*Member = std::chrono::milliseconds{n.value_or(0)};
  return n.has_value();
}

struct known_fault {
  std::string_view name;
  std::string_view takes; ///< empty: nothing
  setter set;
};

constexpr std::array<known_fault, 16> known{{
  {"silent", "", flag<&faults::silent>},
  {"silent-from-response", "N", count<&faults::silent_from_response>},
  {"zero-amplitude", "", flag<&faults::zero_amplitude>},
  {"garbage", "", flag<&faults::garbage>},
  {"unknown-events", "", flag<&faults::unknown_events>},
  {"unknown-fields", "", flag<&faults::unknown_fields>},
  {"nulls", "", flag<&faults::nulls>},
  {"late-deltas", "N", count<&faults::late_deltas>},
  {"first-delta-delay", "MS", milliseconds<&faults::first_delta_delay>},
  {"fail-response", "N", count<&faults::fail_response>},
  {"reset-at-response", "N", count<&faults::reset_at_response>},
  {"reset-after", "MS", milliseconds<&faults::reset_after>},
  {"close-after", "MS", milliseconds<&faults::close_after>},
  {"echo-format", "audio/pcm|audio/pcma",
   [](faults& to, std::string_view value) {
     to.echo_format = value;
     return value == "audio/pcm" || value == "audio/pcma";
   }},
  {"reject-update", "CODE",
   [](faults& to, std::string_view value) {
     to.reject_update = standins::agent_error{"invalid_request_error",
                                              std::string{value},
                                              "As it was told to."};
     return !value.empty();
   }},
  {"refuse-upgrade", "STATUS",
   [](faults& to, std::string_view value) {
     to.refuse_upgrade = number(value).value_or(0);
     return to.refuse_upgrade >= 400 && to.refuse_upgrade <= 599;
   }},
}};

} // namespace

std::string describe_faults() {
  std::string result;
  for (const auto& x : known) {
    result.append(result.empty() ? "" : ", ").append(x.name);
    if (!x.takes.empty())
      result.append("=").append(x.takes);
  }
  return result;
}

std::string read_faults(std::string_view text, faults& result) {
  while (!text.empty()) {
    auto comma = text.find(',');
    auto one = text.substr(0, comma);
    text.remove_prefix(comma == text.npos ? text.size() : comma + 1);
    auto equals = one.find('=');
    auto name = one.substr(0, equals);
    auto value = equals == one.npos ? std::string_view{}
                                    : one.substr(equals + 1);
    auto done = false;
    for (const auto& x : known)
      done = done || (x.name == name && x.set(result, value));
    if (!done)
      return "bad fault '" + std::string{one} + "': it must be one of "
             + describe_faults();
  }
  return {};
}

} // namespace offhook::app
