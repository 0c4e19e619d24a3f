// The scenarios of tests/scenarios on virtual time.
#define CAF_SUITE app.scenarios

#include "tests/app/scenario_stage.hpp"

#include <sstream>

#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>

#include "app/scenario_judge.hpp"
#include "app/scenario_library.hpp"
#include "tests/fakes/frame_notes.hpp"

using namespace offhook;
using namespace offhook::app;

namespace {

/// What is logged at the default level, while it lives.
class log_watch {
public:
  log_watch() {
    auto sink = std::make_shared<spdlog::sinks::ostream_sink_mt>(text_);
    auto logger = std::make_shared<spdlog::logger>("watched", sink);
    logger->set_level(spdlog::level::info);
    spdlog::set_default_logger(std::move(logger));
  }

  ~log_watch() {
    spdlog::set_default_logger(before_);
  }

  std::string text() const {
    return text_.str();
  }

private:
  std::ostringstream text_;
  std::shared_ptr<spdlog::logger> before_ = spdlog::default_logger();
};

/// What no log may have of this call: numbers, keys, arguments, what was said.
std::vector<std::string> secrets_of(const scenario& what) {
  std::vector<std::string> result{what.call.from, what.call.to, "test key"};
  std::string pressed;
  for (const auto& x : what.caller) {
    if (const auto* said = std::get_if<standins::steps::say>(&x.what))
      result.push_back(said->text);
    if (const auto* key = std::get_if<standins::steps::press>(&x.what))
      pressed += key->digit;
  }
  if (const auto keys = pressed.substr(0, pressed.find('#')); keys.size() > 2)
    result.push_back(keys);
  for (const auto& line : what.lines)
    result.push_back(line.text);
  for (const auto& reply : what.replies)
    for (const auto& output : reply.what.outputs)
      if (const auto* call = std::get_if<standins::called_function>(&output);
          call && call->arguments != "{}")
        result.push_back(call->arguments);
  return result;
}

struct fixture : tests::scenario_stage {
  /// Plays it, and expects it to go well.
  void plays(std::string_view name) {
    const auto what = built_in_scenario(name);
    const log_watch log;
    const auto run = play(what);
    CAF_CHECK(!log.text().empty());
    for (const auto& x : secrets_of(what)) {
      CAF_MESSAGE("not logged: " << x);
      CAF_CHECK(log.text().find(x) == std::string::npos);
    }
    for (const auto& x : judge(what, run)) {
      CAF_MESSAGE(to_string(x));
      CAF_CHECK(x.good);
    }
    write_frames(what, run);
  }

  /// All that went over the Realtime sockets, for the check against the types
  /// of npm's `openai` (the test `peers.openai-types`). What a model with
  /// faults sends is wrong on purpose.
  static void write_frames(const scenario& what, const scenario_run& run) {
    tests::frame_notes notes;
    auto good_model = true;
    for (const auto& x : what.faults)
      good_model = good_model && !x.model;
    for (const auto& x : run.wire)
      if (x.from_gateway || good_model)
        notes.add(x.from_gateway, x.text);
    notes.append_to("scenario-" + what.name);
    CAF_CHECK(!run.wire.empty());
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(scenarios, fixture)

#define OFFHOOK_SCENARIO(id, name, file)                                       \
  CAF_TEST(scenario_##id) {                                                    \
    plays(name);                                                               \
  }

#include "app/scenario_files.inc"

CAF_TEST_FIXTURE_SCOPE_END()
