#include "app/demo.hpp"

#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <iostream>
#include <string>

#include "app/demo_timeline.hpp"
#include "app/scenario_judge.hpp"
#include "app/scenario_library.hpp"
#include "app/scenario_live.hpp"
#include "app/wav.hpp"

namespace offhook::app {

int run_demo(config& cfg, const demo_options& options) {
  demo_timeline timeline{std::cout, style_for(STDOUT_FILENO)};
  const auto run = play_live(cfg, options.what, timeline);
  demo_summary summary;
  summary.ending = to_string(run.call.ending);
  summary.checks = judge(options.what, run);
  summary.failure = first_failure(summary.checks);
  summary.restarts = run.gateway.restarts;
  using track = standins::call_tape::track;
  auto error = write_wav(options.recording, run.call.tape.audio(track::caller),
                         run.call.tape.audio(track::agent));
  if (!error)
    summary.recording = std::filesystem::absolute(options.recording).string();
  else if (summary.failure.empty())
    summary.failure = *error;
  timeline.print_summary(run.call.stats, summary);
  return summary.failure.empty() ? 0 : 1;
}

void list_scenarios(std::ostream& out) {
  std::size_t widest = 0;
  for (auto name : scenario_names())
    widest = std::max(widest, name.size());
  for (auto name : scenario_names())
    out << name << std::string(widest + 2 - name.size(), ' ')
        << built_in_scenario(name).about << '\n';
}

} // namespace offhook::app
