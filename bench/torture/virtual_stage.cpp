#include "bench/torture/virtual_stage.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include <caf/actor_registry.hpp>
#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/scheduler/test_coordinator.hpp>

#include "actors/bridge.hpp"
#include "actors/call_registry.hpp"
#include "actors/call_supervisor.hpp"
#include "actors/call_tools.hpp"
#include "app/routes.hpp"
#include "app/server_settings.hpp"
#include "bench/torture/virtual_line.hpp"
#include "protocol/form.hpp"
#include "protocol/g711.hpp"
#include "tests/app/virtual_http.hpp"
#include "tests/fakes/environment.hpp"
#include "tests/fakes/fake_http.hpp"

namespace standins = offhook::app::standins;
namespace g711 = offhook::protocol::g711;

namespace offhook::torture {

namespace {

constexpr std::chrono::milliseconds step_length{10};
constexpr std::uint32_t steps_between_checks = 10; // 100 ms
constexpr std::uint32_t steps_between_purges = 1'000;

// What a call takes to be over at most, its caller being gone: the grace for
// its children, and the pings that find out that a socket is dead.
constexpr std::chrono::seconds longest_end{60};

// Bounds that the code has and no configuration.
constexpr std::size_t max_log_bytes = 256 * 1024;
constexpr std::size_t max_log_entries = 400;
constexpr std::size_t max_cancelled = 16;
constexpr std::size_t max_unhandled = 64;
constexpr std::size_t max_ledger_items = 256;
constexpr std::size_t max_sessions = 3; // One ends, one speaks, one comes.

caf::actor_system_config make_config() {
  caf::actor_system_config result;
  result.set("caf.scheduler.policy", "testing");
  result.set("caf.logger.file.verbosity", "quiet");
  return result;
}

/// Keeps the answer of a route; an upgrade gets the socket that is there.
struct direct_reply final : net::http_reply {
  std::optional<net::http_response> answer;
  std::shared_ptr<fault_socket> socket;

  void send(net::http_response response) override {
    answer = std::move(response);
  }

  void accept(const net::ws_limits&,
              std::function<void(net::web_socket_ptr)> accepted) override {
    accepted(socket);
  }

  net::shard_loop& loop() const noexcept override {
    return fault_socket::home();
  }
};

/// What a server of the operator's will say.
struct pending_answer final : net::http_exchange {
  void cancel() override {
    done = {};
  }

  std::function<void(net::http_client_result)> done;
  standins::time_point due;
};

template <class Impl, class Handle>
auto& state_of(const Handle& actor) {
  return caf::actor_cast<Impl*>(actor)->state;
}

} // namespace

std::string describe(const resources& x) {
  return std::to_string(x.calls) + " calls, " + std::to_string(x.leases)
         + " leases, " + std::to_string(x.actors) + " actors, "
         + std::to_string(x.sockets) + " sockets, " + std::to_string(x.timers)
         + " timers, " + std::to_string(x.marks) + " marks";
}

struct virtual_stage::impl final : virtual_line::host {
  struct slot {
    std::unique_ptr<virtual_line> line;
    std::optional<standins::time_point> began;
    std::optional<standins::time_point> caller_gone;
  };

  explicit impl(virtual_options opts)
    : options(std::move(opts)),
      config(make_config()),
      sys(config),
      sched(dynamic_cast<caf::scheduler::test_coordinator&>(sys.scheduler())),
      env(tests::make_environment(sys)),
      next_call(options.first_call) {
    // The clock of tests begins at zero, which some take for never.
    sched.clock().current_time += std::chrono::hours{1};
    set_up();
    registry = sys.spawn<actors::call_registry_impl>(env);
    settle_actors();
    set_up_routes();
    slots.resize(options.concurrent);
    began_at = now();
    result.before = count();
  }

  ~impl() override {
    for (auto& x : slots)
      if (x.line)
        caf::anon_send_exit(registry, caf::exit_reason::user_shutdown);
    caf::anon_send(registry, actors::shut_down{});
    settle_actors();
    // What is still there waits: for its stream, and then for its sockets.
    for (int i = 0; i < 3; ++i) {
      sched.advance_time(std::chrono::seconds{60});
      settle_actors();
    }
    caf::anon_send_exit(registry, caf::exit_reason::user_shutdown);
    for (auto& x : env->pacers)
      caf::anon_send_exit(x, caf::exit_reason::user_shutdown);
    settle_actors();
    env->dial = {};
    env->http = {};
  }

  void set_up() {
    app::secrets keys;
    keys.tool_secret = "tool secret";
    for (auto [key, value] :
         {std::pair{"agents.default.greeting", "Greet the caller."},
          std::pair{"agents.default.dead-air", "0s"},
          std::pair{"agents.default.behaviours", "keys"},
          std::pair{"openai.idle-timeout", "6s"},
          std::pair{"twiml.greeting", ""}})
      if (auto error = values.set(key, value, "torture"); !error.empty())
        throw std::runtime_error{error};
    env->behaviours = actors::built_in_behaviours();
    app::configure(values, keys, *env);
    auto agent = env->agent;
    agent.webhooks.emplace("look_up", std::make_shared<actors::webhook_tool>(
                                        tests::make_tool("look_up")));
    protocol::openai::function_tool told;
    told.name = "look_up";
    told.parameters = R"({"type":"object"})";
    agent.session.tools.push_back(told);
    agent.session.tools.push_back(*actors::built_in_tool("end_call", agent));
    agent.behaviours.push_back("tools");
    for (std::uint32_t i = 0; i < options.concurrent; ++i) {
      agent.name = agent.model = "slot" + std::to_string(i);
      env->agents[agent.name]
        = std::make_shared<const actors::agent_profile>(agent);
    }
    env->faults_allowed = true;
    env->wall_clock = [this] { return seconds_after(wall_jumps_ms); };
    env->random = [this] { // The same each time, and not always the same.
      jitter = jitter * 1664525u + 1013904223u;
      return static_cast<double>(jitter >> 8) / double{1u << 24};
    };
    env->dial = [this](const net::ws_client_options& dial, auto done) {
      auto at = dial.url.find("model=slot");
      auto index = std::stoul(dial.url.substr(at + 10));
      return slots.at(index).line->dial(dial, std::move(done), now());
    };
    env->http = [this](const net::http_client_request&, auto done) {
      constexpr std::chrono::milliseconds longest{3'000};
      auto answer = std::make_shared<pending_answer>();
      answer->done = std::move(done);
      answer->due = now() + (steps % 10 + 1) * longest / 10;
      answers.push_back(answer);
      return answer;
    };
  }

  void set_up_routes() {
    auto context = std::make_shared<app::route_context>();
    context->system = &sys;
    context->env = env;
    context->registry = registry;
    context->loops = {&fault_socket::home()};
    context->access = std::make_shared<const app::access_policy>(
      app::access_policy::options{});
    context->ready = [] { return true; };
    app::configure(values, *context);
    routes = app::make_routes(std::move(context));
  }

  standins::time_point now() const {
    return sched.clock().now();
  }

  // -- host -------------------------------------------------------------------

  net::http_response ask(const standins::webhook_request& what) override {
    auto reply = std::make_shared<direct_reply>();
    routes.on_request(tests::virtual_request(what.method, what.url,
                                             what.headers, what.body),
                      reply);
    settle_actors();
    return reply->answer.value_or(net::http_response{500, {}, {}, {}});
  }

  unsigned
  upgrade(const std::string& url,
          const std::vector<std::pair<std::string, std::string>>& headers,
          std::shared_ptr<fault_socket> socket) override {
    auto reply = std::make_shared<direct_reply>();
    reply->socket = std::move(socket);
    routes.on_upgrade(tests::virtual_request("GET", url, headers, {}), reply);
    return reply->answer ? reply->answer->status : 101;
  }

  void jump_clock(std::int64_t ms) override {
    wall_jumps_ms += ms;
  }

  std::int64_t true_time() const override {
    return seconds_after(0);
  }

  std::int64_t seconds_after(std::int64_t jumps_ms) const {
    return 1'700'000'000
           + (jumps_ms + standins::to_ms(standins::time_point{}, now()))
               / 1'000;
  }

  std::string stream_of(const std::string& call_sid) override {
    settle_actors();
    auto& calls = state_of<actors::call_registry_impl>(registry).calls;
    auto at = calls.find(call_sid);
    auto talks = at != calls.end()
                 && at->second.info.state == actors::call_state::talking;
    return talks ? at->second.info.stream_sid : std::string{};
  }

  bool kill(const std::string& call_sid, fault_kind what) override {
    auto& calls = state_of<actors::call_registry_impl>(registry).calls;
    auto at = calls.find(call_sid);
    if (at == calls.end())
      return false;
    auto end = [](const auto& actor) {
      if (!actor)
        return false;
      caf::anon_send_exit(actor, caf::exit_reason::kill);
      return true;
    };
    auto supervisor = at->second.supervisor;
    if (what == fault_kind::kill_supervisor)
      return end(supervisor);
    auto& call = state_of<actors::call_supervisor_impl>(supervisor);
    switch (what) {
      case fault_kind::kill_session:
        return end(call.session);
      case fault_kind::kill_stream:
        return end(call.stream);
      case fault_kind::kill_bridge:
        return end(call.bridge);
      case fault_kind::bridge_throws:
        caf::anon_send(supervisor, actors::raise_fault{"bridge"});
        return call.bridge != nullptr;
      default:
        for (auto& x : call.behaviours)
          if (x.actor)
            return end(x.actor);
        return false;
    }
  }

  // -- time -------------------------------------------------------------------

  void settle_actors() {
    while (sched.try_run_once()) {
    }
  }

  void settle(virtual_line& line) {
    do
      settle_actors();
    while (line.poll(now()));
  }

  void answer_functions() {
    for (auto& x : answers)
      if (x->done && x->due <= now())
        std::exchange(x->done, {})(
          net::http_client_response{200, {}, R"({"found":"nothing"})"});
    std::erase_if(answers, [](const auto& x) { return !x->done; });
  }

  void step() {
    sched.advance_time(step_length);
    settle_actors();
    answer_functions();
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
      purge();
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
    x.line = std::make_unique<virtual_line>(*this, std::move(plan),
                                            static_cast<std::uint32_t>(index),
                                            now());
    x.line->check().trace_to(options.trace);
    x.line->begin(now());
    settle(*x.line);
  }

  /// Timers that were taken back hold nothing but their place.
  void purge() {
    auto& schedule = sched.clock().schedule;
    std::erase_if(schedule,
                  [](const auto& x) { return x.second.f.disposed(); });
  }

  // -- what must hold ---------------------------------------------------------

  void check() {
    ++result.checks;
    auto& state = state_of<actors::call_registry_impl>(registry);
    std::uint64_t leases = 0;
    for (auto x : state.per_shard)
      leases += x;
    if (leases != state.calls.size())
      result.broken.push_back("leases of shards and calls differ");
    if (env->metrics->active_calls->value()
        != static_cast<std::int64_t>(state.calls.size()))
      result.broken.push_back("metric of active calls and calls differ");
    for (auto& x : slots) {
      if (!x.line)
        continue;
      auto at = state.calls.find(x.line->sid());
      if (at != state.calls.end())
        check_call(*x.line, at->second);
      if (x.line->open_sessions() > max_sessions)
        x.line->check().wrong("more sessions than one after the other");
      retire_when_over(x);
    }
  }

  void check_call(virtual_line& line,
                  const actors::call_registry_state::live_call& live) {
    auto hold = [&line](bool yes, const char* what) {
      if (!yes)
        line.check().wrong(std::string{"beyond its bound: "} + what);
    };
    auto& call = state_of<actors::call_supervisor_impl>(live.supervisor);
    const auto& log = live.record->log;
    hold(log.bytes() <= max_log_bytes, "bytes of the log");
    hold(log.entries().size() <= max_log_entries, "entries of the log");
    for (const auto& x : call.behaviours)
      hold(x.unhandled <= max_unhandled, "events for a behaviour");
    hold(call.retired.size() <= 2 * max_sessions, "sockets that close");
    if (!call.bridge)
      return;
    auto& bridge = state_of<actors::bridge_impl>(call.bridge);
    const auto& limits = env->limits;
    hold(bridge.waiting.bytes() <= g711::to_bytes(limits.caller_buffer_ms),
         "caller audio for no session");
    hold(bridge.queue.bytes() <= g711::to_bytes(limits.agent_buffer_ms),
         "agent audio to be sent");
    hold(bridge.cancelled.size() <= max_cancelled, "cancelled responses");
    hold(bridge.asides.size() <= max_cancelled, "asides");
    hold(bridge.ledger.items() <= max_ledger_items, "items of the ledger");
    hold(bridge.sounding.size() <= max_ledger_items, "items that sound");
  }

  void retire_when_over(slot& x) {
    auto& line = *x.line;
    if (!line.over())
      return;
    if (!x.caller_gone)
      x.caller_gone = now();
    auto& state = state_of<actors::call_registry_impl>(registry);
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

  resources count() {
    resources x;
    auto& state = state_of<actors::call_registry_impl>(registry);
    x.calls = state.calls.size();
    for (auto n : state.per_shard)
      x.leases += n;
    x.actors = sys.registry().running();
    x.sockets = fault_socket::live();
    for (const auto& [when, timer] : sched.clock().schedule)
      x.timers += !timer.f.disposed();
    for (auto& [sid, live] : state.calls) {
      auto& call = state_of<actors::call_supervisor_impl>(live.supervisor);
      if (call.bridge
          && !state_of<actors::bridge_impl>(call.bridge).ledger.all_marked())
        ++x.marks;
    }
    return x;
  }

  virtual_options options;
  caf::actor_system_config config;
  caf::actor_system sys;
  caf::scheduler::test_coordinator& sched;
  std::shared_ptr<actors::environment> env;
  app::settings values;
  actors::call_registry_actor registry;
  net::http_handler routes;
  std::vector<slot> slots;
  std::vector<std::shared_ptr<pending_answer>> answers;
  std::vector<std::unique_ptr<virtual_line>> lost; // That did not end.
  std::uint32_t next_call;
  std::uint64_t steps = 0;
  std::int64_t wall_jumps_ms = 0;
  std::uint32_t jitter = 1;
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
  return impl_->count();
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
