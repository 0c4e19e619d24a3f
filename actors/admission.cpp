#include "actors/admission.hpp"

#include <algorithm>
#include <array>

#include <caf/error.hpp>

#include "actors/messages.hpp" // The type's id.

namespace offhook::actors {

namespace {

// In the order of the enum, which begins at 1.
constexpr std::array<std::string_view, 5> names{"draining", "calls", "rate",
                                                "memory", "lag"};

} // namespace

std::string to_string(refusal x) {
  auto index = static_cast<std::size_t>(x) - 1;
  return index < names.size() ? std::string{names[index]} : "unknown";
}

bool from_string(std::string_view in, refusal& out) {
  for (std::size_t i = 0; i < names.size(); ++i)
    if (names[i] == in) {
      out = static_cast<refusal>(i + 1);
      return true;
    }
  return false;
}

bool from_integer(std::uint8_t in, refusal& out) {
  if (in == 0 || in > names.size())
    return false;
  out = static_cast<refusal>(in);
  return true;
}

std::optional<refusal> to_refusal(const caf::error& reason) {
  if (reason.category() != caf::type_id_v<refusal>)
    return std::nullopt;
  return static_cast<refusal>(reason.code());
}

std::optional<refusal> admission::decide(time_point now, std::size_t calls,
                                         const process_load& load) {
  if (draining_)
    return refusal::draining;
  if (limits_.max_calls > 0 && calls >= limits_.max_calls)
    return refusal::calls;
  if (limits_.max_resident_bytes > 0
      && load.resident_bytes >= limits_.max_resident_bytes)
    return refusal::memory;
  if (limits_.max_lag.count() > 0 && load.lag >= limits_.max_lag)
    return refusal::lag;
  if (limits_.starts_per_second == 0)
    return std::nullopt;
  // A bucket that holds the starts of one second.
  auto full = static_cast<double>(limits_.starts_per_second);
  auto passed = counted_ ? std::chrono::duration<double>(now - *counted_)
                         : std::chrono::duration<double>{1};
  starts_ = std::min(full, starts_ + full * passed.count());
  counted_ = now;
  if (starts_ < 1)
    return refusal::rate;
  starts_ -= 1;
  return std::nullopt;
}

} // namespace offhook::actors
