#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <boost/asio/steady_timer.hpp>

#include "bench/bench_call.hpp"
#include "bench/direct_line.hpp"

namespace offhook::bench {

/// Both ends that are ours: calls through the gateway and, a tenth as many,
/// sessions straight with the agent, all on one loop. A frame of each every
/// 20 ms, spread over the period so that they do not come in one burst.
class line_generator {
public:
  /// @param loop outlives it, and is run by the caller
  line_generator(net::shard_loop& loop, std::string gateway_url,
                 std::string agent_url);

  /// Opens more lines.
  void add(int calls);

  /// Whether each line is open, or was lost.
  bool all_there() const;

  /// Sends frames until `end`, and then calls `done`. Not while it does.
  void run_until(bench_clock::time_point end, std::function<void()> done);

  /// From now on, or no more, latencies and the own lag are kept.
  void measure(bool on);

  /// Waits for what is under way, hangs up, and calls `done`.
  void finish(std::function<void()> done);

  int calls() const noexcept {
    return calls_;
  }

  std::size_t lines() const noexcept {
    return lines_.size();
  }

  bench_totals& through() noexcept {
    return through_;
  }

  bench_totals& direct() noexcept {
    return direct_;
  }

  /// How late the own timer was, in microseconds, of every frame.
  std::vector<std::uint32_t>& lag_us() noexcept {
    return lag_us_;
  }

private:
  void wait();
  void tick();
  void drain();
  void after(bench_clock::duration x, std::function<void()> f);

  net::shard_loop& loop_;
  const std::string gateway_url_;
  const std::string agent_url_;
  boost::asio::steady_timer timer_;
  bench_totals through_;
  bench_totals direct_;
  std::vector<std::shared_ptr<counter_line>> lines_; // Both kinds, in turn.
  std::vector<std::uint32_t> lag_us_;
  std::function<void()> done_;
  bench_clock::time_point next_{};
  bench_clock::time_point end_{};
  bench_clock::duration step_{};
  std::size_t turn_ = 0;
  int calls_ = 0;
};

/// In milliseconds, of microseconds. @pre sorted, not empty
double quantile_ms(const std::vector<std::uint32_t>& x, double q);

/// `name  p50 0.10 ms, p99 ...` on stdout; sorts.
void print_times(const char* name, std::vector<std::uint32_t>& x);

/// What all lines of one kind sent and got, on stdout.
void print(const char* name, const bench_totals& x);

/// Whether every byte came back as it was sent.
bool whole(const bench_totals& x);

} // namespace offhook::bench
