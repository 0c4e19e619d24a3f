// N concurrent calls through `offhook serve` against `offhook demo-agent` in
// counter mode, each a process of its own: every audio byte in both directions
// must arrive once and in order. Prints what a call costs.
//
//   calls [--calls=200] [--seconds=60] [--offhook=PATH]
//
// Latency is that of the whole way: generator, gateway, agent, gateway,
// generator. The generator's own lag (how late its timer was) is printed beside
// it: where the two are alike, the machine was too busy for the figure.
// Exit status: 0 only if every byte arrived.

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <filesystem>
#include <iostream>
#include <map>

#include <boost/asio/steady_timer.hpp>

#include "bench/bench_call.hpp"
#include "bench/child_process.hpp"

using namespace offhook;
using namespace offhook::bench;
using namespace std::chrono_literals;

namespace {

struct run_options {
  std::string offhook;
  int calls = 200;
  int seconds = 60;
};

/// The generator: all calls on one loop, a frame of each every 20 ms, spread
/// over the period so that they do not come in one burst.
class generator {
public:
  generator(std::string url, const run_options& options, child_process& gateway,
            child_process& agent)
    : url_(std::move(url)),
      options_(options),
      gateway_(gateway),
      agent_(agent),
      timer_(loop_.io()) {
  }

  int run() {
    idle_bytes_ = gateway_.resident_bytes();
    for (int i = 0; i < options_.calls; ++i)
      calls_.push_back(std::make_shared<bench_call>(loop_, totals_, i + 1));
    loop_.post([this] {
      for (auto& x : calls_)
        x->open(url_);
      wait_open();
    });
    loop_.run();
    return report();
  }

private:
  void wait_open() {
    if (totals_.calls_open + totals_.calls_lost < calls_.size()) {
      timer_.expires_after(50ms);
      timer_.async_wait([this](auto) { wait_open(); });
      return;
    }
    next_ = bench_clock::now();
    begin_ = next_ + 3s; // Until then sessions are set up.
    end_ = begin_ + std::chrono::seconds{options_.seconds};
    step_ = 20ms / static_cast<std::chrono::nanoseconds::rep>(calls_.size());
    wait();
  }

  void wait() {
    timer_.expires_at(next_);
    timer_.async_wait([this](auto) { tick(); });
  }

  void tick() {
    auto now = bench_clock::now();
    if (!totals_.measuring && now >= begin_) {
      totals_.measuring = true;
      cpu_ = gateway_.cpu_seconds();
      agent_cpu_ = agent_.cpu_seconds();
      measured_from_ = now;
    }
    if (now >= end_) {
      finish(now);
      return;
    }
    for (; next_ <= now; next_ += step_, ++turn_) {
      if (totals_.measuring)
        lag_us_.push_back(static_cast<std::uint32_t>(
          std::chrono::duration_cast<std::chrono::microseconds>(now - next_)
            .count()));
      calls_[turn_ % calls_.size()]->send_frame(now);
    }
    wait();
  }

  void finish(bench_clock::time_point now) {
    totals_.measuring = false;
    cpu_ = gateway_.cpu_seconds() - cpu_;
    agent_cpu_ = agent_.cpu_seconds() - agent_cpu_;
    measured_s_ = std::chrono::duration<double>(now - measured_from_).count();
    busy_bytes_ = gateway_.resident_bytes();
    deadline_ = now + 5s;
    drain();
  }

  /// Waits for what is under way, then hangs up.
  void drain() {
    auto all = std::all_of(calls_.begin(), calls_.end(),
                           [](const auto& x) { return x->idle(); });
    timer_.expires_after(20ms);
    if (!all && bench_clock::now() < deadline_) {
      timer_.async_wait([this](auto) { drain(); });
      return;
    }
    for (auto& x : calls_)
      x->end();
    timer_.expires_after(500ms);
    timer_.async_wait([this](auto) { loop_.stop(); });
  }

  static void print_times(const char* name, std::vector<std::uint32_t>& x) {
    if (x.empty())
      return;
    std::sort(x.begin(), x.end());
    std::printf("%-22s p50 %.2f ms, p99 %.2f ms, max %.2f ms\n", name,
                x[x.size() / 2] / 1e3, x[x.size() * 99 / 100] / 1e3,
                x.back() / 1e3);
  }

  int report() {
    auto call_seconds = options_.calls * measured_s_;
    std::printf("calls                  %d for %.1f s\n", options_.calls,
                measured_s_);
    std::printf(
      "bytes                  %llu sent, %llu came back, %llu wrong\n",
      static_cast<unsigned long long>(totals_.bytes_sent),
      static_cast<unsigned long long>(totals_.bytes_received),
      static_cast<unsigned long long>(totals_.wrong_bytes));
    std::printf("calls lost             %llu\n",
                static_cast<unsigned long long>(totals_.calls_lost));
    std::printf("gateway CPU            %.2f ms per call-second\n",
                cpu_ * 1e3 / call_seconds);
    std::printf("agent CPU              %.2f ms per call-second; ratio "
                "gateway/agent %.2f\n",
                agent_cpu_ * 1e3 / call_seconds,
                agent_cpu_ > 0 ? cpu_ / agent_cpu_ : 0.0);
    std::printf("gateway memory         %.1f kB per call\n",
                (static_cast<double>(busy_bytes_)
                 - static_cast<double>(idle_bytes_))
                  / 1e3 / options_.calls);
    print_times("latency, whole way", totals_.latency_us);
    print_times("generator's own lag", lag_us_);
    auto well = totals_.wrong_bytes == 0 && totals_.calls_lost == 0
                && totals_.bytes_sent > 0
                && totals_.bytes_received == totals_.bytes_sent;
    std::printf("%s\n", well ? "every byte arrived once and in order"
                             : "FAILED: bytes were lost, repeated or changed");
    return well ? 0 : 1;
  }

  std::string url_;
  const run_options& options_;
  child_process& gateway_;
  child_process& agent_;
  net::shard_loop loop_{0};
  boost::asio::steady_timer timer_;
  bench_totals totals_;
  std::vector<std::shared_ptr<bench_call>> calls_;
  std::vector<std::uint32_t> lag_us_;
  bench_clock::time_point next_;
  bench_clock::time_point begin_;
  bench_clock::time_point end_;
  bench_clock::time_point deadline_;
  bench_clock::time_point measured_from_;
  std::chrono::nanoseconds step_{};
  std::size_t turn_ = 0;
  double cpu_ = 0;
  double agent_cpu_ = 0;
  double measured_s_ = 0;
  std::uint64_t idle_bytes_ = 0;
  std::uint64_t busy_bytes_ = 0;
};

bool parse(int argc, char** argv, run_options& out) {
  out.offhook = std::filesystem::path{argv[0]}.parent_path() / "../offhook";
  for (int i = 1; i < argc; ++i) {
    std::string_view arg = argv[i];
    auto number = [&](std::string_view name, int max, int& x) {
      if (!arg.starts_with(name))
        return false;
      arg.remove_prefix(name.size());
      auto [end, error] = std::from_chars(arg.data(), arg.data() + arg.size(),
                                          x);
      return error == std::errc{} && end == arg.data() + arg.size() && x > 0
             && x <= max;
    };
    constexpr std::string_view path = "--offhook=";
    if (arg.starts_with(path))
      out.offhook = arg.substr(path.size());
    else if (!number("--calls=", 10'000, out.calls)
             && !number("--seconds=", 3600, out.seconds))
      return false;
  }
  return true;
}

} // namespace

int main(int argc, char** argv) {
  run_options options;
  if (!parse(argc, argv, options)) {
    std::cerr << "usage: calls [--calls=200] [--seconds=60] [--offhook=PATH]\n";
    return 2;
  }
  try {
    child_process agent{
      {options.offhook, "demo-agent", "--port=0", "--counter"}};
    auto agent_url = agent.wait_for("url=");
    child_process gateway{{options.offhook, "serve", "--http.port=0",
                           "--openai.url=" + agent_url,
                           "--agents.default.greeting=", "--log.level=info"}};
    auto port = gateway.wait_for(" port=");
    generator run{"ws://127.0.0.1:" + port + "/ai-stream", options, gateway,
                  agent};
    return run.run();
  } catch (const std::exception& x) {
    std::cerr << "calls: " << x.what() << "\n";
    return 1;
  }
}
