#include "bench/bench_call.hpp"

#include "protocol/base64.hpp"
#include "protocol/g711.hpp"

namespace g711 = offhook::protocol::g711;

namespace offhook::bench {

namespace {

std::string sid(const char* prefix, int number) {
  auto digits = std::to_string(number);
  return prefix + std::string(32 - digits.size(), '0') + digits;
}

} // namespace

bench_call::bench_call(net::shard_loop& loop, bench_totals& totals, int number)
  : counter_line(loop, totals),
    call_sid_(sid("CA", number)),
    stream_sid_(sid("MZ", number)) {
}

bool bench_call::ready() const {
  return sequence_ > 0;
}

void bench_call::on_open() {
  send(R"({"event":"connected","protocol":"Call","version":"1.0.0"})");
  send(R"({"event":"start","sequenceNumber":"1","start":{"streamSid":")"
       + stream_sid_ + R"(","accountSid":"AC0","callSid":")" + call_sid_
       + R"(","tracks":["inbound"],"mediaFormat":{"encoding":)"
         R"("audio/x-mulaw","sampleRate":8000,"channels":1},)"
         R"("customParameters":{}},"streamSid":")"
       + stream_sid_ + "\"}");
  sequence_ = 1;
}

void bench_call::write(std::uint64_t position,
                       const protocol::audio_bytes& audio,
                       bench_clock::time_point now) {
  return_marks(now);
  auto chunk = position / g711::frame_bytes + 1;
  std::string text = R"({"event":"media","sequenceNumber":")";
  text += std::to_string(++sequence_);
  text += R"(","media":{"track":"inbound","chunk":")" + std::to_string(chunk);
  text += R"(","timestamp":")" + std::to_string(g711::to_ms(position));
  text += R"(","payload":")";
  protocol::base64::append(text, audio);
  text += R"("},"streamSid":")" + stream_sid_ + "\"}";
  send(std::move(text));
}

void bench_call::on_text(std::string_view text) {
  auto event = field(text, R"("event":")");
  if (event == "media") {
    auto now = bench_clock::now();
    auto size = take(field(text, R"("payload":")"), now);
    played_until_ = std::max(played_until_, now)
                    + std::chrono::microseconds{size * 125};
  } else if (event == "mark") {
    marks_.emplace_back(played_until_, field(text, R"("name":")"));
  } else {
    ++totals().wrong_bytes; // Nobody interrupts here.
  }
}

void bench_call::return_marks(bench_clock::time_point now) {
  while (!marks_.empty() && marks_.front().first <= now) {
    send(R"({"event":"mark","sequenceNumber":")" + std::to_string(++sequence_)
         + R"(","streamSid":")" + stream_sid_ + R"(","mark":{"name":")"
         + marks_.front().second + "\"}}");
    marks_.pop_front();
  }
}

void bench_call::on_end() {
  send(R"({"event":"stop","sequenceNumber":")" + std::to_string(++sequence_)
       + R"(","stop":{"accountSid":"AC0","callSid":")" + call_sid_
       + R"("},"streamSid":")" + stream_sid_ + "\"}");
}

} // namespace offhook::bench
