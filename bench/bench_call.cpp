#include "bench/bench_call.hpp"

#include <array>
#include <cstdio>

#include "protocol/base64.hpp"
#include "protocol/g711.hpp"

namespace g711 = offhook::protocol::g711;

namespace offhook::bench {

namespace {

constexpr std::uint64_t counter_period = 251;

std::string sid(const char* prefix, int number) {
  auto digits = std::to_string(number);
  return prefix + std::string(32 - digits.size(), '0') + digits;
}

/// The text of a JSON string field; the frames are ours, so a search does.
std::string_view field(std::string_view text, std::string_view key) {
  auto at = text.find(key);
  if (at == std::string_view::npos)
    return {};
  auto begin = at + key.size();
  return text.substr(begin, text.find('"', begin) - begin);
}

} // namespace

bench_call::bench_call(net::shard_loop& loop, bench_totals& totals, int number)
  : loop_(loop),
    totals_(totals),
    call_sid_(sid("CA", number)),
    stream_sid_(sid("MZ", number)) {
}

void bench_call::open(const std::string& url) {
  net::ws_client_options options;
  options.url = url;
  dial_ = net::ws_connect(
    loop_, options, [self = shared_from_this()](net::connect_result result) {
      auto* socket = std::get_if<net::web_socket_ptr>(&result);
      if (!socket) {
        // One reason is enough: the others are the same.
        if (self->totals_.calls_lost == 0)
          std::fprintf(stderr, "calls: cannot dial: %s\n",
                       std::get<net::connect_error>(result).text.c_str());
        ++self->totals_.calls_lost;
        return;
      }
      self->socket_ = *socket;
      ++self->totals_.calls_open;
      self->socket_->start({
        .on_text = [self](std::string_view text) { self->on_text(text); },
        .on_binary = [self](std::size_t) { ++self->totals_.wrong_bytes; },
        .on_dropped = {},
        .on_closed =
          [self](const net::ws_closed&) {
            if (!self->ending_)
              ++self->totals_.calls_lost;
            self->socket_ = nullptr;
          },
      });
      self->socket_->send(
        R"({"event":"connected","protocol":"Call","version":"1.0.0"})",
        net::frame_class::control);
      self->socket_->send(
        R"({"event":"start","sequenceNumber":"1","start":{"streamSid":")"
          + self->stream_sid_ + R"(","accountSid":"AC0","callSid":")"
          + self->call_sid_
          + R"(","tracks":["inbound"],"mediaFormat":{"encoding":)"
            R"("audio/x-mulaw","sampleRate":8000,"channels":1},)"
            R"("customParameters":{}},"streamSid":")"
          + self->stream_sid_ + "\"}",
        net::frame_class::control);
      self->sequence_ = 1;
    });
}

void bench_call::send_frame(bench_clock::time_point now) {
  if (!socket_)
    return;
  return_marks(now);
  std::array<std::byte, g711::frame_bytes> audio;
  for (std::size_t i = 0; i < audio.size(); ++i)
    audio[i] = std::byte((sent_ + i) % counter_period);
  auto chunk = sent_ / g711::frame_bytes + 1;
  std::string text = R"({"event":"media","sequenceNumber":")";
  text += std::to_string(++sequence_);
  text += R"(","media":{"track":"inbound","chunk":")" + std::to_string(chunk);
  text += R"(","timestamp":")" + std::to_string(g711::to_ms(sent_));
  text += R"(","payload":")";
  protocol::base64::append(text, audio);
  text += R"("},"streamSid":")" + stream_sid_ + "\"}";
  sent_ += audio.size();
  totals_.bytes_sent += audio.size();
  under_way_.emplace_back(sent_, now);
  socket_->send(std::move(text), net::frame_class::control);
}

void bench_call::on_text(std::string_view text) {
  auto event = field(text, R"("event":")");
  if (event == "media") {
    on_media(field(text, R"("payload":")"));
  } else if (event == "mark") {
    marks_.emplace_back(played_until_, field(text, R"("name":")"));
  } else {
    ++totals_.wrong_bytes; // Nobody interrupts here.
  }
}

void bench_call::on_media(std::string_view payload) {
  auto now = bench_clock::now();
  auto audio = protocol::base64::decode(payload);
  if (!audio) {
    ++totals_.wrong_bytes;
    return;
  }
  for (auto x : *audio)
    if (std::to_integer<std::uint64_t>(x) != received_++ % counter_period)
      ++totals_.wrong_bytes;
  totals_.bytes_received += audio->size();
  played_until_ = std::max(played_until_, now)
                  + std::chrono::microseconds{audio->size() * 125};
  while (!under_way_.empty() && under_way_.front().first <= received_) {
    if (totals_.measuring)
      totals_.latency_us.push_back(static_cast<std::uint32_t>(
        std::chrono::duration_cast<std::chrono::microseconds>(
          now - under_way_.front().second)
          .count()));
    under_way_.pop_front();
  }
}

void bench_call::return_marks(bench_clock::time_point now) {
  while (!marks_.empty() && marks_.front().first <= now) {
    socket_->send(R"({"event":"mark","sequenceNumber":")"
                    + std::to_string(++sequence_) + R"(","streamSid":")"
                    + stream_sid_ + R"(","mark":{"name":")"
                    + marks_.front().second + "\"}}",
                  net::frame_class::control);
    marks_.pop_front();
  }
}

void bench_call::end() {
  if (!socket_)
    return;
  ending_ = true;
  socket_->send(R"({"event":"stop","sequenceNumber":")"
                  + std::to_string(++sequence_)
                  + R"(","stop":{"accountSid":"AC0","callSid":")" + call_sid_
                  + R"("},"streamSid":")" + stream_sid_ + "\"}",
                net::frame_class::control);
  socket_->close(net::close_code::normal, "");
}

} // namespace offhook::bench
