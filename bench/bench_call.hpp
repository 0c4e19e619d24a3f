#pragma once

#include <deque>
#include <string>

#include "app/standins/twilio_wire.hpp"
#include "bench/counter_line.hpp"

namespace offhook::bench {

/// The stream of a call with this number.
/// @param agent which one it wants; empty: the default one
app::standins::stream_setup setup_of(int number, const std::string& agent);

/// One call through the gateway, from Twilio's side. Marks are returned when
/// they would have been played.
class bench_call final : public counter_line {
public:
  bench_call(net::shard_loop& loop, bench_totals& totals, int number,
             const std::string& agent = {});

private:
  void on_open() override;
  void on_text(std::string_view text) override;
  bool ready() const override;
  void write(std::uint64_t position, const protocol::audio_bytes& audio,
             bench_clock::time_point now) override;
  void on_end() override;

  void return_marks(bench_clock::time_point now);

  const app::standins::stream_setup stream_;
  std::uint64_t sequence_ = 0;
  std::deque<std::pair<bench_clock::time_point, std::string>> marks_;
  bench_clock::time_point played_until_{};
};

} // namespace offhook::bench
