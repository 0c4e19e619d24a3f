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

#include <cstdio>
#include <filesystem>
#include <iostream>

#include <boost/asio/steady_timer.hpp>

#include "bench/arguments.hpp"
#include "bench/child_process.hpp"
#include "bench/line_generator.hpp"

using namespace offhook;
using namespace offhook::bench;
using namespace std::chrono_literals;

namespace {

struct run_options {
  std::string offhook;
  int calls = 200;
  int seconds = 60;
};

/// One measurement: the lines, and what the two processes used meanwhile.
class measurement {
public:
  measurement(std::string gateway_url, std::string agent_url,
              const run_options& options, child_process& gateway,
              child_process& agent)
    : options_(options),
      gateway_(gateway),
      agent_(agent),
      lines_(loop_, std::move(gateway_url), std::move(agent_url)),
      timer_(loop_.io()) {
  }

  int run() {
    idle_bytes_ = gateway_.resident_bytes();
    loop_.post([this] {
      lines_.add(options_.calls);
      wait_open();
    });
    loop_.run();
    return report();
  }

private:
  void wait_open() {
    if (!lines_.all_there()) {
      timer_.expires_after(50ms);
      timer_.async_wait([this](auto) { wait_open(); });
      return;
    }
    // Sessions are set up meanwhile: what is said before they are stays behind
    // by as much for the whole call, and would be taken for the gateway's time.
    timer_.expires_after(3s);
    timer_.async_wait([this](auto) {
      lines_.run_until(bench_clock::now() + 1s, [this] { begin(); });
    });
  }

  void begin() {
    lines_.measure(true);
    cpu_ = gateway_.cpu_seconds();
    agent_cpu_ = agent_.cpu_seconds();
    measured_from_ = bench_clock::now();
    lines_.run_until(measured_from_ + std::chrono::seconds{options_.seconds},
                     [this] { finish(); });
  }

  void finish() {
    lines_.measure(false);
    cpu_ = gateway_.cpu_seconds() - cpu_;
    agent_cpu_ = agent_.cpu_seconds() - agent_cpu_;
    measured_s_
      = std::chrono::duration<double>(bench_clock::now() - measured_from_)
          .count();
    busy_bytes_ = gateway_.resident_bytes();
    lines_.finish([this] { loop_.stop(); });
  }

  int report() {
    auto gateway_status = gateway_.stop();
    auto agent_status = agent_.stop(); // Not 0 where it counted a wrong byte.
    const auto& through = lines_.through();
    const auto& direct = lines_.direct();
    auto sent = through.bytes_sent + direct.bytes_sent;
    // Said at its end.
    auto arrived = agent_.number_after("input_bytes=");
    auto mismatches = agent_.number_after("mismatches=");
    auto call_seconds = options_.calls * measured_s_;
    std::printf("calls                  %d for %.1f s, beside %zu direct "
                "sessions\n",
                options_.calls, measured_s_,
                lines_.lines() - static_cast<std::size_t>(lines_.calls()));
    print("through the gateway", through);
    print("direct", direct);
    std::printf("at the agent           %llu of %llu bytes, %llu wrong\n",
                static_cast<unsigned long long>(arrived),
                static_cast<unsigned long long>(sent),
                static_cast<unsigned long long>(mismatches));
    std::printf("gateway CPU            %.2f ms per call-second\n",
                cpu_ * 1e3 / call_seconds);
    std::printf("agent CPU              %.2f ms per session-second; ratio "
                "gateway/agent %.2f\n",
                agent_cpu_ * 1e3
                  / (static_cast<double>(lines_.lines()) * measured_s_),
                agent_cpu_ > 0 ? cpu_ / agent_cpu_ : 0.0);
    std::printf("gateway memory         %.1f kB per call\n",
                (static_cast<double>(busy_bytes_)
                 - static_cast<double>(idle_bytes_))
                  / 1e3 / options_.calls);
    auto& slow = lines_.through().latency_us;
    auto& fast = lines_.direct().latency_us;
    print_times("latency, gateway", slow);
    print_times("latency, direct", fast);
    if (!slow.empty() && !fast.empty())
      std::printf("added latency          p50 %.2f ms, p99 %.2f ms, max %.2f "
                  "ms\n",
                  quantile_ms(slow, 0.5) - quantile_ms(fast, 0.5),
                  quantile_ms(slow, 0.99) - quantile_ms(fast, 0.99),
                  (slow.back() - static_cast<double>(fast.back())) / 1e3);
    print_times("generator's own lag", lines_.lag_us());
    auto well = whole(through) && whole(direct) && arrived == sent
                && mismatches == 0;
    if (gateway_status != 0 || agent_status != 0)
      std::printf("FAILED: exit status of the gateway %d, of the agent %d\n",
                  gateway_status, agent_status);
    std::printf("%s\n", well ? "every byte arrived once and in order"
                             : "FAILED: bytes were lost, repeated or changed");
    return well && gateway_status == 0 && agent_status == 0 ? 0 : 1;
  }

  const run_options& options_;
  child_process& gateway_;
  child_process& agent_;
  net::shard_loop loop_{0};
  line_generator lines_;
  boost::asio::steady_timer timer_;
  bench_clock::time_point measured_from_;
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
    measurement run{"ws://127.0.0.1:" + port + "/ai-stream", agent_url, options,
                    gateway, agent};
    return run.run();
  } catch (const std::exception& x) {
    std::cerr << "calls: " << x.what() << "\n";
    return 1;
  }
}
