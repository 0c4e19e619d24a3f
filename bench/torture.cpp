// Calls that go wrong by a plan which is a function of a seed, and what must
// hold all the same (docs/torture.md).
//
//   torture [--seed=1] [--calls=300] [--minutes=5] [--seconds=N] [--short]
//   torture [--virtual] --seed=N --call=N [--log]
//   torture --soak [--calls=200] [--minutes=30]
//   torture --virtual [--seed=1] [--calls=1000] [--concurrent=50] [--faults=N]
//   torture --print-plan [--virtual] [--seed=1] [--call=N]
//
// Exit status: 0 only if everything held and nothing was left over; 2 for
// arguments that make no sense.

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <iostream>
#include <optional>
#include <string_view>

#include <spdlog/spdlog.h>

#include "actors/message_types.hpp"
#include "bench/torture/plan.hpp"
#include "bench/torture/socket_stage.hpp"
#include "bench/torture/virtual_stage.hpp"

using namespace offhook::torture;

namespace {

constexpr const char* usage
  = "usage: torture [--seed=N] [--calls=N] [--minutes=N | --seconds=N] "
    "[--offhook=PATH]\n"
    "       torture --soak [--calls=N] [--minutes=N]\n"
    "       torture --virtual [--seed=N] [--calls=N] [--concurrent=N] "
    "[--faults=N]\n"
    "       torture [--virtual] --seed=N --call=N [--log]\n"
    "       torture --print-plan [--virtual] [--seed=N] [--calls=N] "
    "[--call=N]\n"
    "Numbers are from 0 to 2^32 - 1, the seed to 2^63 - 1.\n";

struct arguments {
  bool on_virtual_time = false;
  bool print_plan = false;
  bool log = false;
  bool soak = false;
  bool shorter = false;
  std::string offhook;
  std::uint64_t seconds = 300;
  std::uint64_t seed = 1;
  std::uint64_t calls = 300;
  std::uint64_t concurrent = 50;
  std::uint64_t faults = 0;
  std::uint64_t call = 0; ///< only this one; 0: all
};

bool read(std::string_view arg, std::string_view name, std::uint64_t max,
          std::uint64_t& out) {
  if (!arg.starts_with(name))
    return false;
  arg.remove_prefix(name.size());
  const auto* end = arg.data() + arg.size();
  auto [at, error] = std::from_chars(arg.data(), end, out);
  return error == std::errc{} && at == end && out <= max;
}

std::optional<arguments> parse(int argc, char** argv) {
  constexpr std::uint64_t many = 0xFFFF'FFFF;
  arguments result;
  result.offhook = std::filesystem::path{argv[0]}.parent_path() / "../offhook";
  std::uint64_t minutes = 0;
  constexpr std::string_view path = "--offhook=";
  for (int i = 1; i < argc; ++i) {
    std::string_view arg = argv[i];
    if (arg == "--virtual")
      result.on_virtual_time = true;
    else if (arg == "--print-plan")
      result.print_plan = true;
    else if (arg == "--log")
      result.log = true;
    else if (arg == "--soak")
      result.soak = true;
    else if (arg == "--short")
      result.shorter = true;
    else if (arg.starts_with(path))
      result.offhook = arg.substr(path.size());
    else if (!read(arg, "--minutes=", 100'000, minutes)
             && !read(arg, "--seconds=", 6'000'000, result.seconds)
             && !read(arg, "--seed=", ~std::uint64_t{0} >> 1, result.seed)
             && !read(arg, "--calls=", many, result.calls)
             && !read(arg, "--concurrent=", 10'000, result.concurrent)
             && !read(arg, "--faults=", many, result.faults)
             && !read(arg, "--call=", many, result.call))
      return std::nullopt;
  }
  if (result.calls == 0 || result.concurrent == 0)
    return std::nullopt;
  if (minutes > 0)
    result.seconds = minutes * 60;
  return result;
}

plan_options plans_of(const arguments& from) {
  plan_options result;
  result.seed = from.seed;
  result.where = from.on_virtual_time ? stage::virtual_time : stage::sockets;
  if (!from.on_virtual_time) // What time has to pass for is less dense there.
    result.light_every_ms = 1'000;
  if (from.shorter) {
    result.min_length_ms = 1'000;
    result.max_length_ms = 6'000;
    result.heavy_every_ms = 2'000;
  }
  if (from.soak) {
    // Calls come and go, and nothing else happens. So fast that what is kept of
    // calls that are over is as much as it will ever be after five minutes.
    result.quiet_percent = 100;
    result.min_length_ms = 6'000;
    result.max_length_ms = 18'000;
  }
  return result;
}

void print_plans(const arguments& from) {
  auto first = from.call == 0 ? 1 : from.call;
  auto last = from.call == 0 ? from.calls : from.call;
  for (auto i = first; i <= last; ++i)
    std::cout << describe(
      plan_call(plans_of(from), static_cast<std::uint32_t>(i)));
}

unsigned long long to_print(std::uint64_t x) {
  return x;
}

int play_over_sockets(const arguments& from) {
  socket_options options;
  options.plan = plans_of(from);
  options.offhook = from.offhook;
  options.calls
    = static_cast<std::uint32_t>(std::min<std::uint64_t>(from.calls, 5'000));
  options.seconds = static_cast<std::uint32_t>(from.seconds);
  options.print_minutes = true;
  options.only_call = static_cast<std::uint32_t>(from.call);
  options.trace = from.log ? &std::cout : nullptr;
  if (from.soak) {
    options.suspend = false;
    options.soak_from_s = std::min<std::uint32_t>(300, options.seconds / 3);
  }
  std::printf("seed                   %llu\n", to_print(from.seed));
  std::fflush(stdout);
  auto result = play_on_sockets(options);
  for (const auto& x : result.broken)
    std::cout << "BROKEN (seed " << from.seed << ")\n" << x << '\n';
  std::cout << std::flush;
  std::printf("calls                  %u, %u at once at most (%u wanted)\n"
              "the rig's own lateness %.0f ms at most\n"
              "faults                 %llu, and the process stopped %u times\n"
              "sessions               %llu\n"
              "caller frames          %llu, in order\n"
              "agent frames heard     %llu\n"
              "checks                 %llu\n",
              result.calls, result.most_calls, options.calls, result.latest_ms,
              to_print(result.faults), result.suspensions,
              to_print(result.sessions), to_print(result.caller_frames),
              to_print(result.agent_frames), to_print(result.checks));
  for (const auto& [outcome, count] : result.outcomes)
    std::printf("ended as %-13s %u\n", outcome.c_str(), count);
  std::printf("before %s\nafter  %s\n", describe(result.before).c_str(),
              describe(result.after).c_str());
  std::printf("%s\n", result.broken.empty()
                        ? "everything held"
                        : "FAILED: --print-plan with this seed tells what was "
                          "done to which call");
  return result.broken.empty() ? 0 : 1;
}

int play_on_virtual_time(const arguments& from) {
  virtual_options options;
  options.plan = plans_of(from);
  options.calls = static_cast<std::uint32_t>(from.calls);
  options.concurrent
    = static_cast<std::uint32_t>(std::min(from.concurrent, from.calls));
  options.max_faults = from.faults;
  if (from.call != 0) {
    options.first_call = static_cast<std::uint32_t>(from.call);
    options.calls = options.concurrent = 1;
  }
  options.trace = from.log ? &std::cout : nullptr;
  options.progress
    = [last = std::uint64_t{0}](const virtual_result& x) mutable {
        constexpr std::uint64_t every = 50'000;
        if (x.faults / every == last)
          return;
        last = x.faults / every;
        std::printf("... %llu faults in %u calls, %zu broken\n",
                    static_cast<unsigned long long>(x.faults), x.calls,
                    x.broken.size());
        std::fflush(stdout);
      };
  auto began = std::chrono::steady_clock::now();
  virtual_stage stage{std::move(options)};
  auto result = stage.run();
  auto real
    = std::chrono::duration<double>(std::chrono::steady_clock::now() - began)
        .count();
  for (const auto& x : result.broken)
    std::cout << "BROKEN (seed " << from.seed << ")\n" << x << '\n';
  std::printf("seed                   %llu\n"
              "calls                  %u, %.1f hours of talk\n"
              "faults                 %llu\n"
              "sessions               %llu\n"
              "caller frames          %llu, and %llu of them once more\n"
              "agent frames heard     %llu\n"
              "checks                 %llu, each of all calls\n"
              "time                   %.1f s for %.0f s of virtual time\n"
              "before                 %s\n"
              "after                  %s\n",
              to_print(from.seed), result.calls, result.call_seconds / 3600,
              static_cast<unsigned long long>(result.faults),
              static_cast<unsigned long long>(result.sessions),
              static_cast<unsigned long long>(result.caller_frames),
              static_cast<unsigned long long>(result.given_again),
              static_cast<unsigned long long>(result.agent_frames),
              static_cast<unsigned long long>(result.checks), real,
              result.virtual_seconds, describe(result.before).c_str(),
              describe(result.after).c_str());
  std::printf("%s\n", result.passed() ? "everything held"
                                      : "FAILED: replay with the same seed, "
                                        "--call=N for one call alone");
  return result.passed() ? 0 : 1;
}

} // namespace

int main(int argc, char** argv) {
  auto args = parse(argc, argv);
  if (!args) {
    std::cerr << usage;
    return 2;
  }
  if (args->print_plan) {
    print_plans(*args);
    return 0;
  }
  offhook::actors::register_message_types();
  spdlog::set_level(args->log ? spdlog::level::info : spdlog::level::off);
  try {
    return args->on_virtual_time ? play_on_virtual_time(*args)
                                 : play_over_sockets(*args);
  } catch (const std::exception& x) {
    std::cerr << "torture: " << x.what() << '\n';
    return 1;
  }
}
