#include "app/outage_settings.hpp"

#include <cstddef>
#include <fstream>
#include <span>
#include <string>
#include <string_view>

#include "app/read_values.hpp"
#include "app/sounds.hpp"
#include "protocol/g711.hpp"

namespace g711 = offhook::protocol::g711;

namespace offhook::app {

namespace {

constexpr std::size_t max_bytes = g711::to_bytes(60'000);

/// A recording that has a header is none of ours: it would be heard as noise.
bool has_header(std::string_view bytes) {
  for (std::string_view magic : {"RIFF", ".snd", "OggS", "ID3", "fLaC"})
    if (bytes.starts_with(magic))
      return true;
  return false;
}

protocol::audio_bytes read_line(const settings& from, const std::string& key,
                                std::string_view recording) {
  const auto& path = from.text(key);
  if (path.empty()) {
    auto audio = sound(recording);
    return {audio.begin(), audio.end()};
  }
  std::ifstream in{path, std::ios::binary};
  std::string bytes(max_bytes + 1, '\0');
  in.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  bytes.resize(static_cast<std::size_t>(in.gcount()));
  if (bytes.empty() || bytes.size() > max_bytes || has_header(bytes))
    throw bad_entry(from, key, path,
                    "a file of at most 60 s of mu-law, 8 kHz, mono, without a "
                    "header (such as sox makes by -r 8000 -c 1 -t ul)");
  bytes.resize((bytes.size() + g711::frame_bytes - 1) / g711::frame_bytes
                 * g711::frame_bytes,
               static_cast<char>(g711::silence));
  auto audio = std::as_bytes(std::span{bytes});
  return {audio.begin(), audio.end()};
}

} // namespace

actors::spoken_lines read_spoken_lines(const settings& from) {
  return {read_line(from, "outage.line-file", "outage-wait"),
          read_line(from, "outage.goodbye-file", "outage-goodbye"),
          read_line(from, "outage.transfer-file", "outage-transfer")};
}

} // namespace offhook::app
