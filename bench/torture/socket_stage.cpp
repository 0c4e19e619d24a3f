#include "bench/torture/socket_stage.hpp"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <deque>
#include <utility>

#include "bench/child_process.hpp"
#include "bench/metrics_page.hpp"
#include "bench/torture/socket_line.hpp"
#include "net/listener.hpp"

namespace standins = offhook::app::standins;

namespace offhook::torture {

namespace {

using std::chrono::milliseconds;
using time_point = standins::time_point;

constexpr milliseconds tick_length{10};
constexpr milliseconds check_interval{100};
constexpr milliseconds begin_interval{50};

// While the rig is later than this on average, no more calls begin: it has as
// many as the machine can carry.
constexpr double late_ms = 15;
constexpr std::uint32_t always_carried = 4;
constexpr std::chrono::seconds minute{60};

// Of what the gateway logs, to be shown where a call of it went wrong.
constexpr std::size_t kept_log = 32u << 20;

// What the gateway may take for an answer that needs no call.
constexpr std::uint32_t longest_answer_ms = 5'000;

std::vector<std::string> command(const socket_options& options,
                                 std::uint16_t model_port) {
  std::vector<std::string> result{options.offhook,
                                  "serve",
                                  "--http.port=0",
                                  "--openai.url=ws://127.0.0.1:"
                                    + std::to_string(model_port)
                                    + "/v1/realtime",
                                  "--openai.idle-timeout=6s",
                                  "--twiml.greeting=",
                                  "--log.level=info",
                                  "--agents.default.greeting=Greet the caller.",
                                  "--agents.default.dead-air=0s",
                                  "--agents.default.behaviours=keys",
                                  "--agents.default.tools=end_call"};
  for (std::uint32_t i = 1; i <= options.calls; ++i) {
    auto name = "slot" + std::to_string(i);
    result.push_back("--agents." + name + ".model=" + name);
  }
  return result;
}

/// All of it; lives on the calling thread.
class rig {
public:
  explicit rig(const socket_options& options)
    : options_(options),
      models_({&loop_}, net::listener_options{}, model_handler()),
      to_model_(models_.port()),
      gateway_(command(options, to_model_.port()), kept_log),
      port_(
        static_cast<std::uint16_t>(std::stoul(gateway_.wait_for(" port=")))),
      to_gateway_(port_),
      timer_(loop_.io().get_executor()),
      slots_(options.calls) {
    models_.start();
  }

  socket_result run() {
    loop_.post([this] {
      ask_metrics([this](const std::string& page) {
        result_.before = take_sample(page);
        if (result_.before.actors < 0 || result_.before.calls != 0)
          broken("the gateway's metrics are not those that are looked at");
        began_ = next_check_ = next_minute_ = due_ = clock_now();
        next_minute_ += minute;
        next_suspend_ = *began_ + draw(3'000, 9'000);
        tick();
      });
    });
    loop_.run();
    if (auto status = gateway_.stop(); status != 0)
      broken("the gateway's exit status is " + std::to_string(status) + ":\n"
             + gateway_.output());
    return std::move(result_);
  }

private:
  net::http_handler model_handler() {
    net::http_handler result;
    result.on_request = [](const net::http_request&,
                           const net::http_reply_ptr& reply) {
      reply->send({404, "text/plain", "", {}});
    };
    result.on_upgrade = [this](const net::http_request& request,
                               const net::http_reply_ptr& reply) {
      constexpr std::string_view key = "model=slot";
      std::size_t slot = 0;
      if (auto at = request.query.find(key); at != std::string::npos)
        std::from_chars(request.query.data() + at + key.size(),
                        request.query.data() + request.query.size(), slot);
      if (slot == 0 || slot > slots_.size() || !slots_[slot - 1])
        return reply->send({404, "text/plain", "", {}});
      net::ws_limits limits;
      limits.max_message_bytes = std::size_t{16} * 1024 * 1024;
      limits.max_queued_bytes = std::size_t{64} * 1024 * 1024;
      standins::demo_agent_handshake shake;
      shake.model = "slot" + std::to_string(slot);
      reply->accept(limits, [line = slots_[slot - 1],
                             shake](net::web_socket_ptr socket) {
        if (socket)
          line->open_session(std::move(socket), shake);
      });
    };
    return result;
  }

  void broken(const std::string& what) {
    constexpr std::size_t max_broken = 50;
    if (result_.broken.size() < max_broken)
      result_.broken.push_back(what);
  }

  milliseconds draw(std::uint32_t from, std::uint32_t to) {
    random_ = random_ * 6364136223846793005ull + 1442695040888963407ull;
    return milliseconds{from + (random_ >> 33) % (to - from + 1)};
  }

  std::string base() const {
    return "http://127.0.0.1:" + std::to_string(port_);
  }

  void ask_metrics(std::function<void(const std::string&)> done) {
    bench::ask_metrics(loop_, base(), longest_answer_ms,
                       [this, done = std::move(done)](const std::string& page,
                                                      const std::string& why) {
                         if (!why.empty())
                           broken("the gateway gives no metrics: " + why);
                         done(page);
                       });
  }

  sample take_sample(const std::string& page) {
    sample x;
    x.at_s = began_
               ? std::chrono::duration<double>(clock_now() - *began_).count()
               : 0;
    x.resident_bytes = gateway_.resident_bytes();
    x.open_files = gateway_.open_files();
    x.actors = bench::metric(page, "caf_system_running_actors");
    x.calls = bench::metric(page, "offhook_active_calls");
    return x;
  }

  // -- time -------------------------------------------------------------------

  void tick() {
    auto now = clock_now();
    auto begin_more = options_.only_call == 0
                        ? now - *began_ < std::chrono::seconds{options_.seconds}
                        : result_.begun == 0;
    auto busy = false;
    note_lateness(now);
    due_ = now + tick_length;
    // Not all in one moment: what hundreds of callers do at once is another
    // question.
    auto carried = lateness_ms_ < late_ms || lines_ < always_carried;
    auto room = carried && now >= next_begin_ ? 1 : 0;
    if (room > 0)
      next_begin_ = now + begin_interval;
    lines_ = 0;
    for (std::size_t i = 0; i < slots_.size(); ++i) {
      auto& line = slots_[i];
      if (line) {
        line->advance();
        if (line->over())
          collect(line);
      }
      if (!line && begin_more && room-- > 0) {
        line = std::make_shared<socket_line>(
          meeting_point{loop_, base(), to_gateway_, to_model_},
          plan_call(options_.plan, next_call()),
          static_cast<std::uint32_t>(i + 1));
        line->check().trace_to(options_.trace);
        line->check().remember();
        line->begin();
      }
      busy = busy || line;
      lines_ += line ? 1 : 0;
    }
    result_.most_calls = std::max(result_.most_calls, lines_);
    if (now >= next_check_) {
      next_check_ = now + check_interval;
      check();
    }
    if (options_.suspend && begin_more && now >= *next_suspend_) {
      gateway_.suspend();
      ++result_.suspensions;
      suspended_until_ = now + draw(20, 400);
      next_suspend_ = now + draw(3'000, 9'000);
    }
    if (suspended_until_ && now >= *suspended_until_) {
      suspended_until_.reset();
      gateway_.resume();
    }
    if (!busy && !begin_more && !suspended_until_)
      return settle(now);
    at(due_, [this] { tick(); });
  }

  std::uint32_t next_call() {
    ++result_.begun;
    return options_.only_call == 0 ? result_.begun : options_.only_call;
  }

  /// A rig that is late blames the gateway for what it did itself: callers who
  /// hang up too late, models that answer too late.
  void note_lateness(time_point now) {
    constexpr double weight = 0.05;
    using milli = std::chrono::duration<double, std::milli>;
    auto late = std::max({milli{now - due_}, milli{to_model_.take_lateness()},
                          milli{to_gateway_.take_lateness()}})
                  .count();
    result_.latest_ms = std::max(result_.latest_ms, late);
    lateness_ms_ += weight * (late - lateness_ms_);
  }

  void at(time_point when, std::function<void()> what) {
    timer_.expires_at(when);
    timer_.async_wait([what = std::move(what)](net::error_code ec) {
      if (!ec)
        what();
    });
  }

  void check() {
    if (asking_)
      return;
    asking_ = true;
    ask_metrics([this, asked_with = lines_](const std::string& page) {
      asking_ = false;
      if (page.empty())
        return;
      ++result_.checks;
      auto x = take_sample(page);
      auto lines = std::max(lines_, asked_with);
      if (x.calls > lines + 1) // One may have begun to be answered.
        broken("the gateway has " + std::to_string(x.calls) + " calls, and "
               + std::to_string(lines) + " are there");
      if (clock_now() < next_minute_)
        return;
      next_minute_ += minute;
      result_.minutes.push_back(x);
      if (options_.print_minutes) {
        std::printf("%s\n", describe(x).c_str());
        std::fflush(stdout);
      }
    });
  }

  void collect(std::shared_ptr<socket_line>& line) {
    auto& check = line->check();
    ++result_.calls;
    result_.faults += line->faults_done();
    result_.sessions += check.sessions();
    result_.caller_frames += check.frames_arrived();
    result_.agent_frames += check.frames_heard();
    ++result_.outcomes[to_string(check.outcome())];
    if (!check.broken().empty()) {
      std::string text;
      for (const auto& what : check.broken())
        text += what + '\n';
      constexpr std::size_t lines = 40;
      text += describe(check.plan()) + "what the gateway logged:\n"
              + gateway_.lines_with(line->sid(), lines)
              + "what passed before it was found:\n";
      for (const auto& what : check.last_words())
        text += what + '\n';
      broken(text);
    }
    // What its sessions and timers still say is nobody's business.
    old_.push_back(std::move(line));
    if (old_.size() > 2 * slots_.size())
      old_.pop_front();
  }

  /// Nothing is left to do: what is left over?
  void settle(time_point since) {
    ask_metrics([this, since](const std::string& page) {
      auto x = take_sample(page);
      // Two connections are ours: this question's, and none to be reused.
      auto back = x.calls == 0 && x.actors <= result_.before.actors
                  && x.open_files <= result_.before.open_files;
      if (back || clock_now() - since > milliseconds{options_.settle_ms}) {
        result_.after = x;
        result_.faults -= std::min(result_.faults,
                                   to_gateway_.missed() + to_model_.missed());
        if (!back)
          broken("left over: " + describe(x)
                 + "\nbefore:    " + describe(result_.before));
        to_gateway_.stop();
        to_model_.stop();
        models_.stop([this] { loop_.stop(); });
        return;
      }
      at(clock_now() + milliseconds{500}, [this, since] { settle(since); });
    });
  }

  const socket_options& options_;
  socket_result result_;
  net::shard_loop loop_{0};
  std::deque<std::shared_ptr<socket_line>> old_;
  net::listener models_;
  fault_proxy to_model_;
  bench::child_process gateway_;
  std::uint16_t port_;
  fault_proxy to_gateway_;
  net::loop_timer timer_;
  std::vector<std::shared_ptr<socket_line>> slots_;
  std::optional<time_point> began_;
  time_point due_{}; // The tick is.
  double lateness_ms_ = 0;
  std::uint32_t lines_ = 0; // At the last tick.
  time_point next_begin_{};
  time_point next_check_{};
  time_point next_minute_{};
  std::optional<time_point> next_suspend_;
  std::optional<time_point> suspended_until_;
  std::uint64_t random_ = options_.plan.seed;
  bool asking_ = false;
};

} // namespace

std::string describe(const sample& x) {
  char text[160];
  std::snprintf(text, sizeof text,
                "%7.1f s: %8.1f MB resident, %5zu open files, %6lld actors, "
                "%4lld calls",
                x.at_s, static_cast<double>(x.resident_bytes) / 1e6,
                x.open_files, static_cast<long long>(x.actors),
                static_cast<long long>(x.calls));
  return text;
}

socket_result play_on_sockets(const socket_options& options) {
  auto result = rig{options}.run();
  if (options.soak_from_s == 0)
    return result;
  // Of times with as many calls as ever; the last minute is among them.
  auto first = std::find_if(result.minutes.begin(), result.minutes.end(),
                            [&](const sample& x) {
                              return x.at_s >= options.soak_from_s;
                            });
  if (first == result.minutes.end() || first + 1 == result.minutes.end()) {
    result.broken.push_back("too short for a soak");
    return result;
  }
  auto last = std::find_if(result.minutes.rbegin(), result.minutes.rend(),
                           [&](const sample& x) {
                             return x.at_s <= options.seconds + 1.0;
                           });
  auto growth = static_cast<double>(last->resident_bytes)
                  / static_cast<double>(first->resident_bytes)
                - 1;
  std::printf("memory                 %+.2f %% from %.0f s to %.0f s\n",
              growth * 100, first->at_s, last->at_s);
  if (growth > options.soak_growth)
    result.broken.push_back("the gateway's memory grows");
  return result;
}

} // namespace offhook::torture
