// What calls notice of two others in trouble: one whose peer does not read, one
// whose function blocks. The others make the load of most of a core, and count
// every byte. Five pairs of halves, without and with the trouble.
//
//   neighbours [--load=70] [--calls=N] [--pairs=5] [--seconds=10]
//              [--sittings=3] [--short]
//
// A sitting in which the calls miss the bound without any trouble says nothing
// of the trouble: it is void, and there is another one, up to --sittings.
// Exit status: 0 only if, with the trouble, p99 of the added latency is below
// 20 ms and its median at most 1.5 times that without, and every byte arrived;
// 3 where all sittings were void. --short measures nothing: one pair, in which
// the trouble has to be there and every byte has to arrive.

#include <cstdio>
#include <exception>
#include <iostream>
#include <string>
#include <vector>

#include "actors/message_types.hpp"
#include "bench/arguments.hpp"
#include "bench/neighbour_roles.hpp"
#include "bench/neighbour_sitting.hpp"

using namespace offhook::bench;

namespace {

constexpr double most_p99_ms = 20;
constexpr double most_median_ratio = 1.5;
constexpr int status_void = 3;

struct run_options {
  sitting_plan plan;
  int sittings = 3;
  bool is_short = false;
};

bool parse(int argc, char** argv, run_options& out) {
  out.plan.program = argv[0];
  for (int i = 1; i < argc; ++i) {
    std::string_view arg = argv[i];
    auto& plan = out.plan;
    if (arg == "--short")
      out.is_short = true;
    else if (!read_number(arg, "--load=", 100, plan.load)
             && !read_number(arg, "--calls=", 2000, plan.calls)
             && !read_number(arg, "--pairs=", 100, plan.pairs)
             && !read_number(arg, "--seconds=", 3600, plan.seconds)
             && !read_number(arg, "--sittings=", 100, out.sittings))
      return false;
  }
  if (out.is_short) {
    out.plan.pairs = out.sittings = 1;
    out.plan.seconds = 4;
  }
  return true;
}

void print(const std::string& name, const half_result& x) {
  std::printf("| %s | %.0f %% | %.2f ms | %.2f ms | %.2f ms | %.2f ms |\n",
              name.c_str(), x.load * 100, x.p50_ms, x.p99_ms, x.max_ms,
              x.lag_p99_ms);
}

void print(const sitting_result& x) {
  std::printf("%d calls\n\n| half | load of a core | added p50 | p99 | max | "
              "generator's lag p99 |\n| --- | --- | --- | --- | --- | --- |\n",
              x.calls);
  for (std::size_t i = 0; i < x.free.size(); ++i) {
    auto number = std::to_string(i + 1);
    print(number + ", free", x.free[i]);
    if (i < x.troubled.size())
      print(number + ", trouble", x.troubled[i]);
  }
  std::printf("\nall free halves: p50 %.3f ms, p99 %.2f ms\n"
              "all with trouble: p50 %.3f ms, p99 %.2f ms; ratio of the "
              "medians %.2f\n"
              "the trouble: %lld frames dropped for the peer that did not "
              "read, a thread blocked for %llu s\n",
              x.all_free.p50_ms, x.all_free.p99_ms, x.all_troubled.p50_ms,
              x.all_troubled.p99_ms, x.all_troubled.p50_ms / x.all_free.p50_ms,
              static_cast<long long>(x.dropped_frames),
              static_cast<unsigned long long>(x.blocks));
  std::fflush(stdout);
}

int failed(const std::string& why) {
  std::printf("FAILED: %s\n", why.c_str());
  return 1;
}

int judge(const sitting_result& x, bool is_short) {
  if (!x.failure.empty())
    return failed(x.failure);
  if (x.dropped_frames == 0 || x.blocks < x.troubled.size())
    return failed("there was no trouble");
  if (is_short) {
    std::puts("there was trouble, and every byte of the others arrived");
    return 0;
  }
  if (x.all_free.p99_ms >= most_p99_ms) {
    std::puts("void: the bound is missed without any trouble");
    return status_void;
  }
  if (x.all_troubled.p99_ms >= most_p99_ms)
    return failed("p99 is not below 20 ms");
  if (x.all_troubled.p50_ms > most_median_ratio * x.all_free.p50_ms)
    return failed("the median is more than 1.5 times that without trouble");
  std::puts("the others did not notice");
  return 0;
}

int run(const run_options& options) {
  auto status = status_void;
  for (int i = 0; i < options.sittings && status == status_void; ++i) {
    auto result = sit(options.plan);
    print(result);
    status = judge(result, options.is_short);
  }
  return status;
}

} // namespace

int main(int argc, char** argv) {
  offhook::actors::register_message_types();
  std::string role = argc > 1 ? argv[1] : "";
  try {
    if (role == "--as-gateway")
      return neighbour_gateway({argv + 2, argv + argc});
    if (role == "--as-agent")
      return neighbour_agent();
    run_options options;
    if (!parse(argc, argv, options)) {
      std::cerr << "usage: neighbours [--load=70] [--calls=N] [--pairs=5] "
                   "[--seconds=10] [--sittings=3] [--short]\n";
      return 2;
    }
    return run(options);
  } catch (const std::exception& x) {
    std::cerr << "neighbours: " << x.what() << "\n";
    return 1;
  }
}
