// N concurrent calls through `offhook serve` against `offhook demo-agent` in
// counter mode, each a process of its own: every audio byte must arrive once
// and in order, at the agent and back here. Prints what a call costs.
//
//   calls [--calls=200] [--seconds=60] [--offhook=PATH]
//
// Added latency is that of the way through the gateway (generator, gateway,
// agent, gateway, generator) less that of Realtime sessions which the generator
// holds straight with the same agent, in the same run. The generator's own lag
// (how late its timer was) is printed beside it: where the two are alike, the
// machine was too busy for the figure.
// Exit status: 0 only if every byte arrived and both processes ended well.

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <filesystem>
#include <iostream>
#include <map>

#include <boost/asio/steady_timer.hpp>

#include "bench/arguments.hpp"
#include "bench/bench_call.hpp"
#include "bench/child_process.hpp"
#include "bench/direct_line.hpp"
#include "bench/quantile.hpp"

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
  generator(std::string gateway_url, std::string agent_url,
            const run_options& options, child_process& gateway,
            child_process& agent)
    : gateway_url_(std::move(gateway_url)),
      agent_url_(std::move(agent_url)),
      options_(options),
      gateway_(gateway),
      agent_(agent),
      timer_(loop_.io()) {
  }

  int run() {
    idle_bytes_ = gateway_.resident_bytes();
    for (int i = 0; i < options_.calls; ++i)
      calls_.push_back(std::make_shared<bench_call>(loop_, totals_, i + 1));
    for (int i = 0; i < std::max(1, options_.calls / 10); ++i)
      directs_.push_back(std::make_shared<direct_line>(loop_, direct_totals_));
    // Spread evenly among each other, so that both kinds meet the same load.
    for (std::size_t i = 0; i < calls_.size(); ++i) {
      if (i % 10 == 0 && i / 10 < directs_.size())
        lines_.push_back(directs_[i / 10]);
      lines_.push_back(calls_[i]);
    }
    loop_.post([this] {
      net::ws_client_options gateway;
      gateway.url = gateway_url_;
      for (auto& x : calls_)
        x->open(gateway);
      net::ws_client_options agent;
      agent.url = agent_url_ + "?model=gpt-realtime-2.1";
      agent.headers.emplace_back("Authorization", "Bearer bench");
      for (auto& x : directs_)
        x->open(agent);
      wait_open();
    });
    loop_.run();
    return report();
  }

private:
  void wait_open() {
    if (totals_.open + totals_.lost + direct_totals_.open + direct_totals_.lost
        < lines_.size()) {
      timer_.expires_after(50ms);
      timer_.async_wait([this](auto) { wait_open(); });
      return;
    }
    next_ = bench_clock::now();
    begin_ = next_ + 3s; // Until then sessions are set up.
    end_ = begin_ + std::chrono::seconds{options_.seconds};
    step_ = std::chrono::nanoseconds{20ms}
            / static_cast<std::chrono::nanoseconds::rep>(lines_.size());
    wait();
  }

  void wait() {
    timer_.expires_at(next_);
    timer_.async_wait([this](auto) { tick(); });
  }

  void tick() {
    auto now = bench_clock::now();
    if (!totals_.measuring && now >= begin_) {
      totals_.measuring = direct_totals_.measuring = true;
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
      lines_[turn_ % lines_.size()]->send_frame(now);
    }
    wait();
  }

  void finish(bench_clock::time_point now) {
    totals_.measuring = direct_totals_.measuring = false;
    cpu_ = gateway_.cpu_seconds() - cpu_;
    agent_cpu_ = agent_.cpu_seconds() - agent_cpu_;
    measured_s_ = std::chrono::duration<double>(now - measured_from_).count();
    busy_bytes_ = gateway_.resident_bytes();
    deadline_ = now + 5s;
    drain();
  }

  /// Waits for what is under way, then hangs up.
  void drain() {
    auto all = std::all_of(lines_.begin(), lines_.end(),
                           [](const auto& x) { return x->idle(); });
    timer_.expires_after(20ms);
    if (!all && bench_clock::now() < deadline_) {
      timer_.async_wait([this](auto) { drain(); });
      return;
    }
    for (auto& x : lines_)
      x->end();
    timer_.expires_after(500ms);
    timer_.async_wait([this](auto) { loop_.stop(); });
  }

  static void print_times(const char* name, std::vector<std::uint32_t>& x) {
    if (x.empty())
      return;
    std::sort(x.begin(), x.end());
    std::printf("%-22s p50 %.2f ms, p99 %.2f ms, max %.2f ms\n", name,
                quantile_ms(x, 0.5), quantile_ms(x, 0.99), x.back() / 1e3);
  }

  /// In milliseconds. @pre sorted, not empty
  static double quantile_ms(const std::vector<std::uint32_t>& x, double q) {
    return quantile(x, q) / 1e3;
  }

  /// What the agent counted, said at its end.
  std::uint64_t counted(const std::string& key) {
    auto text = agent_.output();
    auto at = text.find(key);
    std::uint64_t result = 0;
    if (at != std::string::npos)
      std::from_chars(text.data() + at + key.size(), text.data() + text.size(),
                      result);
    return result;
  }

  static void print(const char* name, const bench_totals& x) {
    std::printf("%-22s %llu bytes sent, %llu came back, %llu wrong, "
                "%llu lines lost\n",
                name, static_cast<unsigned long long>(x.bytes_sent),
                static_cast<unsigned long long>(x.bytes_received),
                static_cast<unsigned long long>(x.wrong_bytes),
                static_cast<unsigned long long>(x.lost));
  }

  static bool whole(const bench_totals& x) {
    return x.wrong_bytes == 0 && x.lost == 0 && x.bytes_sent > 0
           && x.bytes_received == x.bytes_sent;
  }

  int report() {
    auto gateway_status = gateway_.stop();
    auto agent_status = agent_.stop(); // Not 0 where it counted a wrong byte.
    auto sent = totals_.bytes_sent + direct_totals_.bytes_sent;
    auto arrived = counted("input_bytes=");
    auto mismatches = counted("mismatches=");
    auto call_seconds = options_.calls * measured_s_;
    std::printf("calls                  %d for %.1f s, beside %zu direct "
                "sessions\n",
                options_.calls, measured_s_, directs_.size());
    print("through the gateway", totals_);
    print("direct", direct_totals_);
    std::printf("at the agent           %llu of %llu bytes, %llu wrong\n",
                static_cast<unsigned long long>(arrived),
                static_cast<unsigned long long>(sent),
                static_cast<unsigned long long>(mismatches));
    std::printf("gateway CPU            %.2f ms per call-second\n",
                cpu_ * 1e3 / call_seconds);
    std::printf("agent CPU              %.2f ms per session-second; ratio "
                "gateway/agent %.2f\n",
                agent_cpu_ * 1e3
                  / (static_cast<double>(lines_.size()) * measured_s_),
                agent_cpu_ > 0 ? cpu_ / agent_cpu_ : 0.0);
    std::printf("gateway memory         %.1f kB per call\n",
                (static_cast<double>(busy_bytes_)
                 - static_cast<double>(idle_bytes_))
                  / 1e3 / options_.calls);
    auto& through = totals_.latency_us;
    auto& direct = direct_totals_.latency_us;
    print_times("latency, gateway", through);
    print_times("latency, direct", direct);
    if (!through.empty() && !direct.empty())
      std::printf("added latency          p50 %.2f ms, p99 %.2f ms, max %.2f "
                  "ms\n",
                  quantile_ms(through, 0.5) - quantile_ms(direct, 0.5),
                  quantile_ms(through, 0.99) - quantile_ms(direct, 0.99),
                  (through.back() - static_cast<double>(direct.back())) / 1e3);
    print_times("generator's own lag", lag_us_);
    auto well = whole(totals_) && whole(direct_totals_) && arrived == sent
                && mismatches == 0;
    if (gateway_status != 0 || agent_status != 0)
      std::printf("FAILED: exit status of the gateway %d, of the agent %d\n",
                  gateway_status, agent_status);
    std::printf("%s\n", well ? "every byte arrived once and in order"
                             : "FAILED: bytes were lost, repeated or changed");
    return well && gateway_status == 0 && agent_status == 0 ? 0 : 1;
  }

  std::string gateway_url_;
  std::string agent_url_;
  const run_options& options_;
  child_process& gateway_;
  child_process& agent_;
  net::shard_loop loop_{0};
  boost::asio::steady_timer timer_;
  bench_totals totals_;
  bench_totals direct_totals_;
  std::vector<std::shared_ptr<bench_call>> calls_;
  std::vector<std::shared_ptr<direct_line>> directs_;
  std::vector<std::shared_ptr<counter_line>> lines_; // both kinds, in turn
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
    constexpr std::string_view path = "--offhook=";
    if (arg.starts_with(path))
      out.offhook = arg.substr(path.size());
    else if (!read_number(arg, "--calls=", 10'000, out.calls)
             && !read_number(arg, "--seconds=", 3600, out.seconds))
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
    generator run{"ws://127.0.0.1:" + port + "/ai-stream", agent_url, options,
                  gateway, agent};
    return run.run();
  } catch (const std::exception& x) {
    std::cerr << "calls: " << x.what() << "\n";
    return 1;
  }
}
