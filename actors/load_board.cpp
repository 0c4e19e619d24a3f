#include "actors/load_board.hpp"

#include <algorithm>
#include <fstream>
#include <string>
#include <utility>

#include <caf/actor_system.hpp>
#include <caf/event_based_actor.hpp>

namespace offhook::actors {

namespace {

using std::chrono::duration_cast;

constexpr std::chrono::milliseconds loop_period{250};
constexpr std::chrono::milliseconds memory_period{1'000};

std::chrono::nanoseconds::rep since_epoch(load_board::time_point x) {
  return duration_cast<std::chrono::nanoseconds>(x.time_since_epoch()).count();
}

/// Calls `look` at once and then after each period.
template <class Look>
void look_again(caf::event_based_actor* self, std::chrono::milliseconds period,
                Look look) {
  look(self);
  self->run_delayed(period,
                    [self, period, look] { look_again(self, period, look); });
}

template <class Look>
caf::actor spawn_probe(caf::actor_system& sys, caf::execution_unit* unit,
                       std::chrono::milliseconds period, Look look) {
  caf::actor_config config{unit};
  auto run = [period, look](caf::event_based_actor* self) -> caf::behavior {
    look_again(self, period, look);
    return {[](caf::unit_t) {}}; // It lives until it is told to go.
  };
  return sys.spawn_functor<caf::no_spawn_options>(std::true_type{}, config,
                                                  run);
}

} // namespace

void load_board::due_at(std::size_t loop, time_point when) noexcept {
  loops_[loop].due = since_epoch(when);
}

void load_board::looked(std::size_t loop, time_point now) noexcept {
  auto& x = loops_[loop];
  auto late = std::max<nanoseconds>(since_epoch(now) - x.due, 0);
  x.lag = std::max(late, x.lag / 2);
}

process_load load_board::read(time_point now) const noexcept {
  nanoseconds worst = 0;
  for (const auto& x : loops_) {
    const nanoseconds due = x.due;
    worst = std::max({worst, x.lag.load(), due ? since_epoch(now) - due : 0});
  }
  return {resident_bytes_, duration_cast<std::chrono::milliseconds>(
                             std::chrono::nanoseconds{worst})};
}

caf::actor spawn_loop_probe(caf::actor_system& sys, caf::execution_unit* unit,
                            std::shared_ptr<load_board> board,
                            std::shared_ptr<metrics> counts, std::size_t loop) {
  auto first = std::make_shared<bool>(true);
  return spawn_probe(sys, unit, loop_period,
                     [board = std::move(board), counts = std::move(counts),
                      loop, first](caf::event_based_actor* self) {
                       auto now = self->clock().now();
                       if (!std::exchange(*first, false))
                         board->looked(loop, now);
                       board->due_at(loop, now + loop_period);
                       auto lag = board->read(now).lag;
                       counts->loop_lag->value(
                         std::chrono::duration<double>(lag).count());
                     });
}

caf::actor spawn_memory_probe(caf::actor_system& sys, caf::execution_unit* unit,
                              std::shared_ptr<load_board> board,
                              std::shared_ptr<metrics> counts) {
  return spawn_probe(sys, unit, memory_period,
                     [board = std::move(board),
                      counts = std::move(counts)](caf::event_based_actor*) {
                       auto bytes = resident_bytes();
                       board->resident(bytes);
                       counts->resident_memory->value(
                         static_cast<std::int64_t>(bytes));
                     });
}

std::uint64_t resident_bytes() {
  std::ifstream file{"/proc/self/status"};
  for (std::string word; file >> word;)
    if (word == "VmRSS:") {
      std::uint64_t kilobytes = 0;
      file >> kilobytes;
      return kilobytes * 1024;
    }
  return 0;
}

} // namespace offhook::actors
