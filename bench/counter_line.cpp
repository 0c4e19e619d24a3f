#include "bench/counter_line.hpp"

#include <cstdio>

#include "protocol/base64.hpp"
#include "protocol/g711.hpp"

namespace g711 = offhook::protocol::g711;

namespace offhook::bench {

namespace {

constexpr std::uint64_t counter_period = 251;

} // namespace

std::string_view field(std::string_view text, std::string_view key) {
  auto at = text.find(key);
  if (at == std::string_view::npos)
    return {};
  auto begin = at + key.size();
  return text.substr(begin, text.find('"', begin) - begin);
}

counter_line::counter_line(net::shard_loop& loop, bench_totals& totals)
  : loop_(loop),
    totals_(totals) {
}

counter_line::~counter_line() = default;

void counter_line::open(net::ws_client_options options) {
  dial_ = net::ws_connect(
    loop_, std::move(options),
    [self = shared_from_this()](net::connect_result result) {
      auto* socket = std::get_if<net::web_socket_ptr>(&result);
      if (!socket) {
        // One reason is enough: the others are the same.
        if (self->totals_.lost++ == 0)
          std::fprintf(stderr, "calls: cannot dial: %s\n",
                       std::get<net::connect_error>(result).text.c_str());
        return;
      }
      self->socket_ = *socket;
      ++self->totals_.open;
      self->socket_->start({
        .on_text = [self](std::string_view text) { self->on_text(text); },
        .on_binary = [self](std::size_t) { ++self->totals_.wrong_bytes; },
        .on_dropped = {},
        .on_closed =
          [self](const net::ws_closed&) {
            if (!self->ending_)
              ++self->totals_.lost;
            self->socket_ = nullptr;
          },
      });
      self->on_open();
    });
}

void counter_line::send(std::string text) {
  if (socket_)
    socket_->send(std::move(text), net::frame_class::control);
}

void counter_line::send_frame(bench_clock::time_point now) {
  if (!socket_ || !ready())
    return;
  protocol::audio_bytes audio(g711::frame_bytes);
  for (std::size_t i = 0; i < audio.size(); ++i)
    audio[i] = std::byte((sent_ + i) % counter_period);
  auto position = sent_;
  sent_ += audio.size();
  totals_.bytes_sent += audio.size();
  under_way_.emplace_back(sent_, now);
  write(position, audio, now);
}

std::size_t counter_line::take(std::string_view payload,
                               bench_clock::time_point now) {
  auto audio = protocol::base64::decode(payload);
  if (!audio) {
    ++totals_.wrong_bytes;
    return 0;
  }
  for (auto x : *audio)
    if (std::to_integer<std::uint64_t>(x) != received_++ % counter_period)
      ++totals_.wrong_bytes;
  totals_.bytes_received += audio->size();
  while (!under_way_.empty() && under_way_.front().first <= received_) {
    if (totals_.measuring)
      totals_.latency_us.push_back(static_cast<std::uint32_t>(
        std::chrono::duration_cast<std::chrono::microseconds>(
          now - under_way_.front().second)
          .count()));
    under_way_.pop_front();
  }
  return audio->size();
}

void counter_line::end() {
  if (!socket_)
    return;
  ending_ = true;
  on_end();
  socket_->close(net::close_code::normal, "");
}

} // namespace offhook::bench
