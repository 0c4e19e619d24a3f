#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

/// Telephone audio that says which it is: every frame of 20 ms carries its
/// number and a pattern made of it, in mu-law codes that are loud or quiet as
/// wanted and never those of silence, which the gateway puts in where something
/// is missing.
namespace offhook::torture {

/// One frame (160 bytes). @param salt tells the audio of calls apart
std::vector<std::byte> counted_frame(std::uint32_t salt, std::uint32_t number,
                                     bool loud);

/// Finds the frames in what arrived, piece by piece. Silence between them is
/// skipped; anything else that is no frame of this salt is broken, and passed
/// over byte by byte until a frame begins.
class frame_reader {
public:
  explicit frame_reader(std::uint32_t salt) : salt_(salt) {
  }

  /// @param on_frame gets the numbers
  /// @returns what is wrong, at most once for each call; empty: nothing
  std::string read(std::span<const std::byte> audio,
                   const std::function<void(std::uint32_t)>& on_frame);

  /// Forgets half a frame: what comes next is another stream.
  /// @param within whether it may begin within a frame
  void restart(bool within = false);

  /// Whether what arrived ends within what may be a frame.
  bool within_frame() const noexcept {
    return !held_.empty();
  }

  std::uint64_t silence() const noexcept {
    return silence_;
  }

private:
  std::uint32_t salt_;
  std::vector<std::byte> held_;
  std::size_t forgiven_ = 0; ///< bytes that may be the end of a frame
  std::uint64_t silence_ = 0;
};

} // namespace offhook::torture
