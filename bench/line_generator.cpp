#include "bench/line_generator.hpp"

#include <algorithm>
#include <cstdio>
#include <utility>

#include "bench/quantile.hpp"

namespace offhook::bench {

namespace {

using namespace std::chrono_literals;

constexpr int calls_per_direct = 10;
constexpr auto period = 20ms;
constexpr auto patience = 30s; // For what is under way at the end.

} // namespace

line_generator::line_generator(net::shard_loop& loop, std::string gateway_url,
                               std::string agent_url)
  : loop_(loop),
    gateway_url_(std::move(gateway_url)),
    agent_url_(std::move(agent_url) + "?model=gpt-realtime-2.1"),
    timer_(loop.io()) {
}

void line_generator::add(int calls) {
  net::ws_client_options gateway;
  gateway.url = gateway_url_;
  net::ws_client_options agent;
  agent.url = agent_url_;
  agent.headers.emplace_back("Authorization", "Bearer bench");
  for (int i = 0; i < calls; ++i) {
    // Spread evenly among each other, so that both kinds meet the same load.
    if (calls_ % calls_per_direct == 0) {
      lines_.push_back(std::make_shared<direct_line>(loop_, direct_));
      lines_.back()->open(agent);
    }
    lines_.push_back(std::make_shared<bench_call>(loop_, through_, ++calls_));
    lines_.back()->open(gateway);
  }
  step_ = std::chrono::duration_cast<bench_clock::duration>(period)
          / static_cast<bench_clock::rep>(lines_.size());
}

bool line_generator::all_there() const {
  return through_.open + through_.lost + direct_.open + direct_.lost
         >= lines_.size();
}

void line_generator::run_until(bench_clock::time_point end,
                               std::function<void()> done) {
  end_ = end;
  done_ = std::move(done);
  next_ = bench_clock::now();
  wait();
}

void line_generator::measure(bool on) {
  through_.measuring = direct_.measuring = on;
}

void line_generator::wait() {
  timer_.expires_at(next_);
  timer_.async_wait([this](auto) { tick(); });
}

void line_generator::tick() {
  auto now = bench_clock::now();
  if (now >= end_) {
    std::exchange(done_, {})();
    return;
  }
  for (; next_ <= now; next_ += step_, ++turn_) {
    if (through_.measuring)
      lag_us_.push_back(static_cast<std::uint32_t>(
        std::chrono::duration_cast<std::chrono::microseconds>(now - next_)
          .count()));
    lines_[turn_ % lines_.size()]->send_frame(now);
  }
  wait();
}

void line_generator::after(bench_clock::duration x, std::function<void()> f) {
  timer_.expires_after(x);
  timer_.async_wait([f = std::move(f)](auto) { f(); });
}

void line_generator::finish(std::function<void()> done) {
  done_ = std::move(done);
  end_ = bench_clock::now() + patience;
  drain();
}

void line_generator::drain() {
  auto all = std::all_of(lines_.begin(), lines_.end(),
                         [](const auto& x) { return x->idle(); });
  if (!all && bench_clock::now() < end_)
    return after(20ms, [this] { drain(); });
  for (auto& x : lines_)
    x->end();
  after(500ms, [this] { std::exchange(done_, {})(); });
}

double quantile_ms(const std::vector<std::uint32_t>& x, double q) {
  return quantile(x, q) / 1e3;
}

void print_times(const char* name, std::vector<std::uint32_t>& x) {
  if (x.empty())
    return;
  std::sort(x.begin(), x.end());
  std::printf("%-22s p50 %.2f ms, p99 %.2f ms, max %.2f ms\n", name,
              quantile_ms(x, 0.5), quantile_ms(x, 0.99), x.back() / 1e3);
}

void print(const char* name, const bench_totals& x) {
  std::printf("%-22s %llu bytes sent, %llu came back, %llu wrong, "
              "%llu lines lost\n",
              name, static_cast<unsigned long long>(x.bytes_sent),
              static_cast<unsigned long long>(x.bytes_received),
              static_cast<unsigned long long>(x.wrong_bytes),
              static_cast<unsigned long long>(x.lost));
}

bool whole(const bench_totals& x) {
  return x.wrong_bytes == 0 && x.lost == 0 && x.bytes_sent > 0
         && x.bytes_received == x.bytes_sent;
}

} // namespace offhook::bench
