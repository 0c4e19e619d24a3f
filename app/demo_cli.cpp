// The stand-ins as processes of their own: `demo-agent` and `demo-caller`.

#include <unistd.h>

#include <charconv>
#include <cstdlib>
#include <future>
#include <iostream>
#include <map>
#include <sstream>
#include <thread>

#include "app/commands.hpp"
#include "app/demo_faults.hpp"
#include "app/demo_script.hpp"
#include "app/demo_timeline.hpp"
#include "app/logging.hpp"
#include "app/scenario_agent.hpp"
#include "app/scenario_json.hpp"
#include "app/scenario_judge.hpp"
#include "app/scenario_library.hpp"
#include "app/standins/demo_agent_server.hpp"
#include "app/standins/demo_caller_client.hpp"
#include "app/wav.hpp"
#include "net/shard_loop.hpp"

namespace offhook::app {

namespace {

/// `--name=value` and `--name` of a stand-in, against the list of its options.
class options {
public:
  options(const std::vector<std::string>& args,
          std::map<std::string, std::string> known)
    : values_(std::move(known)) {
    for (const auto& x : args) {
      auto equals = x.find('=');
      auto name = x.substr(0, equals);
      if (!name.starts_with("--") || !values_.contains(name.substr(2))) {
        error = "unknown option '" + x + "': it must be one of";
        for (const auto& [known_name, value] : values_)
          error += " --" + known_name;
        return;
      }
      values_[name.substr(2)]
        = equals == std::string::npos ? "true" : x.substr(equals + 1);
    }
  }

  const std::string& text(const std::string& name) const {
    return values_.at(name);
  }

  bool flag(const std::string& name) const {
    return text(name) == "true";
  }

  /// @returns false, with `error` set, where it is no number within the range
  bool number(const std::string& name, std::uint32_t max,
              std::uint32_t& result) {
    const auto& value = text(name);
    const auto* end = value.data() + value.size();
    auto [at, failed] = std::from_chars(value.data(), end, result);
    if (failed == std::errc{} && at == end && result <= max)
      return true;
    error = "bad value '" + value + "' for --" + name
            + ": it must be an integer from 0 to " + std::to_string(max);
    return false;
  }

  /// What is pressed at one `<Gather>` after the other: `1,42#`.
  bool digits(const std::string& name,
              std::vector<standins::gathered>& result) {
    std::istringstream list{text(name)};
    for (std::string keys; std::getline(list, keys, ',');) {
      if (keys.find_first_not_of("0123456789*#") != std::string::npos) {
        error = "bad value '" + keys + "' for --" + name
                + ": it must be keys (0-9 * #), with a comma between one "
                  "<Gather> and the next";
        return false;
      }
      result.push_back({keys, {}});
    }
    return true;
  }

  std::string error;

private:
  std::map<std::string, std::string> values_;
};

} // namespace

int demo_agent_command(const std::vector<std::string>& args) {
  options given{args,
                {{"address", "127.0.0.1"},
                 {"port", "5051"},
                 {"cert-file", ""},
                 {"key-file", ""},
                 {"threads", "1"},
                 {"faults", ""},
                 {"scenario", ""},
                 {"counter", "false"}}};
  std::uint32_t port = 0;
  std::uint32_t threads = 1;
  if (!given.error.empty() || !given.number("port", 65535, port)
      || !given.number("threads", 64, threads))
    return complain(given.error);
  standins::demo_agent_server_options opts;
  if (auto error = read_faults(given.text("faults"), opts.agent.faults);
      !error.empty())
    return complain(error);
  block_end_signals();
  start_logging("info", "text");
  auto status = 0;
  try {
    opts.listener.address = given.text("address");
    opts.listener.port = static_cast<std::uint16_t>(port);
    opts.listener.tls_cert_file = given.text("cert-file");
    opts.listener.tls_key_file = given.text("key-file");
    opts.agent.script = embedded_agent_script();
    if (const auto& name = given.text("scenario"); !name.empty()) {
      const auto what = load_scenario(name);
      opts.agent.script = script_of(std::make_shared<scenario_agent>(what));
      opts.agent.timing = what.timing;
    }
    const auto counting = given.flag("counter");
    opts.agent.counter_mode = counting;
    standins::demo_agent_server agent{std::move(opts), threads};
    agent.start();
    std::cout << "demo-agent listens url=" << agent.url() << std::endl;
    wait_for_end();
    agent.stop();
    if (counting) {
      auto stats = agent.stats();
      std::cout << "demo-agent counted input_bytes=" << stats.input_bytes
                << " mismatches=" << stats.counter_mismatches << std::endl;
      status = stats.counter_mismatches == 0 ? 0 : 1;
    }
  } catch (const std::exception& x) {
    status = complain(x.what());
  }
  stop_logging();
  return status;
}

int demo_caller_command(const std::vector<std::string>& args) {
  options given{args,
                {{"url", "http://127.0.0.1:5050/incoming-call"},
                 {"fallback-url", ""},
                 {"from", "+15017122661"},
                 {"to", "+15558675310"},
                 {"status-callback", ""},
                 {"digits", ""},
                 {"latency", "0"},
                 {"jitter", "0"},
                 {"ca-file", ""},
                 {"scenario", ""},
                 {"recording", "demo-call.wav"}}};
  standins::demo_caller_options opts;
  constexpr std::uint32_t longest_delay_ms = 10'000;
  if (!given.error.empty()
      || !given.number("latency", longest_delay_ms, opts.network.to_peer_ms)
      || !given.number("jitter", longest_delay_ms, opts.network.jitter_ms)
      || !given.digits("digits", opts.twilio.input))
    return complain(given.error);
  opts.network.from_peer_ms = opts.network.to_peer_ms;
  opts.twilio.status_callback = given.text("status-callback");
  opts.twilio.url = given.text("url");
  opts.twilio.fallback_url = given.text("fallback-url");
  opts.twilio.from = given.text("from");
  opts.twilio.to = given.text("to");
  // As Twilio does, it signs with the account's token where there is one.
  if (const auto* token = std::getenv("TWILIO_AUTH_TOKEN"))
    opts.twilio.auth_token = token;
  demo_timeline timeline{std::cout, style_for(STDOUT_FILENO)};
  const auto& name = given.text("scenario");
  scenario script;
  try {
    script = load_scenario(name.empty() ? "call" : name);
  } catch (const scenario_error& x) {
    return complain(x.what());
  }
  if (name.empty())
    script.expect.verbs.reset(); // Whoever answers has documents of their own.
  opts.person.steps = script.caller;
  opts.person.on_event = [&timeline](const standins::timeline_event& event) {
    timeline.print(event);
  };
  auto status = 1;
  try {
    opts.trust = std::make_shared<net::tls_trust>(given.text("ca-file"));
    net::shard_loop loop{0};
    standins::demo_caller_result result;
    std::shared_ptr<standins::demo_caller_client> client;
    loop.post([&] {
      client = start_demo_call(loop, std::move(opts),
                               [&](standins::demo_caller_result x) {
                                 result = std::move(x);
                                 loop.stop();
                               });
    });
    loop.run();
    demo_summary summary;
    summary.ending = to_string(result.ending);
    // The model may be anybody's: only what the person sees is judged, and what
    // is heard only where it is known what that must be.
    const scenario_run run{result, {}, {}, {}, {}};
    summary.checks = name.empty() ? judge_caller(script.expect, run)
                                  : judge_caller(script, run);
    summary.failure = first_failure(summary.checks);
    if (auto error
        = write_wav(given.text("recording"),
                    result.tape.audio(standins::call_tape::track::caller),
                    result.tape.audio(standins::call_tape::track::agent)))
      summary.failure = *error;
    else
      summary.recording = given.text("recording");
    timeline.print_summary(result.stats, summary);
    status = summary.failure.empty() ? 0 : 1;
  } catch (const std::exception& x) {
    status = complain(x.what());
  }
  return status;
}

} // namespace offhook::app
