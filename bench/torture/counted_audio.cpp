#include "bench/torture/counted_audio.hpp"

#include <optional>

#include "protocol/g711.hpp"

namespace g711 = offhook::protocol::g711;

namespace offhook::torture {

namespace {

// The four bits that carry; the other four make it loud (16'000 and more) or
// quiet (120 and less). 0x70 + 15 is the other zero of mu-law, not silence.
constexpr unsigned quiet_code = 0x70;
constexpr unsigned carried = 0x0F;
constexpr std::size_t number_nibbles = 8;

unsigned pattern(std::uint32_t salt, std::uint32_t number, std::size_t i) {
  auto x = (number + 1) * 2654435761u ^ salt * 40503u
           ^ static_cast<std::uint32_t>(i) * 97u;
  return (x >> 13) & carried;
}

unsigned value(std::uint32_t salt, std::uint32_t number, std::size_t i) {
  return i < number_nibbles ? (number >> (4 * i)) & carried
                            : pattern(salt, number, i);
}

/// The number of the frame that begins there; nothing: none does.
std::optional<std::uint32_t> frame_at(std::uint32_t salt,
                                      const std::byte* begin) {
  auto carries = [begin](std::size_t i) {
    return std::to_integer<std::uint32_t>(begin[i]) & carried;
  };
  std::uint32_t result = 0;
  for (std::size_t i = 0; i < number_nibbles; ++i)
    result |= carries(i) << (4 * i);
  for (auto i = number_nibbles; i < g711::frame_bytes; ++i)
    if (carries(i) != pattern(salt, result, i))
      return std::nullopt;
  return result;
}

} // namespace

std::vector<std::byte> counted_frame(std::uint32_t salt, std::uint32_t number,
                                     bool loud) {
  std::vector<std::byte> result(g711::frame_bytes);
  for (std::size_t i = 0; i < result.size(); ++i)
    result[i] = static_cast<std::byte>(value(salt, number, i)
                                       | (loud ? 0 : quiet_code));
  return result;
}

void frame_reader::restart(bool within) {
  held_.clear();
  forgiven_ = within ? g711::frame_bytes - 1 : 0;
}

std::string
frame_reader::read(std::span<const std::byte> audio,
                   const std::function<void(std::uint32_t)>& on_frame) {
  auto broken = false;
  std::size_t at = 0;
  held_.insert(held_.end(), audio.begin(), audio.end());
  while (at < held_.size()) {
    if (held_[at] == g711::silence) {
      ++silence_;
      ++at;
    } else if (held_.size() - at < g711::frame_bytes) {
      break;
    } else if (auto number = frame_at(salt_, held_.data() + at)) {
      on_frame(*number);
      at += g711::frame_bytes;
      forgiven_ = 0;
    } else {
      ++at;
      if (forgiven_ > 0)
        --forgiven_;
      else
        broken = true;
    }
  }
  held_.erase(held_.begin(), held_.begin() + static_cast<std::ptrdiff_t>(at));
  return broken ? "audio that is no frame of this call" : "";
}

} // namespace offhook::torture
