#include "bench/stall_call.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <random>
#include <sstream>
#include <thread>
#include <vector>

#include "app/standins/demo_agent_server.hpp"
#include "bench/child_process.hpp"
#include "bench/quantile.hpp"
#include "bench/stall_caller.hpp"
#include "protocol/g711.hpp"

namespace g711 = offhook::protocol::g711;

namespace offhook::bench {

namespace {

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

// Before the answer's end, so that the last stop falls well within it.
constexpr auto margin = 3s;

// Time to be back at the full lead, and then by chance, so that a stop meets
// every phase of the server's timers.
constexpr int least_pause_ms = 200;
constexpr int most_pause_ms = 400;

// A gap that a stop made ends when the server has caught up.
constexpr auto catching_up = 50ms;

struct stop {
  clock::time_point from;
  clock::time_point to;
};

std::vector<milliseconds> pauses(const stall_plan& plan) {
  std::minstd_rand random{plan.seed};
  std::uniform_int_distribution<int> length{least_pause_ms, most_pause_ms};
  std::vector<milliseconds> result(static_cast<std::size_t>(plan.stops));
  std::generate(result.begin(), result.end(),
                [&] { return milliseconds{length(random)}; });
  return result;
}

milliseconds answer_length(const std::vector<milliseconds>& pauses,
                           milliseconds stop_length) {
  milliseconds result = margin;
  for (auto x : pauses)
    result += x + stop_length + 20ms;
  result -= result % g711::frame_ms;
  return result;
}

/// Sound from the first sample to the last, of which no byte is silence.
std::vector<std::byte> hum(milliseconds length) {
  std::vector<std::byte> result(
    g711::to_bytes(static_cast<std::uint64_t>(length.count())));
  for (std::size_t i = 0; i < result.size(); ++i)
    result[i] = std::byte(i / 4 % 2 == 0 ? 0x90 : 0x10);
  return result;
}

app::standins::demo_agent_server_options agent_that_says(milliseconds length) {
  app::standins::demo_agent_server_options result;
  result.listener.port = 0;
  result.agent.timing.speed = 0; // A whole answer at once.
  result.agent.script.answer
    = [audio = hum(length)](const app::standins::turn_info&) {
        app::standins::agent_reply reply;
        reply.outputs.emplace_back(app::standins::spoken_line{"Hum.", audio});
        return reply;
      };
  return result;
}

/// The value of `key=` in a line of the caller's.
std::int64_t value(const std::string& line, const std::string& key) {
  auto at = line.find(key);
  std::int64_t result = -1;
  if (at != std::string::npos)
    std::from_chars(line.data() + at + key.size(), line.data() + line.size(),
                    result);
  return result;
}

clock::time_point time_of(std::int64_t us) {
  return clock::time_point{std::chrono::microseconds{us}};
}

double ms(clock::duration x) {
  return std::chrono::duration<double, std::milli>(x).count();
}

std::vector<stop> stop_and_go(child_process& server,
                              const std::vector<milliseconds>& pauses,
                              milliseconds stop_length) {
  std::vector<stop> result;
  for (auto pause : pauses) {
    std::this_thread::sleep_for(pause);
    server.suspend();
    stop x{clock::now(), {}};
    std::this_thread::sleep_until(x.from + stop_length);
    server.resume();
    x.to = clock::now();
    result.push_back(x);
  }
  return result;
}

/// Puts the caller's underruns beside the stops.
void judge_underrun(const std::string& line, const std::vector<stop>& stops,
                    stall_result& out) {
  const auto end = time_of(value(line, stall_lines::underrun));
  const auto gap_ms = value(line, " gap_ms=");
  ++out.underruns;
  out.longest_ms = std::max(out.longest_ms, gap_ms);
  if (gap_ms * 1000 <= value(line, " late_us=")) {
    ++out.own;
    return;
  }
  auto of_a_stop = std::any_of(stops.begin(), stops.end(), [&](const stop& x) {
    return end > x.from && end <= x.to + catching_up;
  });
  if (!of_a_stop)
    ++out.beside;
}

/// Whether all that was sent was played, and all that is missing was counted.
std::string check_totals(const std::string& line, std::size_t answer_bytes,
                         const stall_result& found) {
  const auto underruns = value(line, " underruns=");
  const auto holes = value(line, " holes=");
  const auto hole_ms = value(line, " hole_ms=");
  const auto answer = static_cast<std::int64_t>(answer_bytes);
  std::ostringstream out;
  if (value(line, " received=") != answer || value(line, " played=") != answer)
    out << "of " << answer << " bytes the caller got "
        << value(line, " received=") << " and played "
        << value(line, " played=");
  else if (value(line, " violations=") != 0)
    out << "the server sent what Twilio would not take";
  else if (underruns != holes || underruns != found.underruns
           || hole_ms > found.missing_ms
           || found.missing_ms > hole_ms + underruns + 1)
    out << "the caller counted " << underruns << " underruns ("
        << found.missing_ms << " ms) and told of " << found.underruns
        << ", but its tape has " << holes << " holes (" << hole_ms << " ms)";
  return out.str();
}

} // namespace

stall_result make_stalled_call(const stall_plan& plan) {
  const milliseconds stop_length{plan.stop_ms};
  const auto waits = pauses(plan);
  const auto length = answer_length(waits, stop_length);
  app::standins::demo_agent_server agent{agent_that_says(length)};
  agent.start();
  std::vector<std::string> command{
    plan.offhook,        "serve",
    "--http.port=0",     "--openai.url=" + agent.url(),
    "--twiml.greeting=", "--log.level=info"};
  if (plan.lead_ms > 0)
    command.push_back("--call.playout-lead=" + std::to_string(plan.lead_ms));
  child_process server{command};
  const auto port = server.wait_for(" port=");
  child_process caller{{plan.self, "caller",
                        "http://127.0.0.1:" + port + "/incoming-call",
                        std::to_string(length.count())}};
  const auto began = time_of(std::stoll(caller.wait_for(stall_lines::began)));
  const auto stops = stop_and_go(server, waits, stop_length);
  const auto caller_status = caller.wait();
  const auto server_status = server.stop();
  agent.stop();

  stall_result result;
  std::string totals;
  std::istringstream lines{caller.output()};
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with(stall_lines::underrun))
      judge_underrun(line, stops, result);
    else if (line.starts_with(stall_lines::over))
      totals = line;
  }
  std::vector<double> lengths_ms;
  for (const auto& x : stops) {
    lengths_ms.push_back(ms(x.to - x.from));
    if (x.to + 1s < began + length)
      ++result.stops;
  }
  std::sort(lengths_ms.begin(), lengths_ms.end());
  result.stop_p50_ms = quantile(lengths_ms, 0.5);
  result.stop_max_ms = lengths_ms.back();
  result.missing_ms = value(totals, " underrun_ms=");
  result.queued_ms = value(totals, " queued_ms=");
  result.lag_p99_ms = static_cast<double>(value(totals, " lag_p99_us=")) / 1e3;
  result.lag_max_ms = static_cast<double>(value(totals, " lag_max_us=")) / 1e3;
  if (caller_status != 0 || server_status != 0)
    result.failure = "exit status of the caller "
                     + std::to_string(caller_status) + ", of the server "
                     + std::to_string(server_status) + ":\n" + caller.output();
  else if (result.stops != plan.stops)
    result.failure = "only " + std::to_string(result.stops) + " of "
                     + std::to_string(plan.stops)
                     + " stops fell into the answer";
  else
    result.failure
      = check_totals(totals,
                     g711::to_bytes(static_cast<std::uint64_t>(length.count())),
                     result);
  return result;
}

} // namespace offhook::bench
