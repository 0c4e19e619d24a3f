#include "app/wav.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <limits>
#include <memory>
#include <string_view>

#include <unistd.h>

#include "protocol/g711.hpp"

namespace offhook::app {

namespace g711 = protocol::g711;

namespace {

constexpr std::uint32_t rate_hz = 8000;
constexpr std::uint32_t channels = 2;
constexpr std::uint32_t frame_bytes = channels * sizeof(std::int16_t);
constexpr std::uint32_t header_bytes = 44;

void put(std::string& out, std::uint32_t value, unsigned bytes) {
  for (unsigned i = 0; i < bytes; ++i)
    out += static_cast<char>(value >> (8 * i) & 0xFF);
}

std::string header(std::uint32_t data_bytes) {
  std::string out = "RIFF";
  put(out, header_bytes - 8 + data_bytes, 4);
  out += "WAVEfmt ";
  put(out, 16, 4); // Size of what follows up to "data".
  put(out, 1, 2);  // PCM
  put(out, channels, 2);
  put(out, rate_hz, 4);
  put(out, rate_hz * frame_bytes, 4);
  put(out, frame_bytes, 2);
  put(out, 16, 2); // Bits a sample.
  out += "data";
  put(out, data_bytes, 4);
  return out;
}

std::string samples(std::span<const std::byte> left,
                    std::span<const std::byte> right, std::size_t size) {
  std::string out;
  out.reserve(size * frame_bytes);
  for (std::size_t i = 0; i < size; ++i)
    for (const auto& track : {left, right}) {
      auto code = i < track.size() ? track[i] : g711::silence;
      put(out, static_cast<std::uint16_t>(g711::decode(code)), 2);
    }
  return out;
}

struct closer {
  void operator()(std::FILE* file) const noexcept {
    std::fclose(file);
  }
};

std::string because(const std::string& what, int error) {
  return what + ": " + std::strerror(error);
}

} // namespace

std::optional<std::string> write_wav(const std::string& path,
                                     std::span<const std::byte> left,
                                     std::span<const std::byte> right) {
  const auto size = std::max(left.size(), right.size());
  if (size > (std::numeric_limits<std::uint32_t>::max() - header_bytes)
               / frame_bytes)
    return path + ": too long for a WAV file";
  const auto temporary = path + ".part-" + std::to_string(::getpid());
  std::unique_ptr<std::FILE, closer> file{std::fopen(temporary.c_str(), "wb")};
  if (!file)
    return because(temporary, errno);
  const auto text = header(static_cast<std::uint32_t>(size * frame_bytes))
                    + samples(left, right, size);
  int error = 0;
  if (std::fwrite(text.data(), 1, text.size(), file.get()) != text.size())
    error = errno;
  // What does not fit on the disk may show only here.
  if (std::fclose(file.release()) != 0 && error == 0)
    error = errno;
  if (error != 0) {
    std::remove(temporary.c_str());
    return because(temporary, error);
  }
  if (std::rename(temporary.c_str(), path.c_str()) != 0) {
    error = errno;
    std::remove(temporary.c_str());
    return because(path, error);
  }
  return std::nullopt;
}

} // namespace offhook::app
