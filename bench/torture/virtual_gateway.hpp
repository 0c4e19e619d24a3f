#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/scheduler/test_coordinator.hpp>

#include "actors/call_registry.hpp"
#include "app/server_settings.hpp"
#include "bench/torture/virtual_line.hpp"
#include "bench/torture/virtual_stage.hpp"

namespace offhook::torture {

/// The gateway on virtual time: its routes, registry, supervisors, sockets'
/// actors, bridges and behaviours as they are, on the caller's thread. One
/// agent for each slot of the stage, so that a dial tells whose it is.
class virtual_gateway final : public virtual_line::host {
public:
  using time_point = app::standins::time_point;
  using registry_state = actors::call_registry_state;

  /// Dials the model for the call in a slot.
  using dialler = std::function<std::shared_ptr<net::ws_dial>(
    std::size_t slot, const net::ws_client_options& options,
    std::function<void(net::connect_result)> done)>;

  virtual_gateway(std::uint32_t slots, dialler dial);
  virtual_gateway(const virtual_gateway&) = delete;
  virtual_gateway& operator=(const virtual_gateway&) = delete;
  ~virtual_gateway() override;

  time_point now() const;

  /// Time passes, and what is due is done.
  void pass(std::chrono::milliseconds x);

  /// Lets actors run until none has anything to do.
  void settle();

  /// Ends all that still runs; it is asked nothing afterwards.
  void stop();

  /// Forgets timers that were taken back: they hold nothing but their place.
  void purge();

  // -- for the lines ----------------------------------------------------------

  net::http_response ask(const app::standins::webhook_request& what) override;

  unsigned
  upgrade(const std::string& url,
          const std::vector<std::pair<std::string, std::string>>& headers,
          std::shared_ptr<fault_socket> socket) override;

  void jump_clock(std::int64_t ms) override {
    wall_jumps_ms_ += ms;
  }

  std::int64_t true_time() const override {
    return seconds_after(0);
  }

  std::string stream_of(const std::string& call_sid) override;
  bool kill(const std::string& call_sid, fault_kind what) override;

  // -- its insides, for the checks --------------------------------------------

  registry_state& calls();

  /// Whether those who count calls agree. @returns what is wrong
  std::vector<std::string> check_accounts();

  /// Whether all that a call keeps is within its bound, where it lives.
  void check_bounds(virtual_line& line);

  resources count();

private:
  struct pending_answer;

  void set_up(std::uint32_t slots, dialler dial);
  void set_up_routes();
  void answer_functions();
  std::int64_t seconds_after(std::int64_t jumps_ms) const;

  caf::actor_system_config config_;
  caf::actor_system sys_;
  caf::scheduler::test_coordinator& sched_;
  std::shared_ptr<actors::environment> env_;
  app::settings values_;
  actors::call_registry_actor registry_;
  net::http_handler routes_;
  std::vector<std::shared_ptr<pending_answer>> answers_;
  std::int64_t wall_jumps_ms_ = 0;
  std::uint32_t jitter_ = 1;
  std::uint64_t runs_ = 0; // Of functions.
};

} // namespace offhook::torture
