#pragma once

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

/// Recordings, part of the binary: of the demo and its stand-ins, and what a
/// caller hears in an outage: mu-law, 8
/// kHz, mono, without a header, whole frames of 160 bytes.
/// `scripts/make-sounds` made them from the texts that lie beside them.
namespace offhook::app {

/// All names: `caller-hours`, `agent-greeting`, ...
std::vector<std::string_view> sound_names();

/// The audio of a recording; empty for a name that there is not.
std::span<const std::byte> sound(std::string_view name) noexcept;

/// What is said in it; empty for a name that there is not.
std::string_view sound_text(std::string_view name) noexcept;

} // namespace offhook::app
