#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace offhook::app {

/// `text` as a sound like a voice, in whole frames; the same bytes for the same
/// text. mu-law, 8 kHz.
/// @param ms length, rounded up to frames; 0: as long as the text takes
std::vector<std::byte> voice_of(std::string_view text, std::uint32_t ms = 0);

/// As long a sound that nobody hears.
std::vector<std::byte> quiet_voice(std::uint32_t ms);

} // namespace offhook::app
