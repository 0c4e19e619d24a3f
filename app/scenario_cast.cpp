#include "app/scenario_cast.hpp"

#include <utility>

namespace offhook::app {

namespace {

// A call that is too long is still to be told by how long it was.
constexpr std::int64_t patience_ms = 10'000;

} // namespace

scenario_cast::scenario_cast(const scenario& what)
  : what_(what),
    agent_(std::make_shared<scenario_agent>(what)),
    tools_(std::make_unique<scenario_tools>(what)) {
  // nop
}

standins::demo_agent_options scenario_cast::model(watcher watch) const {
  standins::demo_agent_options result;
  result.script = script_of(agent_);
  result.timing = what_.timing;
  for (const auto& x : what_.faults)
    if (x.at.empty() && x.model)
      result.faults = *x.model;
  result.on_message = [tap = tap_,
                       watch = std::move(watch)](bool from_client,
                                                 std::string_view text,
                                                 standins::time_point at) {
    tap->add(from_client, text, at);
    if (watch)
      watch(from_client, text);
  };
  return result;
}

standins::call_settings scenario_cast::call(const std::string& origin) const {
  auto result = what_.call;
  result.url = origin + result.url;
  return result;
}

standins::phone_call::options scenario_cast::person(
  std::function<void(const standins::timeline_event&)> on_event) const {
  standins::phone_call::options result;
  result.steps = what_.caller;
  result.on_event = std::move(on_event);
  return result;
}

std::vector<std::pair<std::string, std::string>>
scenario_cast::settings(std::string_view tools_origin) const {
  auto result = what_.gateway;
  for (auto& [key, value] : result)
    value = scenario_tools::fill_in(std::move(value), tools_origin);
  return result;
}

std::uint32_t scenario_cast::deadline_ms() const noexcept {
  return static_cast<std::uint32_t>(what_.expect.within_ms + patience_ms);
}

scenario_run scenario_cast::result(standins::demo_caller_result call,
                                   gateway_report gateway) const {
  return {std::move(call), tap_->messages(), agent_->unforeseen(),
          agent_->unused(), std::move(gateway)};
}

} // namespace offhook::app
