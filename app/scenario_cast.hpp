#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "app/scenario.hpp"
#include "app/scenario_run.hpp"
#include "app/scenario_tools.hpp"

namespace offhook::app {

/// Who plays a scenario, whatever the time and the sockets are: the model's
/// part, the caller's, and who takes notes.
class scenario_cast {
public:
  /// Told every message of the model, on its session's loop.
  using watcher = std::function<void(bool from_gateway, std::string_view text)>;

  /// @param what outlives this
  explicit scenario_cast(const scenario& what);

  /// For every session of the call.
  standins::demo_agent_options model(watcher watch = {}) const;

  /// @param origin of the gateway, such as `http://127.0.0.1:5050`
  standins::call_settings call(const std::string& origin) const;

  standins::phone_call::options
  person(std::function<void(const standins::timeline_event&)> on_event) const;

  /// What runs the model's functions.
  scenario_tools& tools() const noexcept {
    return *tools_;
  }

  /// The gateway's settings, which know where that is.
  std::vector<std::pair<std::string, std::string>>
  settings(std::string_view tools_origin) const;

  /// How long to wait for the end before the call has failed.
  std::uint32_t deadline_ms() const noexcept;

  /// What became of it.
  scenario_run result(standins::demo_caller_result call,
                      gateway_report gateway) const;

private:
  const scenario& what_;
  std::shared_ptr<scenario_agent> agent_;
  std::unique_ptr<scenario_tools> tools_;
  std::shared_ptr<wire_tap> tap_ = std::make_shared<wire_tap>();
};

} // namespace offhook::app
