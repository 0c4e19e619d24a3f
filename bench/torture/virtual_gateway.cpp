#include "bench/torture/virtual_gateway.hpp"

#include <utility>

#include "actors/call_tools.hpp"
#include "app/routes.hpp"
#include "tests/app/virtual_http.hpp"
#include "tests/fakes/environment.hpp"
#include "tests/fakes/fake_http.hpp"

namespace standins = offhook::app::standins;

namespace offhook::torture {

namespace {

caf::actor_system_config make_config() {
  caf::actor_system_config result;
  result.set("caf.scheduler.policy", "testing");
  result.set("caf.logger.file.verbosity", "quiet");
  return result;
}

} // namespace

/// What a server of the operator's will say.
struct virtual_gateway::pending_answer final : net::http_exchange {
  void cancel() override {
    done = {};
  }

  std::function<void(net::http_client_result)> done;
  standins::time_point due;
};

virtual_gateway::virtual_gateway(std::uint32_t slots, dialler dial)
  : config_(make_config()),
    sys_(config_),
    sched_(dynamic_cast<caf::scheduler::test_coordinator&>(sys_.scheduler())),
    env_(tests::make_environment(sys_)) {
  // The clock of tests begins at zero, which some take for never.
  sched_.clock().current_time += std::chrono::hours{1};
  set_up(slots, std::move(dial));
  registry_ = sys_.spawn<actors::call_registry_impl>(env_);
  settle();
  set_up_routes();
}

virtual_gateway::~virtual_gateway() {
  stop();
}

void virtual_gateway::stop() {
  if (!registry_)
    return;
  if (!calls().calls.empty())
    caf::anon_send_exit(registry_, caf::exit_reason::user_shutdown);
  caf::anon_send(registry_, actors::shut_down{});
  settle();
  // What is still there waits: for its stream, and then for its sockets.
  for (int i = 0; i < 3; ++i) {
    sched_.advance_time(std::chrono::seconds{60});
    settle();
  }
  caf::anon_send_exit(registry_, caf::exit_reason::user_shutdown);
  for (auto& x : env_->pacers)
    caf::anon_send_exit(x, caf::exit_reason::user_shutdown);
  settle();
  env_->dial = {};
  env_->http = {};
  registry_ = nullptr;
}

void virtual_gateway::set_up(std::uint32_t slots, dialler dial) {
  app::secrets keys;
  keys.tool_secret = "tool secret";
  for (auto [key, value] :
       {std::pair{"agents.default.greeting", "Greet the caller."},
        std::pair{"agents.default.dead-air", "0s"},
        std::pair{"agents.default.behaviours", "keys"},
        std::pair{"openai.idle-timeout", "6s"},
        std::pair{"twiml.greeting", ""}})
    if (auto error = values_.set(key, value, "torture"); !error.empty())
      throw std::runtime_error{error};
  env_->behaviours = actors::built_in_behaviours();
  app::configure(values_, keys, *env_);
  auto agent = env_->agent;
  agent.webhooks.emplace("look_up", std::make_shared<actors::webhook_tool>(
                                      tests::make_tool("look_up")));
  protocol::openai::function_tool told;
  told.name = "look_up";
  told.parameters = R"({"type":"object"})";
  agent.session.tools.push_back(told);
  agent.session.tools.push_back(*actors::built_in_tool("end_call", agent));
  agent.behaviours.push_back("tools");
  for (std::uint32_t i = 0; i < slots; ++i) {
    agent.name = agent.model = "slot" + std::to_string(i);
    env_->agents[agent.name]
      = std::make_shared<const actors::agent_profile>(agent);
  }
  env_->faults_allowed = true;
  env_->wall_clock = [this] { return seconds_after(wall_jumps_ms_); };
  env_->random = [this] { // The same each time, and not always the same.
    jitter_ = jitter_ * 1664525u + 1013904223u;
    return static_cast<double>(jitter_ >> 8) / double{1u << 24};
  };
  env_->dial = [dial = std::move(dial)](const net::ws_client_options& how,
                                        auto done) {
    auto at = how.url.find("model=slot");
    return dial(std::stoul(how.url.substr(at + 10)), how, std::move(done));
  };
  env_->http = [this](const net::http_client_request&, auto done) {
    constexpr std::chrono::milliseconds longest{3'000};
    auto answer = std::make_shared<pending_answer>();
    answer->done = std::move(done);
    answer->due = now() + (runs_++ % 10 + 1) * longest / 10;
    answers_.push_back(answer);
    return answer;
  };
}

void virtual_gateway::set_up_routes() {
  auto context = std::make_shared<app::route_context>();
  context->system = &sys_;
  context->env = env_;
  context->registry = registry_;
  context->loops = {&fault_socket::home()};
  context->access
    = std::make_shared<const app::access_policy>(app::access_policy::options{});
  context->ready = [] { return true; };
  app::configure(values_, *context);
  routes_ = app::make_routes(std::move(context));
}

// -- time ---------------------------------------------------------------------

virtual_gateway::time_point virtual_gateway::now() const {
  return sched_.clock().now();
}

std::int64_t virtual_gateway::seconds_after(std::int64_t jumps_ms) const {
  return 1'700'000'000
         + (jumps_ms + standins::to_ms(standins::time_point{}, now())) / 1'000;
}

void virtual_gateway::pass(std::chrono::milliseconds x) {
  sched_.advance_time(x);
  settle();
  answer_functions();
}

void virtual_gateway::settle() {
  while (sched_.try_run_once()) {
  }
}

void virtual_gateway::purge() {
  std::erase_if(sched_.clock().schedule,
                [](const auto& x) { return x.second.f.disposed(); });
}

void virtual_gateway::answer_functions() {
  for (auto& x : answers_)
    if (x->done && x->due <= now())
      std::exchange(x->done, {})(
        net::http_client_response{200, {}, R"({"found":"nothing"})"});
  std::erase_if(answers_, [](const auto& x) { return !x->done; });
}

// -- HTTP ---------------------------------------------------------------------

net::http_response virtual_gateway::ask(const standins::webhook_request& what) {
  auto reply = std::make_shared<tests::virtual_reply<fault_socket>>();
  routes_.on_request(tests::virtual_request(what.method, what.url, what.headers,
                                            what.body),
                     reply);
  settle();
  return reply->answer.value_or(net::http_response{500, {}, {}, {}});
}

unsigned virtual_gateway::upgrade(
  const std::string& url,
  const std::vector<std::pair<std::string, std::string>>& headers,
  std::shared_ptr<fault_socket> socket) {
  auto reply = std::make_shared<tests::virtual_reply<fault_socket>>();
  reply->socket = std::move(socket);
  routes_.on_upgrade(tests::virtual_request("GET", url, headers, {}), reply);
  return reply->answer ? reply->answer->status : 101;
}

} // namespace offhook::torture
