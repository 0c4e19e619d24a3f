#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>

namespace offhook::app {

/// Writes two mu-law tracks of 8 kHz as a WAV file: 16-bit PCM, 8 kHz, stereo;
/// the shorter track is filled with silence. The file appears whole or not at
/// all: it is written beside `path` and then renamed.
/// @returns why there is no file, or nothing.
std::optional<std::string> write_wav(const std::string& path,
                                     std::span<const std::byte> left,
                                     std::span<const std::byte> right);

} // namespace offhook::app
