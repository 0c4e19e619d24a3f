#include "bench/bench_call.hpp"

#include <utility>

#include "protocol/g711.hpp"

namespace g711 = offhook::protocol::g711;
namespace wire = offhook::app::standins::wire;

namespace offhook::bench {

namespace {

std::string sid(const char* prefix, int number) {
  auto digits = std::to_string(number);
  return prefix + std::string(32 - digits.size(), '0') + digits;
}

} // namespace

app::standins::stream_setup setup_of(int number, const std::string& agent) {
  app::standins::stream_setup result{
    sid("MZ", number), sid("CA", number), sid("AC", 0), {}};
  if (!agent.empty())
    result.parameters.emplace_back("agent", agent);
  return result;
}

bench_call::bench_call(net::shard_loop& loop, bench_totals& totals, int number,
                       const std::string& agent)
  : counter_line(loop, totals),
    stream_(setup_of(number, agent)) {
}

bool bench_call::ready() const {
  return sequence_ > 0;
}

void bench_call::on_open() {
  send(wire::connected());
  send(wire::start(stream_, ++sequence_));
}

void bench_call::write(std::uint64_t position,
                       const protocol::audio_bytes& audio,
                       bench_clock::time_point now) {
  return_marks(now);
  send(wire::media(stream_.stream_sid, ++sequence_,
                   position / g711::frame_bytes + 1, g711::to_ms(position),
                   audio));
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
    send(wire::mark(stream_.stream_sid, ++sequence_, marks_.front().second));
    marks_.pop_front();
  }
}

void bench_call::on_end() {
  send(wire::stop(stream_, ++sequence_));
}

} // namespace offhook::bench
