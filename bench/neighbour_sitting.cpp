#include "bench/neighbour_sitting.hpp"

#include <algorithm>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <utility>

#include <boost/asio/steady_timer.hpp>

#include "bench/child_process.hpp"
#include "bench/deaf_caller.hpp"
#include "bench/line_generator.hpp"
#include "bench/metrics_page.hpp"
#include "bench/neighbour_roles.hpp"
#include "bench/quantile.hpp"

namespace offhook::bench {

namespace {

using namespace std::chrono_literals;

// So many calls are added at once while the load is looked for.
constexpr int step_calls = 20;
constexpr int most_calls = 2000;

// Before a half, for what the last change began to be over; and with the
// trouble, until the socket's buffers are full and the gateway has to drop.
constexpr auto settling = 2s;
constexpr auto filling = 10s;

// A call that was in trouble cannot come back: each has a number of its own.
constexpr int first_troubled = 1'000'000;

constexpr std::uint32_t answer_ms = 5'000;

std::vector<std::string> gateway_command(const sitting_plan& plan,
                                         const std::string& agent_url) {
  std::vector<std::string> result{plan.program,
                                  "--as-gateway",
                                  "--http.port=0",
                                  "--openai.url=" + agent_url,
                                  "--agents.default.greeting=",
                                  "--twilio.max-queued-bytes=16384"};
  auto add = [&](const std::string& agent, const std::string& what) {
    result.push_back("--agents." + agent + '.' + what);
  };
  add(neighbour::talker, "model=" + std::string{neighbour::talker});
  add(neighbour::talker, "greeting=Speak.");
  add(neighbour::blocker, "model=" + std::string{neighbour::blocker});
  add(neighbour::blocker, "greeting=Call the function.");
  add(neighbour::blocker, "behaviours=tools");
  return result;
}

half_result times_of(std::vector<double>& added) {
  half_result result;
  if (added.empty())
    return result;
  std::sort(added.begin(), added.end());
  result.p50_ms = quantile(added, 0.5);
  result.p99_ms = quantile(added, 0.99);
  result.max_ms = added.back();
  return result;
}

class sitting {
public:
  explicit sitting(const sitting_plan& plan)
    : plan_(plan),
      agent_({plan.program, "--as-agent"}),
      agent_url_(agent_.wait_for("url=")),
      gateway_(gateway_command(plan, agent_url_)),
      port_(gateway_.wait_for(" port=")),
      lines_(loop_, "ws://127.0.0.1:" + port_ + "/ai-stream", agent_url_),
      timer_(loop_.io()) {
  }

  sitting_result run() {
    loop_.post([this] {
      lines_.add(plan_.calls > 0 ? plan_.calls : step_calls);
      wait_open();
    });
    loop_.run();
    auto gateway_status = gateway_.stop();
    agent_.stop();
    result_.calls = lines_.calls();
    result_.all_free = times_of(free_);
    result_.all_troubled = times_of(troubled_);
    result_.blocks = gateway_.number_after("blocks=");
    if (result_.failure.empty() && gateway_status != 0)
      result_.failure = "the gateway's exit status is "
                        + std::to_string(gateway_status) + ":\n"
                        + gateway_.output();
    if (result_.failure.empty()
        && (!whole(lines_.through()) || !whole(lines_.direct())
            || agent_.number_after("mismatches=") != 0))
      result_.failure = "bytes of the other calls were lost, repeated or "
                        "changed";
    return std::move(result_);
  }

private:
  void fail(const std::string& why) {
    result_.failure = why;
    loop_.stop();
  }

  // -- as many calls as make the load -----------------------------------------

  void wait_open() {
    if (!lines_.all_there()) {
      timer_.expires_after(20ms);
      timer_.async_wait([this](auto) { wait_open(); });
      return;
    }
    if (lines_.through().lost + lines_.direct().lost > 0)
      return fail("not all calls could be begun");
    lines_.run_until(bench_clock::now() + settling, [this] { weigh(); });
  }

  void weigh() {
    if (plan_.calls > 0)
      return begin_half();
    begin_load();
    lines_.run_until(bench_clock::now() + 1s, [this] {
      if (load() * 100 >= plan_.load)
        return begin_half();
      if (lines_.calls() >= most_calls)
        return fail("so many calls are no such load");
      lines_.add(step_calls);
      wait_open();
    });
  }

  void begin_load() {
    cpu_ = gateway_.cpu_seconds();
    since_ = bench_clock::now();
  }

  double load() {
    return (gateway_.cpu_seconds() - cpu_)
           / std::chrono::duration<double>(bench_clock::now() - since_).count();
  }

  // -- halves -----------------------------------------------------------------

  bool in_trouble() const {
    return halves_ % 2 == 1;
  }

  void begin_half() {
    if (halves_ == 2 * plan_.pairs)
      return end();
    if (in_trouble())
      begin_trouble();
    auto begins = bench_clock::now() + (in_trouble() ? filling : settling);
    lines_.run_until(begins, [this] {
      lines_.measure(true);
      begin_load();
      lines_.run_until(since_ + std::chrono::seconds{plan_.seconds},
                       [this] { end_half(); });
    });
  }

  void end_half() {
    lines_.measure(false);
    auto through = std::exchange(lines_.through().latency_us, {});
    auto direct = std::exchange(lines_.direct().latency_us, {});
    auto lag = std::exchange(lines_.lag_us(), {});
    if (through.empty() || direct.empty() || lag.empty())
      return fail("no frame came back");
    std::sort(direct.begin(), direct.end());
    std::sort(lag.begin(), lag.end());
    auto base = quantile_ms(direct, 0.5);
    std::vector<double> added;
    added.reserve(through.size());
    for (auto x : through)
      added.push_back(x / 1e3 - base);
    auto half = times_of(added);
    half.load = load();
    half.lag_p99_ms = quantile_ms(lag, 0.99);
    (in_trouble() ? result_.troubled : result_.free).push_back(half);
    auto& all = in_trouble() ? troubled_ : free_;
    all.insert(all.end(), added.begin(), added.end());
    end_trouble();
    ++halves_;
    begin_half();
  }

  void begin_trouble() {
    auto number = first_troubled + halves_ * 2;
    deaf_.emplace(static_cast<std::uint16_t>(std::stoi(port_)), number,
                  neighbour::talker);
    blocked_ = std::make_shared<bench_call>(loop_, blocked_totals_, number + 1,
                                            neighbour::blocker);
    net::ws_client_options gateway;
    gateway.url = "ws://127.0.0.1:" + port_ + "/ai-stream";
    blocked_->open(gateway);
  }

  void end_trouble() {
    deaf_.reset();
    if (auto x = std::exchange(blocked_, nullptr))
      x->end();
  }

  void end() {
    ask_metrics(
      loop_, "http://127.0.0.1:" + port_, answer_ms,
      [this](const std::string& page, const std::string& why) {
        if (!why.empty())
          return fail("no metrics: " + why);
        result_.dropped_frames = std::max<std::int64_t>(
          metric(page, R"(offhook_dropped_frames_total{peer="twilio"})"), 0);
        lines_.finish([this] { loop_.stop(); });
      });
  }

  const sitting_plan& plan_;
  child_process agent_;
  const std::string agent_url_;
  child_process gateway_;
  const std::string port_;
  net::shard_loop loop_{0};
  line_generator lines_;
  boost::asio::steady_timer timer_;
  std::optional<deaf_caller> deaf_;
  bench_totals blocked_totals_;
  std::shared_ptr<bench_call> blocked_;
  std::vector<double> free_;
  std::vector<double> troubled_;
  sitting_result result_;
  bench_clock::time_point since_{};
  double cpu_ = 0;
  int halves_ = 0;
};

} // namespace

sitting_result sit(const sitting_plan& plan) {
  return sitting{plan}.run();
}

} // namespace offhook::bench
