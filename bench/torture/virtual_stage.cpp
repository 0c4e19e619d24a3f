#include "bench/torture/virtual_stage.hpp"

#include <algorithm>
#include <utility>

#include "bench/torture/virtual_gateway.hpp"

namespace standins = offhook::app::standins;

namespace offhook::torture {

namespace {

constexpr std::chrono::milliseconds step_length{10};
constexpr std::uint32_t steps_between_checks = 10; // 100 ms
constexpr std::uint32_t steps_between_purges = 1'000;

// What a call takes to be over at most, its caller being gone: the grace for
// its children, and the pings that find out that a socket is dead.
constexpr std::chrono::seconds longest_end{60};

constexpr std::size_t max_sessions = 3; // One ends, one speaks, one comes.

} // namespace

std::string describe(const resources& x) {
  return std::to_string(x.calls) + " calls, " + std::to_string(x.leases)
         + " leases, " + std::to_string(x.actors) + " actors, "
         + std::to_string(x.sockets) + " sockets, " + std::to_string(x.timers)
         + " timers, " + std::to_string(x.marks) + " marks";
}

struct virtual_stage::impl {
  struct slot {
    std::unique_ptr<virtual_line> line;
    std::optional<standins::time_point> began;
    std::optional<standins::time_point> caller_gone;
  };

  explicit impl(virtual_options opts)
    : options(std::move(opts)),
      gateway(options.concurrent,
              [this](std::size_t index, const net::ws_client_options& how,
                     auto done) {
                return slots.at(index).line->dial(how, std::move(done), now());
              }),
      slots(options.concurrent),
      next_call(options.first_call),
      began_at(now()) {
    result.before = gateway.count();
  }

  ~impl() {
    gateway.stop(); // Lines that still stand are called once more.
  }

  standins::time_point now() const {
    return gateway.now();
  }

  void settle(virtual_line& line) {
    do
      gateway.settle();
    while (line.poll(now()));
  }

  void step() {
    gateway.pass(step_length);
    for (std::size_t i = 0; i < slots.size(); ++i) {
      auto& x = slots[i];
      if (!x.line && may_begin())
        begin(i);
      if (!x.line)
        continue;
      x.line->advance(now());
      settle(*x.line);
    }
    ++steps;
    if (steps % steps_between_checks == 0)
      check();
    if (steps % steps_between_purges == 0)
      gateway.purge();
    result.virtual_seconds
      = std::chrono::duration<double>(now() - began_at).count();
  }

  bool may_begin() const {
    return next_call < options.first_call + options.calls
           && (options.max_faults == 0 || result.faults < options.max_faults);
  }

  void begin(std::size_t index) {
    auto call = next_call++;
    auto plan = options.plan_source ? options.plan_source(call)
                                    : plan_call(options.plan, call);
    auto& x = slots[index];
    x.began = now();
    x.caller_gone.reset();
    x.line = std::make_unique<virtual_line>(gateway, std::move(plan),
                                            static_cast<std::uint32_t>(index),
                                            now());
    x.line->check().trace_to(options.trace);
    x.line->begin(now());
    settle(*x.line);
  }

  void check() {
    ++result.checks;
    for (auto& x : gateway.check_accounts())
      result.broken.push_back(std::move(x));
    for (auto& x : slots) {
      if (!x.line)
        continue;
      gateway.check_bounds(*x.line);
      if (x.line->open_sessions() > max_sessions)
        x.line->check().wrong("more sessions than one after the other");
      retire_when_over(x);
    }
  }

  void retire_when_over(slot& x) {
    auto& line = *x.line;
    if (!line.over())
      return;
    if (!x.caller_gone)
      x.caller_gone = now();
    auto& state = gateway.calls();
    auto lives = state.calls.contains(line.sid());
    auto late = now() - *x.caller_gone > longest_end;
    if ((lives || !line.quiet()) && !late)
      return;
    if (lives)
      line.check().wrong("the call does not end");
    if (!line.quiet())
      line.check().wrong("sockets of an ended call are open");
    auto known = state.ended.find(line.sid());
    line.check().at(*x.caller_gone);
    line.check().ended(known == state.ended.end() ? actors::call_outcome::none
                                                  : known->second.info.outcome);
    collect(x);
  }

  void collect(slot& x) {
    auto& line = *x.line;
    ++result.calls;
    result.faults += line.faults_done();
    result.sessions += line.check().sessions();
    result.caller_frames += line.check().frames_arrived();
    result.given_again += line.check().frames_given_again();
    result.agent_frames += line.check().frames_heard();
    result.call_seconds
      += std::chrono::duration<double>(now() - *x.began).count();
    if (!line.check().broken().empty()) {
      std::string text;
      for (const auto& what : line.check().broken())
        text += what + '\n';
      result.broken.push_back(text + describe(line.check().plan()));
    }
    if (line.quiet())
      x.line = nullptr;
    else // Somebody may call it yet.
      lost.push_back(std::move(x.line));
    if (options.progress)
      options.progress(result);
  }

  virtual_options options;
  virtual_gateway gateway;
  std::vector<slot> slots;
  std::vector<std::unique_ptr<virtual_line>> lost; // That did not end.
  std::uint32_t next_call;
  std::uint64_t steps = 0;
  standins::time_point began_at;
  virtual_result result;
};

virtual_stage::virtual_stage(virtual_options options)
  : impl_(std::make_unique<impl>(std::move(options))) {
}

virtual_stage::~virtual_stage() = default;

void virtual_stage::step() {
  impl_->step();
}

bool virtual_stage::callers_gone() const {
  return !impl_->may_begin()
         && std::all_of(impl_->slots.begin(), impl_->slots.end(),
                        [](const auto& x) {
                          return !x.line || x.line->over();
                        });
}

bool virtual_stage::over() const {
  return !impl_->may_begin()
         && std::all_of(impl_->slots.begin(), impl_->slots.end(),
                        [](const auto& x) { return !x.line; });
}

resources virtual_stage::count() const {
  return impl_->gateway.count();
}

const virtual_result& virtual_stage::result() const {
  return impl_->result;
}

virtual_result virtual_stage::run() {
  while (!over())
    step();
  // What ends by itself within this is no leak.
  constexpr auto grace = std::chrono::seconds{5} / step_length;
  for (auto i = grace; i > 0; --i)
    step();
  impl_->result.after = count();
  return impl_->result;
}

} // namespace offhook::torture
