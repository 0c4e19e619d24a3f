#include "bench/stall_caller.hpp"

#include <algorithm>
#include <deque>
#include <iostream>
#include <optional>
#include <vector>

#include <boost/asio/steady_timer.hpp>

#include "app/standins/demo_caller_client.hpp"
#include "bench/quantile.hpp"
#include "net/shard_loop.hpp"
#include "protocol/g711.hpp"

namespace g711 = offhook::protocol::g711;
namespace steps = offhook::app::standins::steps;

namespace offhook::bench {

namespace {

using namespace std::chrono_literals;
using namespace app::standins;
using clock = std::chrono::steady_clock;

std::int64_t us(clock::duration x) {
  return std::chrono::duration_cast<std::chrono::microseconds>(x).count();
}

/// How late this process is, by a timer on the loop of the call.
class own_lag {
public:
  explicit own_lag(net::shard_loop& loop) : timer_(loop.io()) {
  }

  void start() {
    next_ = clock::now() + period;
    wait();
  }

  void stop() {
    timer_.cancel();
  }

  /// The most that it was behind at any time from `since` to now.
  clock::duration most_since(clock::time_point since) const {
    auto result = std::max(clock::now() - next_, clock::duration{0});
    for (auto i = recent_.rbegin(); i != recent_.rend() && i->at >= since; ++i)
      result = std::max(result, i->late);
    return result;
  }

  /// In microseconds, sorted.
  std::vector<std::int64_t> all() const {
    auto result = all_us_;
    std::sort(result.begin(), result.end());
    return result;
  }

private:
  static constexpr auto period = 2ms;
  static constexpr std::size_t kept = 1000;

  struct beat {
    clock::time_point at;
    clock::duration late;
  };

  void wait() {
    timer_.expires_at(next_);
    timer_.async_wait([this](auto error) {
      if (!error)
        tick();
    });
  }

  void tick() {
    const auto now = clock::now();
    recent_.push_back({now, now - next_});
    if (recent_.size() > kept)
      recent_.pop_front();
    all_us_.push_back(us(now - next_));
    while (next_ <= now)
      next_ += period;
    wait();
  }

  boost::asio::steady_timer timer_;
  clock::time_point next_;
  std::deque<beat> recent_;
  std::vector<std::int64_t> all_us_;
};

/// What is missing inside of the answer as it stands on the tape, which knows
/// nothing of how underruns are counted. The answer itself has no silence.
struct holes {
  std::uint64_t count = 0;
  std::uint64_t samples = 0;

  explicit holes(std::span<const std::byte> tape) {
    std::uint64_t silent = 0;
    auto sounded = false;
    for (auto x : tape) {
      if (x == g711::silence) {
        ++silent;
        continue;
      }
      if (sounded && silent > 0) {
        ++count;
        samples += silent;
      }
      sounded = true;
      silent = 0;
    }
  }
};

class caller {
public:
  caller(std::string url, std::chrono::milliseconds longest) {
    options_.twilio.url = std::move(url);
    auto& person = options_.person;
    const auto patience_ms = static_cast<std::uint32_t>(longest.count())
                             + 30'000;
    person.steps = {{steps::hear_end{1500}, patience_ms}, {steps::hang_up{}}};
    // There is one answer: whatever is missing in it is an underrun.
    person.queue.burst_gap_ms = patience_ms;
    person.on_event = [this](const timeline_event& x) { on_event(x); };
    options_.call_deadline_ms = patience_ms + 30'000;
  }

  int run() {
    loop_.post([this] {
      lag_.start();
      client_ = start_demo_call(loop_, options_, [this](auto result) {
        result_ = std::move(result);
        lag_.stop();
        loop_.stop();
      });
    });
    loop_.run();
    return report();
  }

private:
  void on_event(const timeline_event& x) {
    const auto now = clock::now();
    if (x.what == timeline_event::kind::agent_began) {
      std::cout << stall_lines::began << us(now.time_since_epoch())
                << std::endl;
    } else if (x.what == timeline_event::kind::underrun) {
      const auto gap
        = std::chrono::milliseconds{client_->elapsed_ms() - x.at_ms};
      std::cout << stall_lines::underrun << us(now.time_since_epoch())
                << " gap_ms=" << gap.count()
                << " late_us=" << us(lag_.most_since(now - gap)) << std::endl;
    }
  }

  int report() {
    const auto& stats = result_->stats;
    const holes heard{result_->tape.audio(call_tape::track::agent)};
    const auto lag = lag_.all();
    std::cout << stall_lines::over << "received=" << stats.bytes_received
              << " played=" << stats.bytes_played
              << " underruns=" << stats.underruns
              << " underrun_ms=" << stats.underrun_ms
              << " holes=" << heard.count << " hole_ms=" << heard.samples / 8
              << " queued_ms=" << stats.max_queued_ms
              << " violations=" << stats.violation_count
              << " late_ms=" << stats.max_lag_ms
              << " lag_p50_us=" << quantile(lag, 0.5)
              << " lag_p99_us=" << quantile(lag, 0.99)
              << " lag_max_us=" << lag.back() << std::endl;
    if (result_->failure.empty())
      return 0;
    std::cout << "failure: " << result_->failure << std::endl;
    return 1;
  }

  net::shard_loop loop_{0};
  own_lag lag_{loop_};
  demo_caller_options options_;
  std::shared_ptr<demo_caller_client> client_;
  std::optional<demo_caller_result> result_;
};

} // namespace

int run_stall_caller(const std::string& url,
                     std::chrono::milliseconds longest) {
  return caller{url, longest}.run();
}

} // namespace offhook::bench
