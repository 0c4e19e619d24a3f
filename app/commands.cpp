#include "app/commands.hpp"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <exception>
#include <iostream>
#include <utility>

#include <spdlog/spdlog.h>

#include "app/config.hpp"
#include "app/demo.hpp"
#include "app/demo_faults.hpp"
#include "app/logging.hpp"
#include "app/scenario_json.hpp"
#include "app/scenario_library.hpp"
#include "app/scenario_tools.hpp"
#include "app/secrets.hpp"
#include "app/server.hpp"
#include "app/settings.hpp"

namespace offhook::app {

namespace {

sigset_t end_signals() {
  sigset_t result;
  sigemptyset(&result);
  sigaddset(&result, SIGTERM);
  sigaddset(&result, SIGINT);
  return result;
}

// How often it is looked whether the last call is over.
constexpr std::chrono::milliseconds drain_watch{250};

/// The first signal lets the calls end, the second one ends them. A drain that
/// was asked for over HTTP is no signal: whoever runs the process sends one
/// afterwards.
void serve_until_drained(server& gateway) {
  auto signalled = false;
  while (!gateway.drained()) {
    auto signal = wait_for_end(drain_watch);
    if (signal == 0)
      continue;
    spdlog::info("offhook {} signal={}", signalled ? "ends at once" : "drains",
                 signal == SIGINT ? "INT" : "TERM");
    if (std::exchange(signalled, true))
      return;
    gateway.drain();
  }
}

} // namespace

int complain(const std::string& what) {
  std::cerr << "offhook: " << what << "\n";
  return 2;
}

void block_end_signals() {
  auto signals = end_signals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
}

int wait_for_end(std::chrono::milliseconds patience) {
  auto signals = end_signals();
  timespec time{};
  time.tv_sec = static_cast<std::time_t>(patience.count() / 1000);
  time.tv_nsec = static_cast<long>(patience.count() % 1000) * 1'000'000;
  return std::max(sigtimedwait(&signals, nullptr, &time), 0);
}

int wait_for_end() {
  auto signals = end_signals();
  int result = 0;
  sigwait(&signals, &result);
  return result;
}

int serve_command(const std::vector<std::string>& args) {
  config cfg;
  if (auto error = cfg.read(args); !error.empty())
    return complain(error);
  std::string error;
  auto keys = secrets::load(".env", error);
  if (!error.empty())
    return complain(error);
  block_end_signals();
  start_logging(cfg.values().text("log.level"),
                cfg.values().text("log.format"));
  auto status = 0;
  try {
    server gateway{cfg, std::move(keys)};
    gateway.start();
    serve_until_drained(gateway);
    gateway.stop();
  } catch (const std::exception& x) {
    spdlog::error("offhook cannot serve reason=\"{}\"", x.what());
    status = complain(x.what());
  }
  stop_logging();
  return status;
}

int demo_command(const std::vector<std::string>& args) {
  config cfg;
  demo_options options;
  std::string name = "call";
  std::vector<std::string> rest;
  constexpr std::string_view recording = "--recording=";
  constexpr std::string_view scenario = "--scenario=";
  for (const auto& x : args)
    if (x.starts_with(recording))
      options.recording = x.substr(recording.size());
    else if (x.starts_with(scenario))
      name = x.substr(scenario.size());
    else
      rest.push_back(x);
  if (rest == std::vector<std::string>{"--list"}) {
    list_scenarios(std::cout);
    return 0;
  }
  try {
    options.what = load_scenario(name);
  } catch (const scenario_error& x) {
    return complain(x.what());
  }
  for (const auto& [key, value] : options.what.gateway)
    if (scenario_tools::fill_in(value, "")
        == value) // Else it is not known yet.
      cfg.values().set(key, value, "scenario " + options.what.name);
  if (auto error = cfg.read_arguments(rest); !error.empty())
    return complain(error);
  start_logging(cfg.values().is_default("log.level")
                  ? "error"
                  : cfg.values().text("log.level"),
                cfg.values().text("log.format"));
  auto status = 1;
  try {
    status = run_demo(cfg, options);
  } catch (const std::exception& x) {
    complain(x.what());
  }
  stop_logging();
  return status;
}

void print_help(std::ostream& out) {
  out << R"(Usage: offhook COMMAND [--key=value ...]

Commands
  serve        answer calls until SIGTERM or SIGINT
  demo         one whole call between the built-in stand-ins; writes
               demo-call.wav (--recording=FILE for another name).
               --scenario=NAME or FILE plays another one, --list names those
               that are built in
  demo-agent   the stand-in for the Realtime API, as a server of its own
  demo-caller  the stand-in for Twilio: one call to a running server
  version      the version
  help         this text

Options of demo-agent: --address= --port=5051 --threads=1, --cert-file= and
--key-file= for TLS, --counter: an echo without voice activity detection, for
measuring, --scenario=NAME or FILE: what that has the model say,
--faults=NAME,NAME=VALUE,... of )"
      << describe_faults() << R"(.

Options of demo-caller: --url=, --fallback-url=, --status-callback=, --from=,
--to=, --digits=1,42# (pressed at one <Gather> after the other), --latency= and
--jitter= of the network in ms, --ca-file=, --recording=FILE, --scenario=NAME
or FILE: its caller, and what must come true for them. It signs its requests
where TWILIO_AUTH_TOKEN is set.

Configuration: caf-application.conf in the working directory, or
--config-file=FILE, and each key on the command line. Secrets come from the
environment or from .env: OPENAI_API_KEY, TWILIO_ACCOUNT_SID,
TWILIO_AUTH_TOKEN, OFFHOOK_API_TOKEN, OFFHOOK_FLEET_KEY.

Keys of serve
)";
  for (const auto& x : all_settings()) {
    out << "  " << x.key;
    if (!x.default_value.empty())
      out << " (" << x.default_value << ')';
    out << "\n      " << x.help << "\n";
  }
}

} // namespace offhook::app
