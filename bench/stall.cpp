// What a stop of the server does to the agent's voice, by the lead with which
// it sends: one long answer at once, `offhook serve` stopped (SIGSTOP, SIGCONT)
// for --length ms again and again, the gaps counted at the caller's ear. Server
// and caller are processes of their own, the agent is a thread here.
//
//   stall [--stops=100] [--length=80] [--runs=3] [--short] [--offhook=PATH]
//
// One call for each lead, --runs for the default one. Prints a table: an
// underrun is play-out that runs dry inside of the answer. "own" are those no
// longer than the caller's process was late itself at that time; "beside" those
// of the rest that no stop explains.
// Exit status: 0 only if every call was whole, there is no underrun at the
// default lead, and there are some at 60 ms, without which nothing would have
// been measured. --short makes two calls and asks for the first only.

#include <cstdio>
#include <filesystem>
#include <iostream>
#include <string>
#include <vector>

#include "app/settings.hpp"
#include "bench/arguments.hpp"
#include "bench/stall_call.hpp"
#include "bench/stall_caller.hpp"

using namespace offhook;
using namespace offhook::bench;

namespace {

constexpr int small_lead_ms = 60;

struct run_options {
  std::string offhook;
  int stops = 100;
  int stop_ms = 80;
  int runs = 3;
  bool is_short = false;
};

int default_lead_ms() {
  for (const auto& x : app::all_settings())
    if (x.key == "call.playout-lead")
      return std::stoi(std::string{x.default_value});
  return 0;
}

bool parse(int argc, char** argv, run_options& out) {
  out.offhook = std::filesystem::path{argv[0]}.parent_path() / "../offhook";
  constexpr std::string_view path = "--offhook=";
  for (int i = 1; i < argc; ++i) {
    std::string_view arg = argv[i];
    if (arg.starts_with(path))
      out.offhook = arg.substr(path.size());
    else if (arg == "--short")
      out.is_short = true;
    else if (!read_number(arg, "--stops=", 1000, out.stops)
             && !read_number(arg, "--length=", 1000, out.stop_ms)
             && !read_number(arg, "--runs=", 100, out.runs))
      return false;
  }
  return true;
}

void print_head() {
  std::puts("| lead | stops | underruns | missing | longest | beside | own | "
            "caller's lag p99, max | stops p50, max |\n"
            "| --- | --- | --- | --- | --- | --- | --- | --- | --- |");
}

void print(const std::string& lead, const stall_result& x) {
  std::printf("| %s | %d | %d | %lld ms | %lld ms | %d | %d | %.2f, %.2f ms | "
              "%.1f, %.1f ms |\n",
              lead.c_str(), x.stops, x.underruns,
              static_cast<long long>(x.missing_ms),
              static_cast<long long>(x.longest_ms), x.beside, x.own,
              x.lag_p99_ms, x.lag_max_ms, x.stop_p50_ms, x.stop_max_ms);
  std::fflush(stdout);
}

int run(const run_options& options) {
  std::vector<int> leads{small_lead_ms};
  if (!options.is_short)
    leads.insert(leads.end(), {100, 160, 240, 400});
  // 0 is the default, which is then not said to the server.
  leads.insert(leads.end(),
               static_cast<std::size_t>(options.is_short ? 1 : options.runs),
               0);
  auto small = 0;
  auto at_default = 0;
  auto own = 0;
  std::uint32_t seed = 0;
  print_head();
  for (auto lead : leads) {
    auto x = make_stalled_call(
      {std::filesystem::read_symlink("/proc/self/exe").string(),
       options.offhook, lead, options.stops, options.stop_ms, ++seed});
    print(lead == 0 ? std::to_string(default_lead_ms()) + " ms (default)"
                    : std::to_string(lead) + " ms",
          x);
    if (!x.failure.empty()) {
      std::printf("FAILED: %s\n", x.failure.c_str());
      return 1;
    }
    if (lead == 0) {
      at_default += x.underruns;
      own += x.own;
    }
    if (lead == small_lead_ms)
      small += x.underruns - x.own - x.beside;
  }
  if (options.is_short)
    return 0;
  if (at_default > 0)
    std::printf("FAILED: %d underruns at the default lead, %d of them the "
                "caller's own\n",
                at_default, own);
  if (small == 0)
    std::printf("FAILED: no stop was heard at %d ms, so that this measures "
                "nothing\n",
                small_lead_ms);
  return at_default == 0 && small > 0 ? 0 : 1;
}

} // namespace

int main(int argc, char** argv) {
  try {
    if (argc == 4 && std::string_view{argv[1]} == "caller")
      return run_stall_caller(argv[2],
                              std::chrono::milliseconds{std::stoll(argv[3])});
    run_options options;
    if (!parse(argc, argv, options)) {
      std::cerr << "usage: stall [--stops=100] [--length=80] [--runs=3] "
                   "[--short] [--offhook=PATH]\n";
      return 2;
    }
    return run(options);
  } catch (const std::exception& x) {
    std::cerr << "stall: " << x.what() << "\n";
    return 1;
  }
}
